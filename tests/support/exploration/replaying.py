"""Repeats a history that a search has found, and shows the system after each action."""

from collections.abc import Iterator
from typing import Any

from tests.support.exploration.actions import from_json
from tests.support.exploration.running import numbered_epochs
from tests.support.exploration.scenarios import SCENARIOS
from tests.support.exploration.showing import show
from tests.support.exploration.system import System
from tests.support.history_files import repeat


def replay(header: dict[str, Any], actions: list[dict[str, Any]]) -> Iterator[list[str]]:
    """Repeat a history; see `history_files.repeat`."""
    system = System(SCENARIOS[header["scenario"]])
    states = [system.first]

    def perform(action: dict[str, Any]) -> None:
        states.append(system.after(states[-1], from_json(action)))
        system.check(states[-1])

    with numbered_epochs(system):
        yield from repeat(header, actions, perform, lambda: show(system, states[-1]))
