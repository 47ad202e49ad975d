"""Orders updates and limits their rate before a fan-out delivers them. Sans-I/O.

Each process publishes at most one update per tick, so several processes publish more. Updates that arrive within a
tick are delivered together at its end. Updates that two processes send at the same time may arrive in either order.
An update that leaves a gap therefore waits a few ticks for the missing one; otherwise every browser would read the
store.
"""

from collections.abc import Sequence

from broadcast.delivery.coalesce import newest_heads
from broadcast.delivery.updates import Span, Update
from broadcast.types import Cursor

PATIENCE = 4  # ticks; with 1, the browsers of four processes on two busy cores read 1.5 to 2.1 times as often
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


class ReorderBuffer:
    """Stores updates as they arrive, and releases them in order.

    Args:
        max_updates, max_bytes: bounds on the updates that arrived, and on those that wait for a missing one. Beyond
            either bound, browsers catch up from the store.
    """

    def __init__(self, max_updates: int, max_bytes: int) -> None:
        self._max_updates, self._max_bytes = max_updates, max_bytes
        self._arrived: list[Update] = []
        self._held: list[Update] = []  # oldest first
        self._waited: dict[int, int] = {}  # ticks that each one has been held, by its id
        self._heads: dict[str, Cursor] = {}

    def __len__(self) -> int:
        return len(self._arrived) + len(self._held)

    def put(self, update: Update) -> None:
        self._arrived.append(update)
        if self._are_too_many(self._arrived):
            self._arrived = [newest_heads(self._arrived)]

    def take(self) -> list[Update]:
        """Return the updates that are ready, in order; an update that leaves a gap is held for `PATIENCE` calls."""
        waiting, self._arrived = self._held + self._arrived, []
        ready, gapped = self._in_order(waiting)
        waited = {id(update): self._waited.get(id(update), 0) + 1 for update in gapped}
        if self._are_too_many(gapped) or any(times > PATIENCE for times in waited.values()):
            # The missing update is lost or much too late: browsers read the store.
            ready, gapped, waited = [*ready, *gapped], [], {}
            self._advance(ready)
        self._held, self._waited = gapped, waited
        return ready

    def forget(self) -> None:
        """Start over, after a period in which updates were missed."""
        self._arrived, self._held, self._waited, self._heads = [], [], {}, {}

    def _are_too_many(self, updates: Sequence[Update]) -> bool:
        return len(updates) > self._max_updates or sum(update.size_bytes for update in updates) > self._max_bytes

    def _in_order(self, updates: Sequence[Update]) -> tuple[list[Update], list[Update]]:
        ready: list[Update] = []
        rest = list(updates)
        while True:
            continuing = [update for update in rest if not any(self._leaves_gap(span) for span in update.spans)]
            if not continuing:
                return ready, rest
            # One at a time, because each may close the gap before an update that was sent earlier.
            rest.remove(continuing[0])
            ready.append(continuing[0])
            self._advance(continuing[:1])

    def _leaves_gap(self, span: Span) -> bool:
        head = self._heads.get(span.keyspace)
        return head is not None and head.epoch == span.epoch and span.from_revision > head.revision

    def _advance(self, updates: Sequence[Update]) -> None:
        for update in updates:
            for span in update.spans:
                head = self._heads.get(span.keyspace)
                if head is None or head.epoch != span.epoch or span.to_revision > head.revision:
                    self._heads[span.keyspace] = span.head
