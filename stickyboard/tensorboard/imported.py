"""Remembers how far files were imported, so that a file that has grown is continued after its last record."""

import json
from pathlib import Path
from typing import Final

import msgspec

from stickyboard.address import private_folder

NAME: Final = "imported.json"
MAX_FILES: Final = 10_000


class Imported:
    """The number of the last imported record of each file, by server and producer. The oldest are forgotten.

    Without it, the server still applies nothing twice, except for the last steps of a file that has grown.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        try:
            self._numbers = msgspec.json.decode(self._path.read_bytes(), type=dict[str, int])
        except (OSError, ValueError):  # missing, or damaged
            self._numbers = {}

    def number_of(self, url: str, producer: str) -> int:
        return self._numbers.get(f"{url} {producer}", 0)

    def store(self, url: str, producer: str, number: int) -> None:
        newest = list(self._numbers.items())[1 - MAX_FILES :]
        self._numbers = {**dict(newest), f"{url} {producer}": number}
        private_folder(self._path.parent)
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps(self._numbers))
        temporary.replace(self._path)
