"""An event loop with its own clock, which jumps to the next timer instead of waiting."""

import asyncio
import selectors
from typing import Any

import pytest


class Standstill(AssertionError):
    """Raised when every task waits for another and no timer is set."""


class _Selector:
    """A selector that polls sockets without waiting, and advances the loop's clock instead."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Standstill("every task waits, and nothing is due")
        self.now += max(0.0, timeout)
        return self._selector.select(0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._selector, name)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs tasks in the same order each time, because nothing depends on the speed of the machine.

    Everything that is awaited must complete within this loop; results of threads would have no time.
    """

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)  # type: ignore[arg-type]  # as much of a selector as is used

    def time(self) -> float:
        return self._virtual.now


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict:
    """The event loop of each test of a folder whose conftest imports this: on virtual time if the test is so marked."""
    is_virtual = item.get_closest_marker("virtual_time") is not None
    return {"virtual": VirtualLoop} if is_virtual else {"real": asyncio.new_event_loop}
