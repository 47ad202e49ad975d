"""Brings commits to the disk, in a thread of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Log = TypeVar("Log")


class Syncer(Generic[Log]):
    """Makes commits durable, with one `fsync` for all that were committed before it.

    Args:
        sync: writes a log to the disk; raises if that fails.
    """

    def __init__(self, sync: Callable[[Log], None]) -> None:
        self._sync = sync
        self._lock = threading.Lock()
        self._waiting: list[tuple[Log, Future[None]]] = []
        self._is_syncing = False
        self._thread = ThreadPoolExecutor(1, "sticky-sync")

    def request(self, log: Log) -> "Future[None]":
        """Return a future that is done when everything that was written to a log before is on disk."""
        done: Future[None] = Future()
        done.set_running_or_notify_cancel()  # so that a caller that no longer waits cannot cancel it
        with self._lock:
            if not self._waiting:
                self._thread.submit(self._run)  # before the append: it raises while the program ends
            self._waiting.append((log, done))
        return done

    @property
    def is_busy(self) -> bool:
        return bool(self._waiting) or self._is_syncing

    def close(self) -> None:
        """Finish what was requested."""
        self._thread.shutdown(wait=True)

    def _run(self) -> None:
        with self._lock:
            self._is_syncing = True  # first, because `is_busy` takes no lock
            waiting, self._waiting = self._waiting, []
        failures: dict[Log, Exception] = {}
        for log in dict.fromkeys(log for log, _ in waiting):
            try:
                self._sync(log)
            except Exception as exc:
                failures[log] = exc
        self._is_syncing = False
        for log, done in waiting:
            if log in failures:
                done.set_exception(failures[log])
            else:
                done.set_result(None)
