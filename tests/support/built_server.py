"""A server whose page is built as for a deployment: a few hashed files instead of a hundred modules.

A page then takes half the time to load.
"""

from functools import partial
from pathlib import Path
from typing import Self

from broadcast.stores import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from tests.support.once import once
from tests.support.server import Server

COLLECTED = {"STICKYBOARD_COLLECTED": "1"}
SETTINGS = "DJANGO_SETTINGS_MODULE"


def collect(environment: dict[str, str], folder: Path) -> None:
    """Collect the static files into a folder."""
    Server(folder, **COLLECTED, **environment).manage("collectstatic", "--noinput", "--verbosity", "0")


class BuiltServer(Server):
    """A server with the files of this project's apps, or those of other settings if `has_apps` of its own."""

    def __init__(self, folder: Path, has_apps: bool = False, **environment: str) -> None:
        super().__init__(folder, **COLLECTED, **environment)
        self._built_with = {SETTINGS: environment[SETTINGS]} if has_apps else {}

    def __enter__(self) -> Self:
        built = once(f"collected by {self._built_with.get(SETTINGS)}", partial(collect, self._built_with))
        (self.folder / "static").symlink_to(built / "static")
        return super().__enter__()

    def clear(self) -> None:
        """Begin anew with an empty board."""
        SQLiteCache(str(self.store_file), {}).clear()
        close_engines()
