"""Reads heads, deltas and entries from SQLite. Runs inside the caller's transaction."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from broadcast.errors import StoreUnusable
from broadcast.stores.base import invalid_value
from broadcast.types import NEVER_WRITTEN, Cursor, Delta, Entry, Row, entry_of

# An entry's row id: the keyspace's id, then 44 bits for the revision. The entries of a keyspace are
# therefore adjacent and in order, and a new one is appended.
REVISION_BITS = 44
REVISION = f"(row_id & {(1 << REVISION_BITS) - 1})"
PAGE = 200  # entries fetched at once; decoding more would block the event loop for too long

_decode_rows = msgspec.json.Decoder(list[Row]).decode

# SQLite builds the JSON of a page, because fetching each row releases the GIL; see `bulk`. A value is JSON already.
_PAGE = (
    "SELECT '[' || group_concat('[' || json_quote(key) || ',' || json_quote(lane) || ',' || (row_id - ?1) || ',' ||"
    " printf('%.3f', at) || ',' || coalesce(value, 'null') || ']') || ']', count(*)"
    " FROM (SELECT row_id, key, lane, at, value FROM entry WHERE row_id > ?2 AND row_id <= ?3 {}"
    " ORDER BY row_id LIMIT ?4)"
)
_FACTS = "SELECT name, id, epoch, revision, horizon, dropped FROM keyspace"
_NOT_JSON = (
    "SELECT key FROM entry WHERE row_id > ? AND row_id <= ? AND value IS NOT NULL AND NOT json_valid(value)"
    " ORDER BY row_id LIMIT 1"
)


def row_id_of(keyspace: int, revision: int) -> int:
    return keyspace << REVISION_BITS | revision


def heads(db: sqlite3.Connection) -> dict[str, Cursor]:
    return {name: Cursor(epoch, rev) for name, epoch, rev in db.execute("SELECT name, epoch, revision FROM keyspace")}


def delta_since(db: sqlite3.Connection, name: str, cursor: Cursor | None) -> Delta:
    """Read everything after a cursor, or the complete contents if the difference is unknown."""
    return _delta(db, name, cursor, db.execute(f"{_FACTS} WHERE name = ?", (name,)).fetchone())


def deltas_since(db: sqlite3.Connection, cursors: Mapping[str, Cursor | None]) -> dict[str, Delta]:
    """Read the deltas of several keyspaces."""
    facts = {row[0]: row for row in db.execute(_FACTS)}
    return {name: _delta(db, name, cursor, facts.get(name)) for name, cursor in cursors.items()}


def _delta(db: sqlite3.Connection, name: str, cursor: Cursor | None, facts: Sequence[Any] | None) -> Delta:
    if facts is None:
        return Delta(name, NEVER_WRITTEN.epoch, 0, 0, reset=cursor != NEVER_WRITTEN)
    _, keyspace, epoch, revision, horizon, dropped = facts
    if cursor is None or cursor.epoch != epoch or not horizon <= cursor.revision <= revision:
        everything = _entries(db, keyspace, 0, revision, "AND value IS NOT NULL")
        return Delta(name, epoch, 0, revision, reset=True, entries=everything, dropped=dropped)
    since = cursor.revision
    if since == revision:
        return Delta(name, epoch, since, revision, dropped=dropped)
    floors = db.execute("SELECT lane, floor FROM floor WHERE keyspace = ? AND raised_by > ?", (keyspace, since))
    strides = db.execute("SELECT lane, stride FROM lane WHERE keyspace = ? AND raised_by > ?", (keyspace, since))
    changed = _entries(db, keyspace, since, revision)
    return Delta(
        name, epoch, since, revision, False, dict(floors.fetchall()), changed, dict(strides.fetchall()), dropped
    )


def value_of(db: sqlite3.Connection, keyspace: str, key: str) -> tuple[str, float | None] | None:
    sql = (
        "SELECT value, expires_at FROM entry JOIN keyspace ON keyspace.id = entry.keyspace"
        " WHERE name = ? AND key = ? AND value IS NOT NULL"
    )
    row: tuple[str, float | None] | None = db.execute(sql, (keyspace, key)).fetchone()
    return row


def sizes(db: sqlite3.Connection) -> dict[str, Any]:
    return dict(db.execute("SELECT name, live FROM keyspace").fetchall())


def _entries(db: sqlite3.Connection, keyspace: int, after: int, until: int, which: str = "") -> list[Entry]:
    base, found = row_id_of(keyspace, 0), list[Entry]()
    while True:
        values = (base, base + after, base + until, PAGE)
        text, count = db.execute(_PAGE.format(which), values).fetchone()
        if count:
            try:
                rows = _decode_rows(text)
            except msgspec.DecodeError as exc:
                raise _damage(db, keyspace, after, until, exc) from exc
            found += map(entry_of, rows)
            after = found[-1].revision
        if count < PAGE:
            return found


def _damage(db: sqlite3.Connection, keyspace: int, after: int, until: int, exc: msgspec.DecodeError) -> StoreUnusable:
    (name,) = db.execute("SELECT name FROM keyspace WHERE id = ?", (keyspace,)).fetchone()
    (key,) = db.execute(_NOT_JSON, (row_id_of(keyspace, after), row_id_of(keyspace, until))).fetchone() or (None,)
    return invalid_value(name, key, exc, can_remove_entry=True)
