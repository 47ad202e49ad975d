"""Detects that the machine may have lost commits with its power.

Browsers are sent a commit before it is on disk, and a producer's acknowledgement after. So a power failure may take a
commit that browsers have. Therefore the file contains the boot ID of the machine while there may be such commits, and
"" after it was closed. A process that opens a file with the ID of another boot begins new epochs, so that every browser
starts over. Processes of one boot see each other's commits, also those of a process that was killed.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from broadcast.stores.sqlite.connect import WRITE, transact
from broadcast.stores.sqlite.schema import begin_new_epochs

BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
CLEAN: Final = ""


def current_boot_id() -> str:
    """Return the ID of this boot of the machine; "" where there is none, such as on macOS."""
    try:
        return BOOT_ID.read_text().strip()
    except OSError:
        return ""


def boot_of(db: sqlite3.Connection) -> str:
    """Return the ID of the boot whose commits may not be on disk, or `CLEAN`."""
    row = db.execute("SELECT boot_id FROM boot").fetchone()
    return str(row[0]) if row else CLEAN


def mark(db: sqlite3.Connection, boot_id: str) -> None:
    """Write an ID, or `CLEAN`, in the caller's transaction."""
    db.execute("INSERT OR REPLACE INTO boot (id, boot_id) VALUES (1, ?)", (boot_id,))


def touch(db: sqlite3.Connection) -> None:
    """Write the ID as it is, in the caller's transaction, which then has something to commit."""
    boot_id = boot_of(db)
    db.execute("DELETE FROM boot")  # SQLite writes no page for an update that changes nothing
    mark(db, boot_id)


class BootMark:
    """What this process knows of the ID in the file. `boot_id` is "" if there is none, and nothing is marked."""

    def __init__(self, boot_id: str) -> None:
        self.boot_id = boot_id
        self._is_ours = self._is_on_disk = False

    @property
    def is_due(self) -> bool:
        """Whether the next transaction that changes the file must be on disk before its changes are delivered."""
        return bool(self.boot_id) and not (self._is_ours and self._is_on_disk)

    def note_opened(self) -> None:
        self._is_ours = self._is_on_disk = False

    def forget(self) -> None:
        """Read the file again, because another process may have closed it."""
        self._is_ours = False

    def write(self, db: sqlite3.Connection) -> None:
        """Mark the file, in a transaction that changes it."""
        if self.boot_id and not self._is_ours and boot_of(db) != self.boot_id:
            mark(db, self.boot_id)
            self._is_on_disk = False

    def committed(self, bring_to_disk: Callable[[], None]) -> None:
        """Note the commit of that transaction, and bring the mark to the disk before the changes are delivered.

        Also if another process wrote the mark, because its fsync may not have ended, and it may have been killed.
        """
        self._is_ours = bool(self.boot_id)
        if self.is_due:
            bring_to_disk()
            self._is_on_disk = True

    def clean(self, db: sqlite3.Connection) -> None:
        """Note that this process closes the file. Everything before this commit is on disk as soon as it is."""
        if self._is_ours:
            transact(db, WRITE, lambda db: mark(db, CLEAN))


def begin_new_epochs_after_another_boot(db: sqlite3.Connection, boot_id: str) -> bool:
    """Begin new epochs if commits of an earlier boot may be lost. Return whether that was necessary."""

    def begin(db: sqlite3.Connection) -> bool:
        is_first = boot_of(db) not in (CLEAN, boot_id)  # another process may have been faster
        if is_first:
            begin_new_epochs(db)
            mark(db, CLEAN)
        return is_first

    return boot_of(db) not in (CLEAN, boot_id) and transact(db, WRITE, begin)
