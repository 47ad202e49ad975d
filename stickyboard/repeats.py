"""The timer behind `only_on_change`: what stayed the same is sent again when it is old, without a call."""

from collections.abc import Callable
from typing import Protocol

from stickyboard.changes import ChangeMemory
from stickyboard.outbox import Receipt


class Timer(Protocol):
    """What an event loop's `call_later` returns."""

    def cancel(self) -> None:
        """Have it never happen."""


CallLater = Callable[[float, Callable[[], None]], Timer]


class Repeats:
    """Sends each thing again when its last event is as old as was asked for.

    Args:
        memory: what was last sent of each thing.
        clock: the memory's.
        send: puts an event into the buffer, and returns its receipt; None where there is no room for it
            now, and it is tried again later.
        call_later: as an event loop's.
    """

    def __init__(
        self,
        memory: ChangeMemory,
        clock: Callable[[], float],
        send: Callable[[bytes], Receipt | None],
        call_later: CallLater,
    ) -> None:
        self._memory, self._clock, self._send, self._call_later = memory, clock, send, call_later
        self._timer: Timer | None = None
        self._planned: float | None = None

    def plan(self) -> None:
        """Set the timer to what is due first; to be called when something was remembered."""
        if (due := self._memory.next_look) != self._planned:
            self.stop()
            self._planned = due
            if due is not None:
                self._timer = self._call_later(max(0.0, due - self._clock()), self._repeat)

    def stop(self) -> None:
        """Send nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._planned = None

    def _repeat(self) -> None:
        self._timer = self._planned = None
        for thing, last in self._memory.due():
            receipt = self._send(last.encoded)
            if receipt is not None:
                self._memory.remember(thing, last.encoded, receipt, last.every_s)
        self.plan()
