"""How fast a producer may send: a budget of events that refills each second."""

import time
from collections.abc import Callable

from broadcast.errors import TooFast


class Budget:
    """Lets `limit_per_s` events through each second, and as many at once.

    A whole second's rest lets one message through, however many events it bears.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, limit_per_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_per_s, self._clock = limit_per_s, clock
        self._left = float(limit_per_s)
        self._counted_at = clock()

    def spend(self, events: int) -> None:
        """Take events from the budget.

        Raises:
            TooFast: it does not hold that many now; nothing was taken.
        """
        now = self._clock()
        self._left = min(self._limit_per_s, self._left + (now - self._counted_at) * self._limit_per_s)
        self._counted_at = now
        if events > self._left and self._left < self._limit_per_s:
            raise TooFast(self._limit_per_s)
        self._left -= events


_budgets: dict[tuple[int, int], Budget] = {}


def budget_of(token_id: int, limit_per_s: int) -> Budget:
    """Return the budget that all connections and POSTs with one token share in this process."""
    return _budgets.setdefault((token_id, limit_per_s), Budget(limit_per_s))
