"""One process's connections to one SQLite file: a writer thread, two readers, and what can go wrong.

Nothing here knows what is stored; `sqlite_keyspace` does.
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from broadcast.caches.base import Listener
from broadcast.errors import StoreUnavailable, StoreUnusable

log = logging.getLogger("broadcast.caches")

T = TypeVar("T")

SCHEMA_VERSION: Final = 3
APPLICATION_ID: Final = 0x53544B59  # "STKY"; tells our files from other programs' databases
MEMORY: Final = ":memory:"
BUSY_MS: Final = 5000  # how long a writer waits for another process's transaction
READERS: Final = 2
MAX_LOG_BYTES: Final = 64 * 1024 * 1024  # of the write-ahead log, after which the writer empties it
LOG_WAIT_MS: Final = 500  # how long it waits for readers then; a read takes milliseconds

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

_engines: dict[tuple[int, str], "Engine"] = {}
_engines_lock = threading.Lock()


def engine_of(location: str, synchronous: str = "FULL") -> "Engine":
    """Return this process's engine for a location; a forked child gets its own."""
    with _engines_lock:
        place = (os.getpid(), _place_of(location))
        if place not in _engines:
            _engines[place] = Engine(location, synchronous)
        return _engines[place]


@lru_cache
def _place_of(location: str) -> str:
    # Asked at each connect, and resolving looks at every folder on the way.
    return location if location.startswith(MEMORY) else str(Path(location).resolve())


def close_engines() -> None:
    """Close every engine of this process; the next use opens them again."""
    with _engines_lock:
        engines = [_engines.pop(place) for place in list(_engines) if place[0] == os.getpid()]
    for engine in engines:
        engine.close()


