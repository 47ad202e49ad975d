"""When a browser acknowledges updates. Pure.

All browsers of a board are sent the same at the same time. Each draws anew how much it takes before it
answers, so that the server need not read all answers at once.
"""

import math
from collections.abc import Callable

SILENT_S = 0.25
HELD_S = 1.0
MAX_BYTES = 1_048_576


class Acks:
    """Counts updates; times are in monotonic seconds.

    Args:
        random: in [0, 1).
        updates, size_bytes: the window that `hello` tells.
    """

    def __init__(self, random: Callable[[], float], updates: int, size_bytes: int) -> None:
        self._random, self._max_updates, self._max_bytes = random, updates, size_bytes
        self._taken = self._acknowledged = self._bytes = 0
        self._first_at = self._last_at = 0.0
        self._told_at = -math.inf
        self._draw_share()

    def took(self, size_bytes: int, now: float) -> None:
        """Count an update."""
        if self._taken == self._acknowledged:
            self._first_at = now
        self._taken += 1
        self._bytes += size_bytes
        self._last_at = now

    def due_in_s(self, now: float) -> float | None:
        """Return in how many seconds to acknowledge, 0 for now; None where there is nothing."""
        if self._taken == self._acknowledged:
            return None
        if self._is_share_used():
            return 0.0
        return max(0.0, min(self._last_at + SILENT_S, self._first_at + 2 * self._share * HELD_S) - now)

    def tell(self, now: float) -> int:
        """Return how many updates to say were taken; they count as told."""
        if self._is_share_used() and now - self._told_at < SILENT_S:
            # On a line so fast the server soon has more in flight than it promised at first.
            self._max_bytes = min(2 * self._max_bytes, MAX_BYTES)
        self._acknowledged, self._bytes, self._told_at = self._taken, 0, now
        self._draw_share()
        return self._taken

    def _is_share_used(self) -> bool:
        updates = self._taken - self._acknowledged
        return updates >= self._share * self._max_updates or self._bytes >= self._share * self._max_bytes

    def _draw_share(self) -> None:
        self._share = 0.25 + self._random() / 4
