"""Files and folders that only the server's user can read, whatever the umask."""

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import Any, BinaryIO


def create_private(path: Path) -> None:
    """Create a file that only its owner can read, whatever the umask; one that is there is left as it is.

    SQLite gives its log and index the permissions of the database.

    Raises:
        OSError: it cannot be created.
    """
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return
    try:
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def create_private_folder(path: Path) -> None:
    """Create a folder that only its owner can enter, whatever the umask; one that is there is left as it is.

    Raises:
        OSError: it cannot be created.
    """
    if path.is_dir():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        return
    path.chmod(0o700)


def open_private(path: Path) -> BinaryIO:
    """Open a file for writing, empty, that only its owner can read.

    Raises:
        OSError: it cannot be written.
    """
    file = os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb")
    os.fchmod(file.fileno(), 0o600)
    return file


class PrivateConnection(sqlite3.Connection):
    """Makes a database private when it makes it; Django's `OPTIONS["factory"]`."""

    def __init__(self, database: Any, *args: Any, **options: Any) -> None:
        if not str(database).startswith(("file:", ":memory:")):  # as a test's database in memory is
            with contextlib.suppress(OSError):  # SQLite says what is wrong
                create_private(Path(database))
        super().__init__(database, *args, **options)