class Engine:
    """Runs functions of a connection, each in one transaction.

    Writes run one after the other in a thread of their own, reads in two others. In memory there is
    one connection, and one thread for both.
    """

    def __init__(self, location: str, synchronous: str = "FULL") -> None:
        self.listeners: set[Listener] = set()
        self._in_memory = location.startswith(MEMORY)
        self._path = Path(location)
        self._synchronous = synchronous
        self._opening = threading.Lock()
        self._checked: tuple[int, int] | None = None  # the file that was found to be ours
        self._log_limit_bytes = MAX_LOG_BYTES
        self._local = threading.local()
        self._asking = threading.Lock()
        self._bystander: tuple[sqlite3.Connection, tuple[int, int] | None] | None = None
        self._writer = ThreadPoolExecutor(1, "sticky-writer")
        self._readers = self._writer if self._in_memory else ThreadPoolExecutor(READERS, "sticky-reader")

    def submit_write(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Run `work` in the writer thread, in a transaction that no other process shares."""
        return self._writer.submit(self._write, work)

    def submit_read(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Run `work` in a reader thread; all that it reads is of one instant."""
        return self._readers.submit(self._run, "BEGIN", work)

    def stamp(self) -> Hashable | None:
        """Return what differs from before after any commit, by whichever process, or None where it cannot be told.

        Takes some microseconds and waits for nobody, so an event loop may ask.
        Source: https://www.sqlite.org/pragma.html#pragma_data_version
        """
        # sqlite3 crashes when a connection is closed in one thread while another asks it something.
        if self._checked is None or not self._asking.acquire(blocking=False):
            return None
        try:
            return self._ask_stamp(self._file())
        finally:
            self._asking.release()

    def _ask_stamp(self, file: tuple[int, int] | None) -> Hashable | None:
        if self._checked != file:
            return None
        try:
            if self._bystander is None or self._bystander[1] != file:
                self._forget_bystander()
                name = f"{self._path.resolve().as_uri()}?mode=ro"
                self._bystander = (sqlite3.connect(name, timeout=0, uri=True, check_same_thread=False), file)
            db = self._bystander[0]
            return db, db.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            self._forget_bystander()
            return None

    def _forget_bystander(self) -> None:
        if self._bystander is not None:
            self._bystander[0].close()
            self._bystander = None

    def close(self) -> None:
        """Let what was submitted finish, then close every connection."""
        with self._asking:
            self._forget_bystander()
        pools = {self._readers: READERS, self._writer: 1}  # one and the same in memory
        for executor, threads in pools.items():
            barrier = threading.Barrier(threads)
            for _ in range(threads):
                executor.submit(self._disconnect, barrier)
            executor.shutdown(wait=True)

    def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result = self._run("BEGIN IMMEDIATE", work)
        if self._log_bytes() > self._log_limit_bytes:
            self._empty_log(self._local.db)
        return result

    def _log_bytes(self) -> int:
        if self._in_memory:
            return 0
        try:
            return Path(f"{self._path}-wal").stat().st_size
        except OSError:
            return 0

    def _empty_log(self, db: sqlite3.Connection) -> None:
        try:
            is_held = not empty_log(db)
        except sqlite3.Error as exc:  # the commit before it stands
            log.warning("the log of %s was not emptied: %s", self._path, exc)
            is_held = True
        # A reader that stays for minutes, such as a backup, must not cost every commit the wait.
        self._log_limit_bytes = MAX_LOG_BYTES + (self._log_bytes() if is_held else 0)

    def _run(self, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._translated():
            db = self._connection()
            try:
                db.execute(begin)
                result = work(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            return result

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection, opened anew when the file is no longer the same one."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is not None and self._local.file != self._file():
            self._disconnect()
            db = None
        if db is None:
            with self._opening:
                db = self._local.db = self._open()
                self._local.file = self._checked = self._file()
        return db

    def _disconnect(self, barrier: threading.Barrier | None = None) -> None:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        self._local.db = None
        if db is not None:
            db.close()
        if barrier is not None:
            barrier.wait()  # so that each thread of the pool takes one of these jobs

    def _disconnect_file(self) -> None:
        if not self._in_memory:  # a store in memory ends with its connection
            self._disconnect()

    def _file(self) -> tuple[int, int] | None:
        if self._in_memory:
            return None
        try:
            stat = self._path.stat()
        except OSError:
            return None
        return stat.st_dev, stat.st_ino

    def _open(self) -> sqlite3.Connection:
        # Looked into only while this process has no connection to it: closing any descriptor of a
        # file drops all of the process's locks on it, and another process would then delete a log in use.
        # Source: https://www.sqlite.org/howtocorrupt.html section 2.2.
        is_new = self._checked is None or self._checked != self._file()
        if is_new and not self._in_memory:
            refuse_foreign_file(self._path)
            self._path.parent.mkdir(parents=True, exist_ok=True)
        name = MEMORY if self._in_memory else str(self._path)
        db = sqlite3.connect(name, timeout=BUSY_MS / 1000, isolation_level=None, cached_statements=256)
        try:
            self._prepare(db, is_new)
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection, is_new: bool) -> None:
        # Both numbers are set before the switch to WAL, so that they stand in the file's own header,
        # where `refuse_foreign_file` can read them without opening (and so changing) anything.
        if _version(db) and is_new and (verdict := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise damaged(self._path, verdict)
        if _version(db) < SCHEMA_VERSION:
            db.execute("BEGIN EXCLUSIVE")  # another process may have been quicker
            for statement in UPGRADES.get(_version(db), "" if _version(db) else SCHEMA).split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            db.execute("COMMIT")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"PRAGMA synchronous = {self._synchronous}")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as exc:
            self._disconnect_file()
            raise StoreUnavailable(str(exc), _mend(str(exc), self._path)) from exc
        except sqlite3.DatabaseError as exc:
            if type(exc) is not sqlite3.DatabaseError:
                raise  # its subclasses are mistakes of the caller, not of the file
            self._disconnect_file()
            raise damaged(self._path, str(exc)) from exc
        except OSError as exc:
            raise StoreUnavailable(exc.strerror or "cannot open", f"look at {self._path}") from exc


def empty_log(db: sqlite3.Connection) -> bool:
    """Write the log back into the file and truncate it; False when a reader held it for too long.

    SQLite writes back by itself after a commit, but begins the log anew only in a moment in which
    nobody reads from it. While both readers are always busy there is none, and the log would grow
    without end.
    Source: https://www.sqlite.org/wal.html, "Avoiding Excessively Large WAL Files".
    """
    db.execute(f"PRAGMA busy_timeout = {LOG_WAIT_MS}")
    try:
        is_busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        db.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    return not is_busy


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


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
        raise damaged(path, "it is no SQLite file")
    version, application = int.from_bytes(header[60:64], "big"), int.from_bytes(header[68:72], "big")
    if application != APPLICATION_ID:
        msg = "the store's file is another program's database"
        raise StoreUnusable(msg, f"{path} was left as it is: set the cache's LOCATION to a file of its own")
    if version > SCHEMA_VERSION:
        msg = (
            f"the store's file was written by a newer version (schema {version}, this one reads up to {SCHEMA_VERSION})"
        )
        raise StoreUnusable(msg, f"{path} was left as it is: upgrade, or set the cache's LOCATION to another file")


def damaged(path: Path, verdict: str) -> StoreUnusable:
    """Return the error for a file that SQLite cannot read."""
    mend = f"{path} was left as it is: move it away to begin anew, or restore a copy"
    return StoreUnusable(f"the store's file is damaged ({verdict})", mend)


def _mend(reason: str, path: Path) -> str:
    mends = {
        "full": f"free space on the volume of {path}",
        "readonly": f"give the server's user write permission on {path} and its folder",
        "unable to open": f"give the server's user write permission on {path.parent}",
        "locked": f"another process has held {path} for over {BUSY_MS // 1000} s",
    }
    return next((mend for sign, mend in mends.items() if sign in reason), f"look at {path}")
