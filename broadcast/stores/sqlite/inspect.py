"""Statistics, pages of entries and consistency checks of a SQLite store."""

import sqlite3
from collections.abc import Iterable, Iterator

from broadcast.stores.sqlite.read import REVISION, REVISION_BITS, row_id_of
from broadcast.types import Entry, KeyspaceStats, Page

_FOUND = (
    "FROM entry WHERE row_id > :first AND row_id < :last AND value IS NOT NULL AND"
    " (:text = '' OR instr(lower(key), lower(:text)) OR instr(lower(lane), lower(:text)))"
)
_COUNTS = (
    "SELECT keyspace, count(*) AS live, count(DISTINCT lane) AS lanes,"
    " sum(length(CAST(value AS BLOB))) AS size_bytes FROM entry WHERE value IS NOT NULL GROUP BY keyspace"
)


def stats(db: sqlite3.Connection) -> dict[str, KeyspaceStats]:
    sql = (
        "SELECT name, k.live, coalesce(lanes, 0), coalesce(size_bytes, 0), evicted, changed_at, changed_by"
        f" FROM keyspace k LEFT JOIN ({_COUNTS}) c ON c.keyspace = k.id"
    )
    return {name: KeyspaceStats(*facts) for name, *facts in db.execute(sql)}


def page(db: sqlite3.Connection, keyspace: str, text: str, skip: int, limit: int) -> Page:
    """Return entries whose key or lane contains a text, newest first, and their number."""
    row = db.execute("SELECT id, live FROM keyspace WHERE name = ?", (keyspace,)).fetchone()
    if row is None:
        return Page([], 0)
    sought = {"first": row_id_of(row[0], 0), "last": row_id_of(row[0] + 1, 0), "text": text}
    found = db.execute(f"SELECT count(*) {_FOUND}", sought).fetchone()[0] if text else row[1]
    sql = f"SELECT key, lane, {REVISION}, at, value {_FOUND} ORDER BY row_id DESC LIMIT :limit OFFSET :skip"
    return Page([Entry(*entry) for entry in db.execute(sql, {**sought, "limit": limit, "skip": skip})], found)


# Each query finds keyspaces that break a rule, with the two values that differ.
_RULES = {
    "counts {} live entries, but has {}": (
        "SELECT name, k.live, count(e.row_id) FROM keyspace k LEFT JOIN entry e ON e.keyspace = k.id"
        " AND e.value IS NOT NULL GROUP BY k.id HAVING k.live != count(e.row_id)"
    ),
    "counts {} removals, but has {}": (
        "SELECT name, k.removed, count(e.row_id) FROM keyspace k LEFT JOIN entry e ON e.keyspace = k.id"
        " AND e.value IS NULL GROUP BY k.id HAVING k.removed != count(e.row_id)"
    ),
    "is at revision {}, but has an entry of revision {}": (
        f"SELECT name, k.revision, max({REVISION}) AS newest FROM keyspace k JOIN entry e ON e.keyspace = k.id"
        " GROUP BY k.id HAVING newest > k.revision"
    ),
    "has an entry of keyspace {} among those of {}": (
        f"SELECT name, e.keyspace, row_id >> {REVISION_BITS} FROM entry e JOIN keyspace k ON k.id = e.keyspace"
        f" WHERE e.keyspace != row_id >> {REVISION_BITS} LIMIT 1"
    ),
    "has a floor at {} that revision {} raised": (
        "SELECT name, floor, raised_by FROM floor f JOIN keyspace k ON k.id = f.keyspace"
        " WHERE floor > raised_by OR raised_by > k.revision"
    ),
    "has a stride of {} that revision {} raised": (
        "SELECT name, stride, raised_by FROM lane l JOIN keyspace k ON k.id = l.keyspace WHERE raised_by > k.revision"
    ),
}
_LANES = (
    "SELECT l.live, count(e.row_id), l.lane FROM lane l JOIN keyspace k ON k.id = l.keyspace LEFT JOIN entry e ON"
    " e.keyspace = l.keyspace AND e.lane = l.lane AND e.value IS NOT NULL WHERE name = ? GROUP BY l.lane"
    " HAVING l.live != count(e.row_id)"
)


def contradictions(db: sqlite3.Connection, rings: Iterable[str]) -> list[str]:
    """Return a message for each inconsistency; lanes are counted only in `rings`."""
    damage = [f"the file is damaged: {row[0]}" for row in db.execute("PRAGMA integrity_check(10)") if row[0] != "ok"]
    return [*damage, *_inconsistencies(db, rings)]


def _inconsistencies(db: sqlite3.Connection, rings: Iterable[str]) -> Iterator[str]:
    for rule, sql in _RULES.items():
        for name, *sides in db.execute(sql):
            yield f"keyspace {name} {rule.format(*sides)}"
    for name in rings:
        for counted, there, lane in db.execute(_LANES, (name,)):
            yield f'keyspace {name} counts {counted} live entries of lane "{lane}", but has {there}'
    for table in ("entry", "lane", "floor", "producer"):
        sql = f"SELECT count(*) FROM {table} WHERE keyspace NOT IN (SELECT id FROM keyspace)"
        if count := db.execute(sql).fetchone()[0]:
            yield f"{count} rows of table {table} belong to no keyspace"
