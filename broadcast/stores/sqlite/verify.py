"""Verifies the contents of a store's file while it is in use."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from broadcast.stores.sqlite.connect import connect_to_read

VERIFY_EVERY_S: Final = 10.0  # while there are writes
VERIFY_SHARE: Final = 0.02  # of the time, at most


class Verifier:
    """Reads the whole file from time to time. `damage` is what it found, None if nothing.

    Args:
        monotonic: seconds.
    """

    def __init__(self, path: Path, monotonic: Callable[[], float]) -> None:
        self.damage: str | None = None
        self.rests_until = 0.0
        self._path, self._monotonic = path, monotonic
        self._verified_at = 0.0
        self._running = threading.Lock()

    def note_opened(self) -> None:
        """Count the check at opening as a verification."""
        self._verified_at = self._monotonic()

    def verify_now(self) -> bool:
        """Verify the file, unless that must wait; it is then due as soon as it may run. Return whether it ran."""
        if self._monotonic() < self.rests_until or not self._running.acquire(blocking=False):
            self._verified_at = min(self._verified_at, self.rests_until - VERIFY_EVERY_S)
            return False
        self._verify()
        return True

    def verify_when_due(self, submit: Callable[[Callable[[], None]], object]) -> None:
        """Pass the verification to `submit`, which runs it in another thread, if one is due."""
        is_due = self._monotonic() - self._verified_at >= VERIFY_EVERY_S
        if is_due and self._running.acquire(blocking=False):
            submit(self._verify)

    def _verify(self) -> None:
        started = self._monotonic()
        try:
            # A new connection: the caches of the others may have the earlier contents.
            with contextlib.closing(connect_to_read(self._path)) as db:
                verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                self.damage = f"{self._path} is damaged: {verdict}"
        except sqlite3.OperationalError:
            pass  # for example, the file is being replaced; the guard reports that at the next use
        except sqlite3.DatabaseError as exc:
            self.damage = f"{self._path} is damaged: {exc}"
        finally:
            ended = self._monotonic()
            self.rests_until = ended + (ended - started) / VERIFY_SHARE
            self._verified_at = max(ended, self.rests_until - VERIFY_EVERY_S)
            self._running.release()
