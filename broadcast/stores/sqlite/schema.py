"""What is in a store's file, whose file it is, and how a file of an earlier version becomes one of this version."""

import sqlite3
from pathlib import Path
from typing import Final

from broadcast.errors import StoreUnusable
from broadcast.stores.sqlite.errors import damaged

SCHEMA_VERSION: Final = 3
APPLICATION_ID: Final = 0x53544B59  # "STKY"; tells our files from other programs' databases

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS keyspace (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    revision INTEGER NOT NULL, horizon INTEGER NOT NULL,
    live INTEGER NOT NULL, removed INTEGER NOT NULL,
    evicted INTEGER NOT NULL DEFAULT 0, changed_at REAL, changed_by TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS entry (
    place INTEGER PRIMARY KEY, keyspace INTEGER NOT NULL, key TEXT NOT NULL, lane TEXT NOT NULL,
    at REAL NOT NULL, expires_at REAL, value TEXT,
    UNIQUE (keyspace, key)
);
CREATE INDEX IF NOT EXISTS entry_lane ON entry (lane, place) WHERE lane != '' AND value IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_removed ON entry (place) WHERE value IS NULL;
CREATE INDEX IF NOT EXISTS entry_expiry ON entry (keyspace, expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS lane (
    keyspace INTEGER NOT NULL, lane TEXT NOT NULL, live INTEGER NOT NULL, newest INTEGER NOT NULL,
    PRIMARY KEY (keyspace, lane)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS floor (
    keyspace INTEGER NOT NULL, lane TEXT NOT NULL, floor INTEGER NOT NULL, raised_by INTEGER NOT NULL,
    PRIMARY KEY (keyspace, lane)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS producer (
    keyspace INTEGER NOT NULL, name TEXT NOT NULL, seq INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (keyspace, name)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS producer_revision ON producer (keyspace, revision);
"""

_ADD_FACTS: Final = """
ALTER TABLE keyspace ADD COLUMN evicted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keyspace ADD COLUMN changed_at REAL;
ALTER TABLE keyspace ADD COLUMN changed_by TEXT NOT NULL DEFAULT ''
"""

# What brings a file of an earlier version to this one; nothing is lost.
UPGRADES: Final = {
    2: _ADD_FACTS,
    1: f"""
{_ADD_FACTS};
ALTER TABLE entry RENAME TO entry_1;
DROP INDEX entry_revision;
DROP INDEX entry_lane;
DROP INDEX entry_removed;
DROP INDEX entry_expiry;
{SCHEMA};
INSERT INTO entry SELECT keyspace << 44 | revision, keyspace, key, lane, round(at, 3), expires_at, value FROM entry_1;
DROP TABLE entry_1
""",
}


def version_of(db: sqlite3.Connection) -> int:
    """Return the schema version of a file, 0 for a new one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def bring_up_to_date(db: sqlite3.Connection) -> None:
    """Make the tables, or those that an earlier version lacks."""
    if version_of(db) >= SCHEMA_VERSION:
        return
    # Both numbers are set before the switch to WAL, so that they stand in the file's own header,
    # where `refuse_foreign_file` can read them without opening (and so changing) anything.
    db.execute("BEGIN EXCLUSIVE")  # another process may have been quicker
    for statement in UPGRADES.get(version_of(db), "" if version_of(db) else SCHEMA).split(";"):
        db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    db.execute("COMMIT")


def begin_new_epochs(db: sqlite3.Connection) -> None:
    """Give each keyspace's history another name: this file may lack changes that browsers were sent."""
    db.execute("BEGIN IMMEDIATE")
    # As long and of the same letters as those of `base.new_epoch`.
    db.execute("UPDATE keyspace SET epoch = lower(hex(randomblob(5))) WHERE epoch != ''")
    db.execute("COMMIT")


def refuse_foreign_file(path: Path) -> None:
    """Raise StoreUnusable unless the file is absent, empty, or ours and not newer; never writes.

    Source: the file's header, https://www.sqlite.org/fileformat.html section 1.3.
    """
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        return
    if not header:
        return
    if not header.startswith(b"SQLite format 3\0") or len(header) < 100:
        raise StoreUnusable("the store's file is damaged: it is no SQLite file", damaged(path, "").mend)
    version, application = int.from_bytes(header[60:64], "big"), int.from_bytes(header[68:72], "big")
    if application != APPLICATION_ID:
        msg = "the store's file is another program's database"
        raise StoreUnusable(msg, f"{path} was left as it is: set the cache's LOCATION to a file of its own")
    if version > SCHEMA_VERSION:
        msg = (
            f"the store's file was written by a newer version (schema {version}, this one reads up to {SCHEMA_VERSION})"
        )
        raise StoreUnusable(msg, f"{path} was left as it is: upgrade, or set the cache's LOCATION to another file")
