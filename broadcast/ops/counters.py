"""The counters of one process: plain numbers that `/metrics` reads. Sans-I/O.

A counter is updated once per tick, not once per delivery: the flow control of a browser already counts its updates.
"""

from bisect import bisect_left
from collections import Counter
from typing import Any, Final

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
ACCEPTED: Final = "accepted"
UNKNOWN: Final = "unknown"  # every event type that is not in the table, to bound the labels


class Histogram:
    """Counts durations per bucket; the last bucket has no upper bound."""

    __slots__ = ("counts", "sum_s")

    def __init__(self) -> None:
        self.counts = [0] * (len(SECONDS) + 1)
        self.sum_s = 0.0

    def observe(self, took_s: float) -> None:
        self.counts[bisect_left(SECONDS, took_s)] += 1
        self.sum_s += took_s

    def snapshot(self) -> dict[str, Any]:
        return {"counts": self.counts, "sum_s": self.sum_s}


class Meters:
    """The counters of one process since it started.

    `events` is by event type and outcome (`accepted`, or the code of the error), `refusals` counts whole messages
    by code, `catch_ups` is by cause (see `consumers` and `delivery.fanout`), `mismatches` by board.
    `ack` observes, per tick, the longest time from the arrival of a message to its commit.
    """

    def __init__(self) -> None:
        self.events: Counter[tuple[str, str]] = Counter()
        self.refusals: Counter[str] = Counter()
        self.catch_ups: Counter[str] = Counter()
        self.opened: Counter[str] = Counter()
        self.mismatches: Counter[str] = Counter()
        self.ack, self.tick, self.store = Histogram(), Histogram(), Histogram()
        self.store_failures = 0
        self.updates = self.update_bytes = 0  # of browsers that have disconnected

    def count_batch(self, event_type: str, writes: int, failed: int) -> None:
        if failed:
            self.events[event_type, "policy_failed"] += failed
        if writes > failed:
            self.events[event_type, ACCEPTED] += writes - failed

    def snapshot(self) -> dict[str, Any]:
        return {
            "events": [[event_type, outcome, count] for (event_type, outcome), count in self.events.items()],
            "refusals": dict(self.refusals),
            "catch_ups": dict(self.catch_ups),
            "opened": dict(self.opened),
            "mismatches": dict(self.mismatches),
            "ack": self.ack.snapshot(),
            "tick": self.tick.snapshot(),
            "store": self.store.snapshot(),
            "store_failures": self.store_failures,
        }
