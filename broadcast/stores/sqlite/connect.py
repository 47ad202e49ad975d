"""Connections to a store's file: how they are opened, what is checked first, and how a transaction runs."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from broadcast.errors import StoreUnavailable
from broadcast.stores.private_files import create_private, create_private_folder
from broadcast.stores.sqlite.checkpoint import AUTOCHECKPOINT
from broadcast.stores.sqlite.errors import damaged, read_only
from broadcast.stores.sqlite.schema import create_tables, refuse_foreign_file, version_of

T = TypeVar("T")

MEMORY: Final = ":memory:"
READ, WRITE = "BEGIN", "BEGIN IMMEDIATE"
BUSY_MS: Final = 5000  # how long a writer waits for another process's transaction
STEPS: Final = 1000  # of SQLite's machine
SHORT: Final = 10  # times as many in a transaction: at most about 3 ms


class Connection:
    """A thread's connection. A thread that uses or closes it holds its lock."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db, self.lock, self.is_open = db, threading.Lock(), True
        self.foreign_commits: int | None = None  # changes with each commit of another connection
        self._may_wait = True
        self._steps = 0

    def let_wait(self, *, may_wait: bool) -> None:
        """Let the next transaction wait for those of other connections, write a long log back, and take long.

        Otherwise such a transaction raises OperationalError. One change may evict a whole lane.
        """
        self._steps = 0
        if may_wait != self._may_wait:
            self.db.execute(f"PRAGMA busy_timeout = {BUSY_MS if may_wait else 0}")
            self.db.execute(f"PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT if may_wait else 0}")
            self.db.set_progress_handler(None if may_wait else self._is_long, STEPS)
            self._may_wait = may_wait

    def _is_long(self) -> bool:
        # SQLite counts the steps of a statement over all its executions, so also short ones call this now and then.
        self._steps += 1
        return self._steps > SHORT

    def close(self) -> None:
        self.is_open = False
        self.db.close()


@contextmanager
def all_locked(connections: Iterable[Connection]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for connection in connections:
            stack.enter_context(connection.lock)
        yield


class CommitObserver:
    """A connection that only reports whether another connection, of any process, has committed."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()  # sqlite3 crashes if one thread closes a connection while another one uses it
        self._db: sqlite3.Connection | None = connect_to_read(path)
        try:
            data_version(self._db)  # opens the log, too
            self._db.execute("PRAGMA busy_timeout = 0")
        except BaseException:
            self._db.close()
            raise

    def stamp(self) -> Hashable | None:
        """Return a value that changes with each commit, None if it is unknown. Never blocks."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return None if self._db is None else (self._db, data_version(self._db))
        except sqlite3.Error:
            return None
        finally:
            self._lock.release()

    def close(self) -> None:
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None


def connect(name: str, *, uri: bool = False) -> sqlite3.Connection:
    """Open a connection that one thread at a time may use."""
    # One thread uses it, but the thread that finds another file in its place closes it.
    return sqlite3.connect(
        name,
        timeout=BUSY_MS / 1000,
        isolation_level=None,
        cached_statements=256,
        check_same_thread=False,
        uri=uri,
    )


def connect_to_read(path: Path, more: str = "") -> sqlite3.Connection:
    """Open a connection that cannot write. `more` is appended to its URI."""
    return connect(f"{path.resolve().as_uri()}?mode=ro{more}", uri=True)


def connect_to_write(name: str, synchronous: str) -> sqlite3.Connection:
    """Open a connection with all tables and a write-ahead log."""
    db = connect(name)
    try:
        create_tables(db)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {synchronous}")
    except BaseException:
        db.close()
        raise
    return db


def make_file(path: Path, *, was_opened: bool) -> None:
    """Create the file and its folder if they are missing.

    Args:
        was_opened: whether this process has had the file open. A missing folder is then an error, because an
            operator who moved it away will put it back.

    Raises:
        StoreError: the file is another program's, is read-only, or its folder is missing.
    """
    if not was_opened:
        create_private_folder(path.parent)
    elif not path.parent.is_dir():
        hint = f"put {path.parent} back, or create it: mkdir -m 700 {path.parent}"
        raise StoreUnavailable("its folder is missing", hint)
    refuse_foreign_file(path)
    create_private(path)
    # SQLite would open it all the same, and create a log that stays read-only even if the file does not.
    if not os.access(path, os.W_OK):
        raise read_only(path)


def refuse_damaged(path: Path, *, with_indexes: bool) -> None:
    """Raise StoreUnusable if the file is damaged.

    Args:
        with_indexes: compare indexes with tables, too. They only disagree if another program wrote to the file.
    """
    if Path(f"{path}-journal").exists():  # the power failed while the file was created
        with contextlib.closing(connect(str(path))) as db:
            version_of(db)  # which undoes the transaction; a connection that cannot write is refused
    check = "integrity_check" if with_indexes else "quick_check"
    # A connection that writes nothing, not even when it is closed. Without a log it must not create one.
    more = "" if log_of(path).exists() else "&immutable=1"
    with contextlib.closing(connect_to_read(path, more)) as db:
        if version_of(db) and (verdict := db.execute(f"PRAGMA {check}(1)").fetchone()[0]) != "ok":
            raise damaged(path, verdict)


def log_of(path: Path) -> Path:
    return Path(f"{path}-wal")


@contextmanager
def log_set_aside(path: Path) -> Iterator[None]:
    """Rename the log, and put it back if the block raises."""
    aside = Path(f"{path}-wal.old")
    log_of(path).replace(aside)
    try:
        yield
    except BaseException:
        aside.replace(log_of(path))
        raise


def transact(db: sqlite3.Connection, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
    """Run `work` in one transaction, which is undone if it raises."""
    try:
        db.execute(begin)
        result = work(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return result


def data_version(db: sqlite3.Connection) -> int:
    """Return a number that changes with each commit of another connection, in any process.

    Source: https://www.sqlite.org/pragma.html#pragma_data_version
    """
    return int(db.execute("PRAGMA data_version").fetchone()[0])
