"""Limits how often a board is delivered. Sans-I/O.

Each process publishes at most one update per tick, so several processes publish more.
"""

SLACK = 0.5  # part of a tick by which an update may be early, so that a steady publisher's updates never wait


class Pacer:
    """Limits deliveries to one per tick on average."""

    def __init__(self) -> None:
        self._free_at = float("-inf")
        self._slack_s = 0.0

    def wait_s(self, now: float) -> float:
        """Return the delay before the next delivery in seconds; 0 if it may start now."""
        return max(0.0, self._free_at - self._slack_s - now)

    def record(self, now: float, tick_s: float) -> None:
        """Record a delivery; the next one is due a tick later."""
        self._free_at = max(now, self._free_at) + tick_s
        self._slack_s = tick_s * SLACK
