"""The log of a store's file stays small, and costs no commit."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Self

from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.checkpoint import LogTruncation, truncate_log
from broadcast.stores.sqlite.connect import BUSY_MS
from tests.support.sqlite_files import put


class OverlappingReaders:
    """Keep the store's two readers busy so that one at least is always inside its transaction."""

    def __init__(self, path: Path) -> None:
        self._engine = SQLiteCache(str(path), {}).engine
        self._began = threading.Condition()
        self._count = 0
        self._is_over = False

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._read_on) for _ in range(2)]
        for thread in self._threads:
            thread.start()
        self.wait_for(4)
        return self

    def __exit__(self, *_: object) -> None:
        with self._began:
            self._is_over = True
            self._began.notify_all()
        for thread in self._threads:
            thread.join()

    def wait_for(self, reads: int) -> None:
        with self._began:
            assert self._began.wait_for(lambda: self._count >= reads, 10)

    def _read_on(self) -> None:
        while not self._is_over:
            self._engine.submit_read(self._read).result()

    def _read(self, db: sqlite3.Connection) -> None:
        db.execute("SELECT COUNT(*) FROM entry").fetchone()
        with self._began:
            self._count += 1
            mine = self._count
            self._began.notify_all()
            self._began.wait_for(lambda: self._is_over or self._count > mine, 10)  # until the other one reads


def log_bytes(path: Path) -> int:
    return Path(f"{path}-wal").stat().st_size


def limit_log(path: Path, max_bytes: int, truncate: Callable[[sqlite3.Connection], bool] = truncate_log) -> None:
    SQLiteCache(str(path), {}).engine.log_truncation = LogTruncation(path, max_bytes, truncate)


def test_its_log_stays_small_while_both_readers_are_always_busy(store_path):
    limit_log(store_path, 500_000)
    put(store_path)

    with OverlappingReaders(store_path):
        sizes = []
        for number in range(60):
            put(store_path, "x" * 50_000, f"key-{number}")
            sizes.append(log_bytes(store_path))

    assert max(sizes) < 4 * 500_000
    assert sizes.count(0) > 1


def test_a_long_read_does_not_delay_every_commit(store_path):
    tried = []
    limit_log(store_path, 500_000, lambda db: tried.append(truncate_log(db, wait_ms=1)) or tried[-1])
    put(store_path)
    may_end = threading.Event()

    def stay(db: sqlite3.Connection) -> None:
        db.execute("SELECT COUNT(*) FROM entry").fetchone()
        may_end.wait(60)

    staying = SQLiteCache(str(store_path), {}).engine.submit_read(stay)
    for number in range(60):
        put(store_path, "x" * 50_000, f"key-{number}")
    may_end.set()
    staying.result()

    assert 2 <= len(tried) <= 8
    assert not any(tried)
    busy_ms = SQLiteCache(str(store_path), {}).engine.submit_commit(
        lambda db: db.execute("PRAGMA busy_timeout").fetchone()
    )
    assert busy_ms.result().result == (BUSY_MS,)
    assert len(SQLiteCache(str(store_path), {}).since({"k": None})["k"].entries) == 61


def test_a_log_that_cannot_be_emptied_fails_no_commit(store_path, caplog):
    def fail(db: sqlite3.Connection) -> bool:
        raise sqlite3.OperationalError("disk I/O error")

    limit_log(store_path, 1, fail)
    assert put(store_path).to_revision == 1
    assert "could not be truncated: disk I/O error" in caplog.text


# other processes


def other_process(store_path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(store_path, isolation_level=None))


def test_a_log_that_another_process_started_over_is_no_fault(store_path, caplog):
    put(store_path, "1", "mine")
    epoch = SQLiteCache(str(store_path), {}).heads()["k"].epoch
    with other_process(store_path) as db:
        db.execute("CREATE TABLE other (text)")
        db.execute("INSERT INTO other VALUES (?)", ("x" * 100_000,))  # so the log is longer than before
        assert db.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0] == 0
        db.execute("INSERT INTO other VALUES ('short')")
        put(store_path, "2", "mine")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("INSERT INTO other VALUES ('short')")
        put(store_path, "3", "mine")
    assert (caplog.text, SQLiteCache(str(store_path), {}).heads()["k"].epoch) == ("", epoch)


def test_a_process_that_ended_in_a_transaction_is_no_fault(store_path, caplog):
    put(store_path, "1", "mine")
    epoch, size = SQLiteCache(str(store_path), {}).heads()["k"].epoch, log_bytes(store_path)
    with other_process(store_path) as db:
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN IMMEDIATE")
        db.execute("CREATE TABLE other (text)")
        db.executemany("INSERT INTO other VALUES (?)", [("x" * 5000,)] * 20)
        db.execute("ROLLBACK")
    assert log_bytes(store_path) > size, "nothing was written"
    put(store_path, "2", "mine")
    put(store_path, "3", "mine")
    assert (caplog.text, SQLiteCache(str(store_path), {}).heads()["k"].epoch) == ("", epoch)
