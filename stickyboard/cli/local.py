"""A board on this machine: its folder, and the environment that the settings read."""

import argparse
import os
import secrets
import sys
from pathlib import Path
from typing import Final

from stickyboard.address import FOLDER, SERVER

SETTINGS: Final = "stickyboard.cli.settings"
TOKEN_NAME: Final = "this machine"


class LocalBoard:
    """The folder with everything that a board stores, and the file that declares the board, if there is one."""

    def __init__(self, folder: Path, file: Path | None = None) -> None:
        self.folder, self.file = folder, file

    @property
    def server_file(self) -> Path:
        """The file with the address and the token of the running server."""
        return self.folder / SERVER

    def set_environment(self, **more: str) -> None:
        """Set the variables that the settings read, unless the user has set them."""
        from broadcast.stores.private_files import create_private_folder

        create_private_folder(self.folder)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
        os.environ.setdefault("STICKYBOARD_DATA", str(self.folder))
        os.environ.setdefault("STICKYBOARD_SECRET_KEY", stored_secret(self.folder / "secret-key"))
        os.environ.setdefault("STICKYBOARD_COLLECTED", "1")
        if self.file is not None:
            os.environ["STICKYBOARD_BOARD"] = str(self.file)
        for name, value in more.items():
            os.environ.setdefault(name, value)

    def token(self) -> str:
        """Return this machine's token for producers; create it if it is missing or was revoked. Needs Django."""
        from producers_api.models import ProducerToken, digest_of

        path = self.folder / "token"
        token = path.read_text() if path.exists() else ""
        if token and ProducerToken.objects.filter(digest=digest_of(token), is_revoked=False).exists():
            return token
        ProducerToken.objects.filter(name=TOKEN_NAME).delete()
        _, token = ProducerToken.make(TOKEN_NAME)
        write_private(path, token)
        return token


def stored_secret(path: Path) -> str:
    """Return the secret in a file, which is created at the first start."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(50))
    return path.read_text()


def write_private(path: Path, text: str) -> None:
    from broadcast.stores.private_files import open_private

    with open_private(path) as file:
        file.write(text.encode())


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Declare the option for the folder."""
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(FOLDER),
        metavar="DIR",
        help=f"Folder with everything that the board stores; default: {FOLDER} in this folder.",
    )


def existing_board(folder: Path, file: Path | None = None) -> LocalBoard:
    """Return the board of a folder, or of the nearest folder above it that has one; exit if there is none."""
    if "STICKYBOARD_DATA" in os.environ:
        return LocalBoard(Path(os.environ["STICKYBOARD_DATA"]), file)
    absolute = folder.absolute()
    above = [parent / FOLDER for parent in Path.cwd().parents] if folder == Path(FOLDER) else []
    for each in (absolute, *above):
        if each.is_dir():
            return LocalBoard(each, file)
    sys.exit(f"{absolute} does not exist, so there is no board here; start one with: stickyboard serve")
