"""A board on this machine: its folder, and the environment that the settings read."""

import argparse
import contextlib
import fcntl
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stickyboard.address import FOLDER, SERVER, NoAddress, find_address, read_address

SETTINGS: Final = "stickyboard.cli.settings"
ACCOUNTS: Final = "accounts.sqlite3"
STATIC: Final = "static"  # the folder next to a board file with its modules for `Custom`


class LocalBoard:
    """The folder with everything that a board stores, and the file that declares the board, if there is one."""

    def __init__(self, folder: Path, file: Path | None = None) -> None:
        self.folder, self.file = folder, file
        self.server_file = folder / SERVER  # with the address and the token of the running server

    @contextlib.contextmanager
    def used_alone(self) -> Iterator[None]:
        """Lock the folder; exit if another server has it. Two would not see each other's events."""
        self.create_folder()
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            with contextlib.suppress(OSError):  # a file system without locks
                self._lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _lock(self, descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            known = read_address(self.server_file)
            where = f" at {known.url}/" if known else ""
            sys.exit(f"a board of {self.folder} is running already{where}; for another one, add: --data OTHER-FOLDER")

    def create_folder(self) -> None:
        """Create the folder if it is missing; exit if other users could change what it contains."""
        from broadcast.stores.private_files import create_private_folder

        try:
            create_private_folder(self.folder)
            facts = self.folder.stat()
        except OSError as exc:
            sys.exit(f"{self.folder} cannot be used: {exc.strerror}; choose another folder: --data DIR")
        if facts.st_uid not in (os.getuid(), 0):
            sys.exit(f"{self.folder} belongs to another user, who could read your token; choose another: --data DIR")
        if facts.st_mode & stat.S_IWOTH:
            sys.exit(f"other users can write to {self.folder}; type: chmod 700 {self.folder}")
        with contextlib.suppress(FileExistsError), (self.folder / ".gitignore").open("x") as file:
            file.write("*\n")  # the folder has a token

    def set_environment(self, **more: str) -> None:
        """Set the variables that the settings read, unless the user has set them."""
        from dashboard_project.first_start import set_environment

        self.create_folder()
        set_environment(self.folder, DJANGO_SETTINGS_MODULE=SETTINGS, STICKYBOARD_DATA=str(self.folder), **more)
        if self.file is not None:
            os.environ["STICKYBOARD_BOARD"] = str(self.file)

    def served_file(self) -> Path | None:
        """Return the board file that was served last from this folder, for the other commands; None without one."""
        try:
            path = Path((self.folder / "board-file").read_text())
        except OSError:
            return None
        return path if path.is_file() else None

    def remember_file(self) -> None:
        from broadcast.stores.private_files import write_private

        write_private(self.folder / "board-file", str(self.file or ""))


def add_data_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(FOLDER),
        metavar="DIR",
        help=f"Folder with everything that the board stores; default: {FOLDER} in this folder.",
    )


def existing_board(folder: Path, file: Path | None = None) -> LocalBoard:
    """Return the board of a folder, or of the nearest folder above it that has one; exit if there is none."""
    absolute = folder.absolute()
    above = [parent / FOLDER for parent in Path.cwd().parents] if folder == Path(FOLDER) else []
    found = next((each for each in (absolute, *above) if has_board(each)), None)
    if "STICKYBOARD_DATA" in os.environ:
        found = Path(os.environ["STICKYBOARD_DATA"])
    if found is None:
        advice = "start one with: stickyboard serve"
        with contextlib.suppress(NoAddress, ValueError):
            url = find_address().url
            advice = f"{url}/ has another folder: type this there, add --data DIR, or type: stickyboard serve"
        sys.exit(f"there is no board in {absolute}; {advice}")
    return LocalBoard(found, file or LocalBoard(found).served_file())


def has_board(folder: Path) -> bool:
    """Whether a board was served from a folder. A run that was logged without a board has a folder, too."""
    return (folder / ACCOUNTS).is_file()
