"""A clock that moves only when a test advances it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(eq=False)
class ManualTimer:
    clock: "ManualClock"
    at: float
    function: Callable[[], None]

    def cancel(self) -> None:
        if self in self.clock.timers:
            self.clock.timers.remove(self)


class ManualClock:
    """Returns its time when called, and runs due timers when it is advanced."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[ManualTimer] = []

    def __call__(self) -> float:
        return self.now

    def call_later(self, delay_s: float, function: Callable[[], None]) -> ManualTimer:
        timer = ManualTimer(self, self.now + delay_s, function)
        self.timers.append(timer)
        return timer

    def advance(self, by_s: float) -> None:
        end = self.now + by_s
        while due := min((timer for timer in self.timers if timer.at <= end), key=lambda t: t.at, default=None):
            self.now = max(self.now, due.at)
            due.cancel()
            due.function()
        self.now = end
