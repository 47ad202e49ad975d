"""Repeats a history that a search has found, and shows the system after each action."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.exploration.actions import from_json
from tests.support.exploration.running import numbered_epochs
from tests.support.exploration.scenarios import SCENARIOS
from tests.support.exploration.showing import show
from tests.support.exploration.system import System
from tests.support.planted_bugs import BUGS


def replay(header: dict[str, Any], actions: list[dict[str, Any]]) -> Iterator[list[str]]:
    """Yield the lines to show after each action; the last ones state the violation."""
    system = System(SCENARIOS[header["scenario"]])
    with pytest.MonkeyPatch.context() as patch, numbered_epochs(system):
        if header.get("bug"):
            BUGS[header["bug"]](patch)
        state = system.first
        for action in actions:
            try:
                state = system.after(state, from_json(action))
                system.check(state)
            except Exception as exc:
                yield [*show(system, state), f"  violation  {type(exc).__name__}: {exc}"]
                return
            yield list(show(system, state))
