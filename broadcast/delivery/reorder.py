"""What a fan-out does with updates that come faster than browsers are shown them, or out of order. Pure.

Each process publishes at most one update per tick; several of them together more. Updates that come
within a tick wait for its end and are handed on as one. An update that leaves a gap to those before it,
as updates that two processes sent at once may come in either order, waits some ticks for what is missing, as
else every browser would read the store.
"""

from collections.abc import Sequence

from broadcast.delivery.coalesce import newest_heads
from broadcast.delivery.updates import Span, Update
from broadcast.types import Cursor

PATIENCE = 4  # ticks; with one, browsers of four processes on two busy cores read 1.5 to 2.1 times as often
SLACK = 0.5  # of a tick, by which one may come early, so that a steady publisher's updates never wait


class Pacer:
    """Says when the next update is due: on average one per tick, and never two at once."""

    def __init__(self) -> None:
        self._free_at = float("-inf")
        self._slack_s = 0.0

    def wait_s(self, now: float) -> float:
        """Return how many seconds the next update must wait; 0 where it may go at once."""
        return max(0.0, self._free_at - self._slack_s - now)

    def record(self, now: float, tick_s: float) -> None:
        """Record that an update goes now; the next one is due a tick later."""
        self._free_at = max(now, self._free_at) + tick_s
        self._slack_s = tick_s * SLACK


class ReorderBuffer:
    """Updates as they came, until they are handed on in order.

    Args:
        max_updates, max_bytes: of those that came, and of those that wait; beyond either, browsers are caught up
            by the store.
    """

    def __init__(self, max_updates: int, max_bytes: int) -> None:
        self._max_updates, self._max_bytes = max_updates, max_bytes
        self._arrived: list[Update] = []
        self._held: list[Update] = []  # the one that waits longest first
        self._waited: dict[int, int] = {}  # how often each was kept back, by its id
        self._heads: dict[str, Cursor] = {}

    def __len__(self) -> int:
        return len(self._arrived) + len(self._held)

    def put(self, update: Update) -> None:
        """Take an update."""
        self._arrived.append(update)
        if self._are_too_many(self._arrived):
            self._arrived = [newest_heads(self._arrived)]

    def take(self) -> list[Update]:
        """Return what may be handed on, in order; what leaves a gap is kept back `PATIENCE` times."""
        waiting, self._arrived = self._held + self._arrived, []
        ready, gapped = self._in_order(waiting)
        waited = {id(update): self._waited.get(id(update), 0) + 1 for update in gapped}
        if self._are_too_many(gapped) or any(times > PATIENCE for times in waited.values()):
            # What was missing is lost, or much too late: browsers read the store.
            ready, gapped, waited = [*ready, *gapped], [], {}
            self._advance(ready)
        self._held, self._waited = gapped, waited
        return ready

    def forget(self) -> None:
        """Begin anew, as after a time in which updates were missed."""
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
            # One at a time: each may close the gap before another one, which then comes in its turn.
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
