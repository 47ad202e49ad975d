"""A store's file of an earlier version is carried over, with all that it kept."""

from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from broadcast.stores.sqlite.schema import APPLICATION_ID, SCHEMA
from broadcast.types import Batch, Cursor, Holding, Write
from tests.support.sqlite_files import BOUNDS, make, put

FIRST_VERSION = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
CREATE TABLE keyspace (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL, revision INTEGER NOT NULL,
    horizon INTEGER NOT NULL, live INTEGER NOT NULL, removed INTEGER NOT NULL
);
CREATE TABLE entry (
    keyspace INTEGER NOT NULL, key TEXT NOT NULL, lane TEXT NOT NULL, revision INTEGER NOT NULL,
    at REAL NOT NULL, expires_at REAL, value TEXT, UNIQUE (keyspace, key)
);
CREATE UNIQUE INDEX entry_revision ON entry (keyspace, revision);
CREATE INDEX entry_lane ON entry (keyspace, lane, revision) WHERE value IS NOT NULL;
CREATE INDEX entry_removed ON entry (keyspace, revision) WHERE value IS NULL;
CREATE INDEX entry_expiry ON entry (keyspace, expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE lane (
    keyspace INTEGER NOT NULL, lane TEXT NOT NULL, live INTEGER NOT NULL, newest INTEGER NOT NULL,
    PRIMARY KEY (keyspace, lane)
) WITHOUT ROWID;
CREATE TABLE floor (
    keyspace INTEGER NOT NULL, lane TEXT NOT NULL, floor INTEGER NOT NULL, raised_by INTEGER NOT NULL,
    PRIMARY KEY (keyspace, lane)
) WITHOUT ROWID;
CREATE TABLE producer (
    keyspace INTEGER NOT NULL, name TEXT NOT NULL, seq INTEGER NOT NULL, revision INTEGER NOT NULL,
    PRIMARY KEY (keyspace, name)
) WITHOUT ROWID;
CREATE INDEX producer_revision ON producer (keyspace, revision);
INSERT INTO keyspace VALUES (1, 'k', 'ep0c', 5, 0, 2, 1);
INSERT INTO entry VALUES
    (1, 'a', '', 3, 1790000000.12345, NULL, '1'), (1, 'b', '', 4, 1790000001, NULL, NULL),
    (1, 'c', '', 5, 1790000002, 4000000000, '2');
INSERT INTO producer VALUES (1, 'demo:x', 41, 5);
PRAGMA journal_mode = WAL;
"""


def test_a_file_of_the_first_version_is_carried_over(store_path):
    store = make(store_path, FIRST_VERSION)
    store.clock = lambda: 1_790_000_010.0
    read = store.since({"k": Cursor("ep0c", 2)})["k"]
    assert [tuple(entry) for entry in read.entries] == [
        ("a", "", 3, 1_790_000_000.123, "1"),
        ("b", "", 4, 1_790_000_001.0, None),
        ("c", "", 5, 1_790_000_002.0, "2"),
    ]
    repeated = Batch("k", BOUNDS, [Write("d", value="9", producer="demo:x", seq=41)])
    assert store.apply([repeated])[0].delta.entries == []
    assert put(store_path, 3, "a").head == Cursor("ep0c", 6)
    close_engines()
    assert SQLiteCache(str(store_path), {}).sizes() == {"k": 2}


SECOND_VERSION = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 2;
CREATE TABLE keyspace (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL,
    revision INTEGER NOT NULL, horizon INTEGER NOT NULL,
    live INTEGER NOT NULL, removed INTEGER NOT NULL
);
{SCHEMA.partition(");")[2]}
INSERT INTO keyspace VALUES (1, 'k', 'ep0c', 3, 0, 1, 0);
INSERT INTO entry VALUES ((1 << 44) + 3, 1, 'a', '', 1790000000.123, NULL, '1');
PRAGMA journal_mode = WAL;
"""


def test_a_file_of_the_second_version_is_carried_over(store_path):
    store = make(store_path, SECOND_VERSION)
    assert store.holdings()["k"] == Holding(1, 1, 1, 0, None, "")
    assert put(store_path, 3, "b").head == Cursor("ep0c", 4)
    assert store.holdings()["k"].changed_at
    assert store.audit() == []
