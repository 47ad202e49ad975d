"""The connections of one process to the files of a database: opened, closed, and opened again after faults."""

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from broadcast.errors import StoreError, StoreUnusable
from broadcast.stores.outage_log import Outage
from broadcast.stores.sqlite.boot import BootMark, begin_new_epochs_after_another_boot
from broadcast.stores.sqlite.checkpoint import write_log_back
from broadcast.stores.sqlite.connect import (
    BUSY_MS,
    MEMORY,
    WRITE,
    CommitObserver,
    Connection,
    all_locked,
    connect_to_write,
    log_of,
    log_set_aside,
    make_file,
    refuse_damaged,
    transact,
)
from broadcast.stores.sqlite.errors import error_for
from broadcast.stores.sqlite.file_guard import FileGuard, FileState, Verifier
from broadcast.stores.sqlite.schema import begin_new_epochs

log = logging.getLogger("broadcast.stores")


class Files:
    """Opens a connection for each thread, and all of them again if the files are not those that were opened.

    Args:
        boot_id: of the machine, "" if there is none; see `boot`.
    """

    def __init__(self, location: str, synchronous: str, boot_id: str) -> None:
        self._in_memory = location.startswith(MEMORY)
        self._path = Path(location)
        self._name = MEMORY if self._in_memory else str(self._path)
        self._boot = BootMark("" if self._in_memory else boot_id)
        # With a boot ID, a commit is not synchronised by SQLite but afterwards, while it is delivered.
        self._is_synced_later = bool(self._boot.boot_id) and synchronous == "FULL"
        self._synchronous = "NORMAL" if self._is_synced_later else synchronous
        self._must_write_back = False  # because an fsync failed, after which another one proves nothing
        self.verifier = Verifier(self._path)
        self._opening = threading.RLock()  # held to open or close connections; acquired before a connection's lock
        self._connections: list[Connection] = []
        self._guard: FileGuard | None = None  # set while there are connections to a file
        self._was_opened = self._needs_new_epochs = False
        self._last_version: tuple[FileState | None, bytes] | None = None  # of the file, when all were closed
        self._suspicion: str | None = None  # why the file must be opened and verified again
        self._local = threading.local()
        self._observer: CommitObserver | None = None  # set and unset with the guard

    def close_files(self) -> None:
        """Close every connection; no thread uses one, nor is there a commit that is not on disk."""
        with self._opening, all_locked(self._connections):
            is_sound = self._guard is None or not (self._fault() or self._guard.shrunk())
            if is_sound and self._connections:
                self._connections[0].let_wait(may_wait=True)
                with contextlib.suppress(sqlite3.Error):  # the next boot then begins new epochs
                    self._boot.clean(self._connections[0].db)
            self._close_all(writes_log_back=is_sound)

    # opening

    def _acquire(self, outage: Outage) -> Connection:
        """Return this thread's connection, locked, to a file that no other program changed."""
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
        """Return why the file must be opened again, None if the connections are good."""
        known = self._suspicion or self.verifier.damage
        return known or (self._guard.moved() if self._guard is not None else None)

    def _open(self) -> Connection:
        """Open the file. If it is damaged, try without its log, which may be that of another database."""
        try:
            return self._open_with_log()
        except (StoreUnusable, sqlite3.DatabaseError):
            if not self._needs_new_epochs or not log_of(self._path).exists():
                raise
            with log_set_aside(self._path):
                return self._open_with_log()

    def _open_with_log(self) -> Connection:
        is_first = self._guard is None and not self._in_memory
        connection = self._open_first() if is_first else Connection(connect_to_write(self._name, self._synchronous))
        self._connections.append(connection)
        return connection

    def _open_first(self) -> Connection:
        # The file is only inspected while this process has no connection to it: closing any descriptor of a
        # file releases all of the process's locks on it, and another process would then delete a log in use.
        # Source: https://www.sqlite.org/howtocorrupt.html section 2.2.
        make_file(self._path, was_opened=self._was_opened)
        refuse_damaged(self._path, with_indexes=self._needs_new_epochs)
        db = connect_to_write(self._name, self._synchronous)
        opened: list[sqlite3.Connection | CommitObserver | FileGuard] = [db]  # closed in this order
        try:
            opened.append(observer := CommitObserver(self._path))
            opened.append(guard := FileGuard(self._path))
            if self._needs_new_epochs or (self._last_version and not guard.continues(self._last_version)):
                transact(db, WRITE, begin_new_epochs)
                guard.note()
            if self._boot.boot_id and begin_new_epochs_after_another_boot(db, self._boot.boot_id):
                log.warning("this machine stopped while %s was open: browsers start over", self._path)
                guard.note()
            if self._must_write_back:
                write_log_back(db)
                transact(db, WRITE, begin_new_epochs)  # Linux may have dropped the pages of a commit that browsers have
                guard.note()
        except BaseException:
            for each in opened:
                each.close()
            raise
        self._must_write_back = False
        self._boot.note_opened()
        self._observer, self._guard = observer, guard
        self._was_opened, self._needs_new_epochs = True, False
        self.verifier.note_opened()
        return Connection(db)

    # closing

    def _abandon(self, fault: str) -> None:
        """Close all connections to a file that was changed; the next one begins new epochs."""
        log.error("the store's file is opened again, and browsers start over: %s", fault)
        with all_locked(self._connections):
            self._needs_new_epochs, self._suspicion, self.verifier.damage = True, None, None
            if self._guard is not None and self._connections:
                self._connections[0].let_wait(may_wait=True)
                self._guard.save_log(self._connections[0].db)
            self._close_all(writes_log_back=False)

    def _close_all(self, *, writes_log_back: bool) -> None:
        """Close every connection; the caller holds their locks.

        The connection that is closed last writes the log back into the file, which a torn log may damage. The
        observer cannot write, so closing it last prevents that.
        """
        observer, self._observer = self._observer, None
        if observer is not None and writes_log_back:
            observer.close()
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        if observer is not None and not writes_log_back:
            observer.close()
        if self._guard is not None:
            self._guard.close()
            self._last_version, self._guard = self._guard.version, None

    @contextmanager
    def _translated(self, outage: Outage) -> Iterator[None]:
        try:
            yield
        except Exception as exc:
            error = error_for(exc, self._path, BUSY_MS)
            if error is None or error is exc:
                raise
            outage.note(error)
            if not self._in_memory:  # closing the connection would delete a database in memory
                self._close_after(exc)
            raise error from exc

    def _close_after(self, exc: Exception) -> None:
        """Close all connections after an error of the file, so that the next use opens it as it is then.

        All of them, because the connections of a process share the index of the log: one that was opened while
        the folder was read-only keeps it read-only for all.
        """
        with self._opening:
            if self._guard is None:  # opening failed, so nothing is open
                return
            fault = self._guard.moved() or self._guard.shrunk()
            if fault or not isinstance(exc, (sqlite3.OperationalError, OSError)):
                self._suspicion = fault or str(exc)
            elif not any(sign in str(exc) for sign in ("locked", "full")):
                with all_locked(self._connections):
                    self._close_all(writes_log_back=False)
