"""One process's connections to one SQLite file: a writer thread, two readers, and what can go wrong.

Nothing here knows what is stored; `sqlite_keyspace` does.
"""

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from broadcast.errors import StoreError, StoreUnavailable, StoreUnusable
from broadcast.stores.base import Listener
from broadcast.stores.outage import Outage
from broadcast.stores.private_files import create_private, create_private_folder
from broadcast.stores.sqlite.errors import BUSY_MS, damaged, error_for, missing, read_only
from broadcast.stores.sqlite.guard import FileGuard, FileState
from broadcast.stores.sqlite.schema import begin_new_epochs, bring_up_to_date, refuse_foreign_file, version_of

log = logging.getLogger("broadcast.stores")

T = TypeVar("T")

MEMORY: Final = ":memory:"
READERS: Final = 2
MAX_LOG_BYTES: Final = 64 * 1024 * 1024  # of the write-ahead log, after which the writer empties it
LOG_WAIT_MS: Final = 500  # how long it waits for readers then; a read takes milliseconds
VERIFY_EVERY_S: Final = 10.0  # how often the content is verified while there are writes
VERIFY_SHARE: Final = 0.02  # of the time, at most

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


class Connection:
    """A thread's connection; whoever uses it, or closes it, holds its lock."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db, self.lock, self.is_open = db, threading.Lock(), True
        self.foreign_commits: int | None = None  # what differs after a commit of another connection

    def close(self) -> None:
        self.is_open = False
        self.db.close()


class Engine:
    """Runs functions of a connection, each in one transaction.

    Writes run one after the other in a thread of their own, reads in two others. In memory there is
    one connection, and one thread for both.

    Where the files are no longer those that were opened, or were written to by something else than
    SQLite, all connections are closed and the file is opened and verified anew, with new epochs. Until
    that works, everything is refused.
    """

    def __init__(
        self, location: str, synchronous: str = "FULL", monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.listeners: set[Listener] = set()
        self._in_memory = location.startswith(MEMORY)
        self._path = Path(location)
        self._synchronous, self._monotonic = synchronous, monotonic
        self._opening = threading.RLock()  # for opening and for closing all; taken before a connection's own lock
        self._connections: list[Connection] = []
        self._guard: FileGuard | None = None  # set while there are connections to a file
        self._was_opened = self._needs_new_epochs = False
        self._last_version: tuple[FileState | None, bytes] | None = None  # of the file, when all were closed
        self._suspicion: str | None = None  # why the file must be opened and verified anew
        self._outages = {"BEGIN": Outage("read"), "BEGIN IMMEDIATE": Outage("written")}
        self._verified_at = self._rests_until = 0.0
        self._verifying = threading.Lock()
        self._log_limit_bytes = MAX_LOG_BYTES
        self._local = threading.local()
        self._asking = threading.Lock()
        self._bystander: sqlite3.Connection | None = None
        self._writer = ThreadPoolExecutor(1, "sticky-writer")
        self._readers = self._writer if self._in_memory else ThreadPoolExecutor(READERS, "sticky-reader")

    def submit_write(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Run `work` in the writer thread, in a transaction that no other process shares."""
        return self._writer.submit(self._run, "BEGIN IMMEDIATE", work)

    def submit_read(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """Run `work` in a reader thread; all that it reads is of one instant."""
        return self._readers.submit(self._run, "BEGIN", work)

    def stamp(self) -> Hashable | None:
        """Return what differs from before after any commit, by whichever process, or None where it cannot be told.

        Takes some microseconds and waits for nobody, so an event loop may ask.
        Source: https://www.sqlite.org/pragma.html#pragma_data_version
        """
        # sqlite3 crashes when a connection is closed in one thread while another asks it something.
        if self._guard is None or not self._asking.acquire(blocking=False):
            return None
        try:
            if self._bystander is None or self._fault() is not None:
                return None
            return self._bystander, _data_version(self._bystander)
        except sqlite3.Error:
            return None
        finally:
            self._asking.release()

    def close(self) -> None:
        """Let what was submitted finish, then close every connection."""
        for executor in {self._readers, self._writer}:
            executor.shutdown(wait=True)
        with self._opening, self._all_locked():
            is_sound = self._guard is None or not (self._fault() or self._guard.shrunk())
            self._close_all(writes_log_back=is_sound)

    def _run(self, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        outage = self._outages[begin]
        with self._translated(outage):
            connection = self._acquire(outage)
            try:
                write = self._write if begin == "BEGIN IMMEDIATE" and not self._in_memory else _transact
                result = write(connection, begin, work)
            finally:
                connection.lock.release()
        outage.end()
        return result

    def _write(self, connection: Connection, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
        guard, db = self._guard, connection.db
        assert guard is not None  # noqa: S101  # set with the first connection, which this thread holds
        changes = db.total_changes

        def checked(db: sqlite3.Connection) -> T:
            # In the transaction, as nobody else commits then or writes the log back.
            commits = _data_version(db)
            if commits == connection.foreign_commits:
                self._look_at_files(guard)
            connection.foreign_commits = commits
            return work(db)

        result = _transact(connection, begin, checked)
        fault = guard.lost_commit(is_written=db.total_changes > changes)
        # What another process committed meanwhile may have emptied the log.
        if fault and (guard.moved() or _data_version(db) == connection.foreign_commits):
            raise self._suspect(fault)
        guard.note()
        if self._log_bytes() > self._log_limit_bytes:
            self._empty_log(db)
            guard.note()
        self._verify_when_due()
        return result

    def _look_at_files(self, guard: FileGuard) -> None:
        """Refuse a transaction where something else than SQLite wrote to the files since the last one."""
        if fault := guard.log_written_elsewhere() or guard.shrunk():
            raise self._suspect(fault)
        if guard.is_database_as_noted():
            return
        # Either its content was overwritten, or another process wrote its log back just after its commit.
        if self._monotonic() < self._rests_until or not self._verifying.acquire(blocking=False):
            self._verified_at = min(self._verified_at, self._rests_until - VERIFY_EVERY_S)
            return
        self._verify()
        if self._suspicion:
            raise self._suspect(self._suspicion)
        guard.note()

    def _suspect(self, fault: str) -> StoreUnavailable:
        self._suspicion = fault
        error = StoreUnavailable("its file was changed by another program", "what was sent is sent again", fault)
        error.is_logged = True  # by who opens the file anew
        return error

    # opening

    def _acquire(self, outage: Outage) -> Connection:
        """Return this thread's connection, locked, to a file that is as it was left."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.lock.acquire()
            if connection.is_open and self._fault() is None:
                return connection
            connection.lock.release()
        with self._opening:
            if fault := self._fault():
                self._abandon(fault)
            if connection is None or not connection.is_open:
                try:
                    connection = self._local.connection = self._open()
                except StoreError as exc:
                    outage.note(exc)
                    raise
            connection.lock.acquire()
            return connection

    def _fault(self) -> str | None:
        """Return why the file must be opened anew, None where the connections are good."""
        return self._suspicion or (self._guard.moved() if self._guard is not None else None)

    def _open(self) -> Connection:
        """Open the file; where it is damaged, without a log that may be another database's."""
        try:
            return self._open_as_it_is()
        except (StoreUnusable, sqlite3.DatabaseError):
            log_path, aside = Path(f"{self._path}-wal"), Path(f"{self._path}-wal.old")
            if not self._needs_new_epochs or not log_path.exists():
                raise
            log_path.replace(aside)
            try:
                return self._open_as_it_is()
            except BaseException:
                aside.replace(log_path)
                raise

    def _open_as_it_is(self) -> Connection:
        is_first = self._guard is None and not self._in_memory
        connection = self._open_first() if is_first else Connection(self._prepared())
        self._connections.append(connection)
        return connection

    def _open_first(self) -> Connection:
        # Looked into only while this process has no connection to it: closing any descriptor of a
        # file drops all of the process's locks on it, and another process would then delete a log in use.
        # Source: https://www.sqlite.org/howtocorrupt.html section 2.2.
        self._make_file()
        self._refuse_damaged()
        db = self._prepared()
        opened: list[sqlite3.Connection | FileGuard] = [db]  # closed in this order
        try:
            opened.append(bystander := self._connect_to_read())
            _data_version(bystander)  # so that it has the log open, too
            bystander.execute("PRAGMA busy_timeout = 0")
            opened.append(guard := FileGuard(self._path))
            if self._needs_new_epochs or (self._last_version and not guard.continues(self._last_version)):
                begin_new_epochs(db)
                guard.note()
        except BaseException:
            for each in opened:
                each.close()
            raise
        with self._asking:
            self._bystander, self._guard = bystander, guard
        self._was_opened, self._needs_new_epochs, self._verified_at = True, False, self._monotonic()
        return Connection(db)

    def _prepared(self) -> sqlite3.Connection:
        db = self._connect(MEMORY if self._in_memory else str(self._path))
        try:
            bring_up_to_date(db)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute(f"PRAGMA synchronous = {self._synchronous}")
        except BaseException:
            db.close()
            raise
        return db

    def _make_file(self) -> None:
        if not self._was_opened:
            create_private_folder(self._path.parent)
        elif not self._path.parent.is_dir():  # not made anew, as whoever moved it away will put it back
            raise missing(self._path)
        refuse_foreign_file(self._path)
        create_private(self._path)
        # SQLite would open it all the same, and make a log that is as read-only as the file, for ever.
        if not os.access(self._path, os.W_OK):
            raise read_only(self._path)

    def _refuse_damaged(self) -> None:
        # The longer check compares indexes with tables, which only disagree after something else wrote to the file.
        check = "integrity_check" if self._needs_new_epochs else "quick_check"
        # On a connection that writes nothing, not even when it is closed; where there is no log, it makes none.
        more = "" if Path(f"{self._path}-wal").exists() else "&immutable=1"
        with contextlib.closing(self._connect_to_read(more)) as db:
            if version_of(db) and (verdict := db.execute(f"PRAGMA {check}(1)").fetchone()[0]) != "ok":
                raise damaged(self._path, verdict)

    def _connect(self, name: str, *, uri: bool = False) -> sqlite3.Connection:
        # Used by one thread at a time, but closed by whichever finds that the file is another one.
        return sqlite3.connect(
            name, BUSY_MS / 1000, isolation_level=None, cached_statements=256, check_same_thread=False, uri=uri
        )

    def _connect_to_read(self, more: str = "") -> sqlite3.Connection:
        return self._connect(f"{self._path.resolve().as_uri()}?mode=ro{more}", uri=True)

    # closing

    def _abandon(self, fault: str) -> None:
        """Close all connections to a file that is not as it was left, and have it opened with new epochs."""
        log.error("the store's file is opened anew, and browsers start over: %s", fault)
        with self._all_locked():
            self._needs_new_epochs, self._suspicion = True, None
            if self._guard is not None and self._connections:
                self._save_log(self._guard, self._connections[0].db)
            self._close_all(writes_log_back=False)

    def _save_log(self, guard: FileGuard, db: sqlite3.Connection) -> None:
        """Write a log that the next opening would not find back into its database, wherever that is now."""
        is_there = guard.is_database_there()
        if not is_there or (guard.is_log_gone() and not guard.shrunk()):
            with contextlib.suppress(sqlite3.Error):
                db.execute("PRAGMA wal_checkpoint(FULL)")
        if not is_there:
            guard.set_aside()

    @contextmanager
    def _all_locked(self) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            for connection in self._connections:
                stack.enter_context(connection.lock)
            yield

    def _close_all(self, *, writes_log_back: bool) -> None:
        """Close every connection; whoever calls holds their locks.

        The last one to be closed writes the log back into the file, and a log that was torn may damage it.
        The bystander does not, as it may not write.
        """
        with self._asking:
            bystander, self._bystander = self._bystander, None
            if bystander is not None and writes_log_back:
                bystander.close()
            for connection in self._connections:
                connection.close()
            self._connections.clear()
            if bystander is not None and not writes_log_back:
                bystander.close()
            if self._guard is not None:
                self._guard.close()
                self._last_version, self._guard = self._guard.version, None

    @contextmanager
    def _translated(self, outage: Outage) -> Iterator[None]:
        try:
            yield
        except Exception as exc:
            error = error_for(exc, self._path)
            if error is None:
                raise
            if error is exc:
                raise
            outage.note(error)
            if not self._in_memory:  # a store in memory ends with its connection
                self._reopen_after(exc)
            raise error from exc

    def _reopen_after(self, exc: Exception) -> None:
        """Close all connections after an error of the file: the next use opens it as it is then.

        All of them, as a process shares the log's index among its connections, and one that was opened
        while the folder was read-only keeps it read-only for all.
        """
        with self._opening:
            if self._guard is None:  # it could not be opened, so nothing is open
                return
            fault = self._guard.moved() or self._guard.shrunk()
            if fault or not isinstance(exc, (sqlite3.OperationalError, OSError)):
                self._suspicion = fault or str(exc)
            elif not any(sign in str(exc) for sign in ("locked", "full")):
                with self._all_locked():
                    self._close_all(writes_log_back=False)

    # the log, and what is verified

    def _log_bytes(self) -> int:
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

    def _verify_when_due(self) -> None:
        if self._monotonic() - self._verified_at >= VERIFY_EVERY_S and self._verifying.acquire(blocking=False):
            self._readers.submit(self._verify)

    def _verify(self) -> None:
        """Read the whole file, on a new connection: the others may have its earlier content in their caches."""
        started = self._monotonic()
        try:
            with contextlib.closing(self._connect_to_read()) as db:
                verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                self._suspicion = f"{self._path} is damaged: {verdict}"
        except sqlite3.OperationalError:
            pass  # such as a file that is being replaced; the guard says so at the next use
        except sqlite3.DatabaseError as exc:
            self._suspicion = f"{self._path} is damaged: {exc}"
        finally:
            ended = self._monotonic()
            self._rests_until = ended + (ended - started) / VERIFY_SHARE
            self._verified_at = max(ended, self._rests_until - VERIFY_EVERY_S)
            self._verifying.release()


def _transact(connection: Connection, begin: str, work: Callable[[sqlite3.Connection], T]) -> T:
    db = connection.db
    try:
        db.execute(begin)
        result = work(db)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise
    return result


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


def _data_version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA data_version").fetchone()[0])
