"""How long to wait before trying again. Pure."""

from collections.abc import Callable


class Backoff:
    """Delays between attempts: full jitter, doubling from `base_s` up to `cap_s`.

    Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
    """

    def __init__(self, random: Callable[[], float], base_s: float = 0.2, cap_s: float = 10.0) -> None:
        self._random, self._base_s, self._cap_s = random, base_s, cap_s
        self._attempts = 0

    def next_s(self) -> float:
        """Return how long to wait before the next attempt, in seconds."""
        most_s = min(self._cap_s, self._base_s * 2.0 ** min(self._attempts, 32))
        self._attempts += 1
        return self._random() * most_s

    def reset(self) -> None:
        """Start over, because something went well."""
        self._attempts = 0
