"""The tables of a store's file, and how to tell whether a file is ours."""

import sqlite3
from pathlib import Path
from typing import Final

from broadcast.errors import StoreUnusable
from broadcast.stores.sqlite.errors import damaged

SCHEMA_VERSION: Final = 8
APPLICATION_ID: Final = 0x53544B59  # "STKY"; distinguishes our files from other programs' databases

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS keyspace (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    revision INTEGER NOT NULL, horizon INTEGER NOT NULL,
    live INTEGER NOT NULL, removed INTEGER NOT NULL,
    evicted INTEGER NOT NULL DEFAULT 0, dropped INTEGER NOT NULL DEFAULT 0,
    changed_at REAL, changed_by TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS entry (
    row_id INTEGER PRIMARY KEY, keyspace INTEGER NOT NULL, key TEXT NOT NULL, lane TEXT NOT NULL,
    at REAL NOT NULL, expires_at REAL, value TEXT,
    UNIQUE (keyspace, key)
);
CREATE INDEX IF NOT EXISTS entry_lane ON entry (lane, row_id) WHERE lane != '' AND value IS NOT NULL;
CREATE INDEX IF NOT EXISTS entry_removed ON entry (row_id) WHERE value IS NULL;
CREATE INDEX IF NOT EXISTS entry_expiry ON entry (keyspace, expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS lane (
    keyspace INTEGER NOT NULL, lane TEXT NOT NULL, live INTEGER NOT NULL, newest INTEGER NOT NULL,
    number INTEGER NOT NULL DEFAULT -1, stride INTEGER NOT NULL DEFAULT 1, raised_by INTEGER NOT NULL DEFAULT 0,
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
CREATE TABLE IF NOT EXISTS boot (id INTEGER PRIMARY KEY, boot_id TEXT NOT NULL);
"""

# Rows in a range of row ids. INDEXED BY, because SQLite cannot know that a lane passed as a parameter is not "",
# nor that an index of the few removals is better than a scan of all entries.
LIVE = "WHERE row_id > ? AND row_id <= ? AND value IS NOT NULL"
REMOVALS = "INDEXED BY entry_removed WHERE row_id > ? AND row_id <= ? AND value IS NULL"
LANE = "INDEXED BY entry_lane WHERE lane = ? AND lane != '' AND row_id > ? AND row_id <= ? AND value IS NOT NULL"
NO_LANE = "WHERE lane = ? AND row_id > ? AND row_id <= ? AND value IS NOT NULL"


def version_of(db: sqlite3.Connection) -> int:
    """Return the schema version of a file, 0 for a new one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def create_tables(db: sqlite3.Connection) -> None:
    """Create the tables if the file is new."""
    if version_of(db) == SCHEMA_VERSION:
        return
    db.execute("BEGIN EXCLUSIVE")
    for statement in SCHEMA.split(";"):  # IF NOT EXISTS: another process may have been faster
        db.execute(statement)
    # In the header of the file itself, as it has no log yet: `refuse_foreign_file` reads them without opening (and so
    # changing) anything.
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    db.execute("COMMIT")


def begin_new_epochs(db: sqlite3.Connection) -> None:
    """Begin a new epoch in each keyspace, because the file may lack changes that browsers have; in a transaction."""
    db.execute("UPDATE keyspace SET epoch = lower(hex(randomblob(5))) WHERE epoch != ''")  # as `base.new_epoch`


def refuse_foreign_file(path: Path) -> None:
    """Raise StoreUnusable unless the file is absent, empty, or ours and of this version; never writes.

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
        raise StoreUnusable("the store's file is damaged: it is not a SQLite file", damaged(path, "").hint)
    version, application = int.from_bytes(header[60:64], "big"), int.from_bytes(header[68:72], "big")
    if application != APPLICATION_ID:
        msg = "the store's file is another program's database"
        raise StoreUnusable(msg, f"{path} was left as it is: set the cache's LOCATION to a file of its own")
    if version != SCHEMA_VERSION:
        msg = f"the store's file is of another version (schema {version}; this version uses {SCHEMA_VERSION})"
        upgrade = "dump it with the version that wrote it" if version < SCHEMA_VERSION else "upgrade"
        raise StoreUnusable(msg, f"{path} was left as it is: {upgrade}, or set the cache's LOCATION to another file")
