"""What a process counts of itself: plain numbers, which `/metrics` reads when it is asked. Pure.

Nothing is counted per delivery, and little per event: what a tick did is added once per tick, and what
each browser was sent stands in its window anyway.
"""

from bisect import bisect_left
from collections import Counter
from typing import Any, Final

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
ACCEPTED: Final = "accepted"
UNKNOWN: Final = "unknown"  # the type of an event that named none of the table's


class Histogram:
    """Counts durations by how long they were, at most; the last place counts those beyond every bound."""

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.sum_s = 0.0

    def observe(self, took_s: float) -> None:
        """Count one more."""
        self.counts[bisect_left(SECONDS, took_s)] += 1
        self.sum_s += took_s

    def reading(self) -> dict[str, Any]:
        """Return what was counted so far."""
        return {"counts": self.counts, "sum_s": self.sum_s}


class Meters:
    """One process's counters since it started.

    `events` counts by event type and outcome (`accepted`, or the code of the error), `refusals` whole
    messages by code, `catch_ups` by what made a browser need one, see `consumers`. Of each tick, `ack`
    has how long the message that waited longest waited from its arrival to its commit.
    """

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        self.refusals: Counter[str] = Counter()
        self.catch_ups: Counter[str] = Counter()
        self.opened: Counter[str] = Counter()
        self.ack, self.tick, self.store = Histogram(), Histogram(), Histogram()
        self.store_failures = 0
        self.updates = self.update_bytes = 0  # of browsers that have gone

    def count_batch(self, event_type: str, writes: int, failed: int) -> None:
        """Count what became of a batch; for once per tick and keyspace."""
        if failed:
            self.events[event_type, "policy_failed"] += failed
        if writes > failed:
            self.events[event_type, ACCEPTED] += writes - failed

    def reading(self) -> dict[str, Any]:
        """Return everything that was counted so far, as plain data."""
        return {
            "events": [[event_type, outcome, count] for (event_type, outcome), count in self.events.items()],
            "refusals": dict(self.refusals),
            "catch_ups": dict(self.catch_ups),
            "opened": dict(self.opened),
            "ack": self.ack.reading(),
            "tick": self.tick.reading(),
            "store": self.store.reading(),
            "store_failures": self.store_failures,
        }
