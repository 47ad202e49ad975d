"""A rate limit for events: one token bucket per producer token."""

import time
from collections.abc import Callable

from broadcast.errors import TooFast

MAX_TOO_FAST = 20  # consecutive messages over the limit, before the socket is closed


class RateLimit:
    """A token bucket: `limit_per_s` events a second, with bursts of the same size.

    A full bucket admits any one message, even if it contains more events.
    """

    def __init__(self, limit_per_s: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_per_s, self._clock = limit_per_s, clock
        self._left = float(limit_per_s)
        self._counted_at = clock()

    def spend(self, events: int) -> None:
        """Remove events from the bucket; raise TooFast, and remove none, if it has too few."""
        now = self._clock()
        self._left = min(self._limit_per_s, self._left + (now - self._counted_at) * self._limit_per_s)
        self._counted_at = now
        if events > self._left and self._left < self._limit_per_s:
            raise TooFast(self._limit_per_s)
        self._left -= events


_rate_limits: dict[tuple[int, int], RateLimit] = {}


def rate_limit_of(token_id: int, limit_per_s: int) -> RateLimit:
    """Return the rate limit that all connections and POSTs with one token share in this process."""
    return _rate_limits.setdefault((token_id, limit_per_s), RateLimit(limit_per_s))
