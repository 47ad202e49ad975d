"""Files of histories that failed: a header, and then one action a line. `tests.guarantees.replay` repeats them."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.planted_bugs import BUGS
from tests.support.server import ROOT

FOLDER = ROOT / "build" / "histories"

Line = Mapping[str, Any]


def write_history(name: str, header: Line, actions: Iterable[Line], folder: Path = FOLDER) -> Path:
    """Write a history; the header states what to repeat it with, and what it violates."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in (header, *actions)))
    return path


def read_history(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a history's header and actions."""
    header, *actions = [json.loads(line) for line in path.read_text().splitlines()]
    return header, actions


def repeat(
    header: Line,
    actions: Iterable[dict[str, Any]],
    perform: Callable[[dict[str, Any]], None],
    show: Callable[[], Iterable[str]],
    finish: Callable[[], None] = lambda: None,
) -> Iterator[list[str]]:
    """Yield the lines to show after each action; the last ones state the violation."""
    with pytest.MonkeyPatch.context() as patch:
        if header.get("bug"):
            BUGS[header["bug"]](patch)
        try:
            for action in actions:
                perform(action)
                yield list(show())
            finish()
        except Exception as exc:
            yield [*show(), f"  violation  {type(exc).__name__}: {exc}"]


def how_to_repeat(path: Path) -> str:
    shown = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"python -m tests.guarantees.replay {shown}"
