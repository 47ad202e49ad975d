"""A command line in an empty folder, as of a user who has set no variables."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine


@pytest.fixture
def line(tmp_path: Path) -> Iterator[CommandLine]:
    """Run commands in a folder; processes that still run are stopped at the end."""
    with CommandLine(tmp_path) as made:
        yield made


@pytest.fixture
def used_line(line: CommandLine) -> CommandLine:
    """A command line in a folder in which a server has run before."""
    line.prepare()
    return line


@pytest.fixture
def board(line: CommandLine) -> Callable[[str], Path]:
    """Write a board file."""

    def write(text: str) -> Path:
        path = line.folder / "board.py"
        path.write_text(text)
        return path

    return write
