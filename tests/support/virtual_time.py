"""An event loop on a clock of its own: nobody waits, time goes to where the next one is due."""

import asyncio
import selectors
from typing import Any


class Standstill(AssertionError):
    """Everybody waits for somebody, and nobody for a time."""


class _Selector:
    """Looks at the sockets without waiting, and moves the loop's clock instead."""

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
    """Runs tasks in the same order each time, as nothing in it depends on how fast the machine is.

    Whatever is awaited must end in this loop; threads would come back at a time that is none.
    """

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)  # type: ignore[arg-type]  # as much of a selector as is used

    def time(self) -> float:
        return self._virtual.now
