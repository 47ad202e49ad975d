"""Files and folders that only the server's user can read, whatever the umask."""

import os
from pathlib import Path


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
