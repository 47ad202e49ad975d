"""Files and folders that only the server's user can access, regardless of the umask."""

import contextlib
import os
import secrets
import sqlite3
from pathlib import Path
from typing import Any, BinaryIO


def create_private(path: Path) -> None:
    """Create a file that only its owner can read. An existing file is left unchanged.

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
    """Create a folder that only its owner can enter. An existing folder is left unchanged.

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
    """Create or truncate a file that only its owner can read, and open it for writing.

    Raises:
        OSError: it cannot be written.
    """
    file = os.fdopen(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600), "wb")
    os.fchmod(file.fileno(), 0o600)
    return file


def stored_secret(path: Path) -> str:
    """Return the secret in a file, which is created at the first start."""
    if not path.exists() or not path.stat().st_size:
        write_private(path, secrets.token_urlsafe(50))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    """Write a file in one step, so that it is complete even if the process is killed; a link is replaced."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.unlink(missing_ok=True)
        with open_private(temporary) as file:
            file.write(text.encode())
        temporary.replace(path)
    except OSError as exc:  # names the file that the caller asked for
        raise OSError(exc.errno, exc.strerror, str(path)) from exc


class PrivateConnection(sqlite3.Connection):
    """Creates databases as private files; for Django's `OPTIONS["factory"]`."""

    def __init__(self, database: Any, *args: Any, **options: Any) -> None:
        if not str(database).startswith(("file:", ":memory:")):  # a test's database in memory
            with contextlib.suppress(OSError):  # SQLite reports it
                create_private(Path(database))
        super().__init__(database, *args, **options)

    def __del__(self) -> None:
        # Django leaves the connection of a thread that has ended to the garbage collector, where Python 3.13 warns.
        with contextlib.suppress(sqlite3.Error):
            self.close()
