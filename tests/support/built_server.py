"""A server whose page is built as for a deployment: a few hashed files instead of a hundred modules.

A page then takes half the time to load.
"""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Self

from broadcast.stores import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from tests.support.server import Server

COLLECTED = {"STICKYBOARD_COLLECTED": "1"}


@functools.cache
def built(**environment: str) -> Path:
    """Return the folder of collected files, which each test process builds once."""
    folder = Path(tempfile.mkdtemp(prefix="stickyboard-built-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Server(folder, **COLLECTED, **environment).manage("collectstatic", "--noinput", "--verbosity", "0")
    return folder / "static"


class BuiltServer(Server):
    """A server with the files of this project's apps, or those of other settings if `has_apps` of its own."""

    def __init__(self, folder: Path, has_apps: bool = False, **environment: str) -> None:
        super().__init__(folder, **COLLECTED, **environment)
        self._built_with = {"DJANGO_SETTINGS_MODULE": environment["DJANGO_SETTINGS_MODULE"]} if has_apps else {}

    def __enter__(self) -> Self:
        (self.folder / "static").symlink_to(built(**self._built_with))
        return super().__enter__()

    def clear(self) -> None:
        """Begin anew with an empty board."""
        SQLiteCache(str(self.store_file), {}).clear()
        close_engines()
