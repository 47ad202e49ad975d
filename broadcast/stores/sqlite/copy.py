"""Copies keyspaces out of SQLite and back. Runs inside the caller's transaction."""

import sqlite3
from collections.abc import Sequence

from broadcast.stores.sqlite.apply import Keyspace
from broadcast.stores.sqlite.bulk import insert_rows
from broadcast.stores.sqlite.lanes import Lane, Lanes
from broadcast.stores.sqlite.read import REVISION, row_id_of
from broadcast.stores.thinning import newest_numbers
from broadcast.types import Cursor, KeyspaceCopy, Stored


def export(db: sqlite3.Connection, names: Sequence[str] | None) -> list[KeyspaceCopy]:
    """Copy keyspaces, by default all but the store's own, without those that were never written."""
    rows = db.execute("SELECT name, id, epoch, revision FROM keyspace ORDER BY name").fetchall()
    return [
        KeyspaceCopy(name, Cursor(epoch, revision), _entries(db, keyspace), _seqs(db, keyspace))
        for name, keyspace, epoch, revision in rows
        if (name in names if names is not None else not name.startswith("_"))
    ]


def restore(db: sqlite3.Connection, copies: Sequence[KeyspaceCopy], now: float) -> None:
    """Replace keyspaces with copies, each in a new epoch that continues at the copy's revision."""
    for copy in copies:
        _replace(db, copy, now)


def _replace(db: sqlite3.Connection, copy: KeyspaceCopy, now: float) -> None:
    keyspace = Keyspace.find(db, copy.keyspace, now)
    if not keyspace.id:
        keyspace.insert()
    keyspace.reset()
    keyspace.revision = keyspace.horizon = copy.head.revision
    keyspace.live = len(copy.entries)
    base = row_id_of(keyspace.id, 0)
    rows = [(base + entry.revision, keyspace.id, entry.key, entry.lane, *entry[3:]) for entry in copy.entries]
    insert_rows(db, "INSERT INTO entry (row_id, keyspace, key, lane, at, expires_at, value)", rows)
    numbers, lanes = newest_numbers(copy.entries), Lanes()
    for entry in copy.entries:
        lane = lanes.setdefault(entry.lane, Lane(number=numbers.get(entry.lane, -1), stride=0))
        lane.live, lane.newest = lane.live + 1, entry.revision
    lanes.write(db, keyspace.id)
    known = _seqs(db, keyspace.id)
    keyspace.remember({name: seq for name, seq in copy.seqs.items() if seq > known.get(name, 0)}, known)
    keyspace.update()


def _entries(db: sqlite3.Connection, keyspace: int) -> list[Stored]:
    sql = (
        f"SELECT key, lane, {REVISION}, at, expires_at, value FROM entry"
        " WHERE row_id > ? AND row_id < ? AND value IS NOT NULL ORDER BY row_id"
    )
    return [Stored(*row) for row in db.execute(sql, (row_id_of(keyspace, 0), row_id_of(keyspace + 1, 0)))]


def _seqs(db: sqlite3.Connection, keyspace: int) -> dict[str, int]:
    return dict(db.execute("SELECT name, seq FROM producer WHERE keyspace = ?", (keyspace,)).fetchall())
