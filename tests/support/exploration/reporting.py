"""Prints what a search has visited, and writes the shortest history that violates a guarantee to a file."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.exploration.actions import to_json
from tests.support.exploration.running import explore_all
from tests.support.exploration.search import Found
from tests.support.history_files import FOLDER, how_to_repeat, write_history
from tests.support.planted_bugs import BUGS

KIND = "explored"


def explore_and_report(names: Sequence[str], seconds: float, depth: int, workers: int, bug: str | None) -> int:
    """Explore scenarios, print the figures, and return the program's exit status: 1 for a violation."""
    with pytest.MonkeyPatch.context() as patch:
        if bug is not None:
            BUGS[bug](patch)
        results = explore_all(names, seconds, depth, workers)
    print(table(results))
    violated = [found for found in results if found.violation]
    for found in violated:
        print(f"\n{found.scenario.name}: {found.violation}")
        for number, action in enumerate(found.history, start=1):
            print(f"  {number}. {to_json(action)}")
        print(f"step by step: {how_to_repeat(write_found(found, bug))}")
    return 1 if violated else 0


def table(results: Sequence[Found]) -> str:
    """Return the figures as text. The depth has a + if there are longer histories."""
    lines = [f"{'scenario':<15}{'states':>12}{'transitions':>14}{'updates':>10}{'depth':>7}{'seconds':>9}"]
    for found in results:
        depth = f"{found.depth}{'' if found.is_complete else '+'}"
        figures = f"{found.states:>12,}{found.transitions:>14,}{found.updates:>10,}{depth:>7}{found.seconds:>9.1f}"
        lines.append(f"{found.scenario.name:<15}{figures}")
    totals = [sum(getattr(found, name) for found in results) for name in ("states", "transitions", "updates")]
    return "\n".join([*lines, "{:<15}{:>12,}{:>14,}{:>10,}".format("total", *totals)])


def write_found(found: Found, bug: str | None = None, folder: Path = FOLDER) -> Path:
    """Write the history of a violation."""
    header = {"kind": KIND, "scenario": found.scenario.name, "bug": bug, "violation": found.violation}
    return write_history(f"explored {bug or found.scenario.name}", header, map(to_json, found.history), folder)
