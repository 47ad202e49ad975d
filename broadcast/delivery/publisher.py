# Over 300 lines: one object, and everything in it is a part of its tick.
"""Collects events for one tick, applies them, and sends one update per board. Each process has one publisher.

The first event after a pause is flushed immediately. After that there is at most one flush per tick, and fewer if a
flush takes long, so that overload lowers the update rate instead of growing a queue. Processes that publish at the same
time share one rate. Browsers are sent a change when it is committed, and producers an acknowledgement when it is
durable.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from channels.layers import BaseChannelLayer

from broadcast.conf import Settings
from broadcast.delivery.board_sender import BoardSender, by_board
from broadcast.errors import PolicyFailed, StoreError, StoreUnavailable
from broadcast.events.event_type import Checked, EventType, batches_of
from broadcast.ops.client_limits import share_of
from broadcast.ops.counters import Meters
from broadcast.stores.base import StickyCache
from broadcast.types import Batch, Delta

log = logging.getLogger("broadcast.delivery.publisher")

# Applying a tick and delivering its updates may use at most this share of the time. The rest is for producers'
# messages and browsers' acknowledgements.
FLUSH_SHARE = 0.9
# A tick is longer by `TICK_S` for each update of another process that arrived during the last one, so N processes
# together commit as often as one. Otherwise, each of them would receive N updates for each one that it delivers.
MAX_FOREIGN = 3
SWEEP_EVERY_S = 1.0
MAX_UNSYNCED = 4  # ticks whose events wait for the disk; more of them delay the next tick
ALL = ""  # no owner: all of them
MAX_REFUSED = 1000  # messages whose policy failures are remembered


Failed = dict[int, PolicyFailed]  # the events of a message whose policy failed, by index


@dataclass(slots=True)
class Submission:
    """One message's events until they are committed.

    Several callers wait for a message that was resent before it was committed, each with its own writes.
    """

    writes: Sequence[Checked]
    size_bytes: int
    owner: str
    arrived: float
    number: tuple[str, int] | None  # the producer and seq of a message that may be resent
    waiting: "list[tuple[asyncio.Future[Failed], Sequence[Checked]]]" = field(default_factory=list)
    has_failures: bool = False  # of a policy

    def settle(self, error: StoreError | None = None) -> None:
        """Resolve the waiting futures with the failed events, or with the error."""
        for future, writes in self.waiting:
            if future.done():
                continue
            if error is None:
                future.set_result(self._failed(writes) if self.has_failures else {})
            else:
                future.set_exception(error)

    def _failed(self, writes: Sequence[Checked]) -> Failed:
        pairs = zip(writes, self.writes, strict=False)  # a message that was resent may differ
        failures = ((mine[1].index, write[1].failure) for mine, write in pairs)
        return {index: PolicyFailed(why) for index, why in failures if why is not None}


def _store_error(exc: BaseException) -> StoreError:
    if isinstance(exc, StoreError):
        return exc
    return StoreUnavailable("an unexpected error; see the server's log", detail=f"{type(exc).__name__}: {exc}")


class Publisher:
    """Applies events and sends the changes.

    Args:
        layer: carries updates to other processes.
        event_types: the table; types with a TTL are swept.
        boards: the event types of each board.
        clock: monotonic seconds; `sleep` waits for a number of seconds. Tests pass both.

    Attributes:
        subscribers: called with what a tick has changed, directly after its commit.
        sender: the name of this process in its channel-layer messages.
    """

    def __init__(
        self,
        store: StickyCache,
        layer: BaseChannelLayer,
        event_types: Mapping[str, EventType],
        boards: Mapping[str, Sequence[str]],
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._boards, self._settings = boards, settings
        self._clock, self._sleep = clock, sleep
        self._sender = BoardSender(layer)
        self.sender = self._sender.name
        self.subscribers: list[Callable[[Sequence[Delta]], None]] = []
        self._expiring = [kind for kind in event_types.values() if kind.policy.bounds.ttl_s]
        self._swept_at = float("-inf")
        self.failure: StoreError | None = None  # of the latest tick; None if it was applied
        self._pending: list[Submission] = []
        self._numbered: dict[tuple[str, int], Submission] = {}  # pending submissions with a seq
        self._refused: dict[tuple[str, int], dict[int, str]] = {}
        # Pending, of each owner and of all (ALL).
        self._events, self._bytes = defaultdict[str, int](int), defaultdict[str, int](int)
        self._room = asyncio.Event()
        self._room.set()
        self._ticker: asyncio.Task[None] | None = None
        self._unsynced: set[asyncio.Future[None]] = set()  # of ticks that are applied and delivered, but not durable
        self.meters = Meters()
        self._delivery_s = 0.0  # duration of deliveries since the last flush
        self._foreign = defaultdict[Hashable, int](int)  # updates of other processes since the last tick, by receiver
        self.tick_s = settings.TICK_S  # the current tick

    async def room(self, owner: str = "") -> None:
        """Wait until another submission is allowed; an owner, such as a token, may use only its share."""
        while not self._has_room(owner):
            self._room.clear()
            await self._room.wait()

    def put(self, writes: Sequence[Checked], size_bytes: int, owner: str = "") -> "asyncio.Future[Failed]":
        """Add the events of one message to the next tick, which applies them together.

        Returns:
            A future that is done when they are durable. It raises `StoreError` if none of them was applied.
        """
        first = writes[0][1] if writes else None
        number = (first.producer, first.seq) if first and first.seq else None
        # The store detects duplicates of committed messages, but not two copies in one tick.
        submission = self._numbered.get(number) if number else None
        if submission is None:
            submission = Submission(writes, size_bytes, owner, self._clock(), number)
            self._add(submission)
        done: asyncio.Future[Failed] = asyncio.get_running_loop().create_future()
        submission.waiting.append((done, writes))
        return done

    def level(self) -> dict[str, float]:
        """Return the current tick and queue sizes, as plain data."""
        return {"tick_s": self.tick_s, "pending_events": self._events[ALL], "pending_bytes": self._bytes[ALL]}

    def _add(self, submission: Submission) -> None:
        self._pending.append(submission)
        if submission.number:
            self._numbered[submission.number] = submission
        self._count(submission)
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.create_task(self._tick(), name="sticky-tick")

    async def sweep(self) -> None:
        """Remove expired entries, at most once per second."""
        now = self._clock()
        if self._expiring and now - self._swept_at >= SWEEP_EVERY_S:
            self._swept_at = now
            try:
                committed = await self._store.aapply(
                    [Batch(kind.name, kind.policy.bounds, []) for kind in self._expiring]
                )
            except StoreError as exc:  # the caller can still read
                self._note_failure(exc, 0)
            else:
                await self.deliver(committed.result)

    def note_delivery(self, took_s: float) -> None:
        """Add the time for which a delivery blocked the event loop; it makes ticks longer."""
        self._delivery_s += took_s

    def note_foreign(self, receiver: Hashable) -> None:
        """Count an update of another process; an update may have several receivers here."""
        self._foreign[receiver] += 1

    async def close(self) -> None:
        while self._ticker is not None and not self._ticker.done():
            await asyncio.wait([self._ticker])
        if self._unsynced:
            await asyncio.wait(self._unsynced)
        await self._sender.close()

    def _has_room(self, owner: str) -> bool:
        conf = self._settings
        events, size_bytes = conf.MAX_PENDING_EVENTS, conf.MAX_PENDING_BYTES
        if self._events[ALL] >= events or self._bytes[ALL] >= size_bytes:
            return False
        is_below = self._events[owner] < share_of(events, conf) and self._bytes[owner] < share_of(size_bytes, conf)
        return is_below or owner == ALL

    def _count(self, submission: Submission) -> None:
        for owner in {ALL, submission.owner}:
            self._events[owner] += len(submission.writes)
            self._bytes[owner] += submission.size_bytes

    async def _tick(self) -> None:
        self._foreign.clear()
        while self._pending:
            started, delivered_s = self._clock(), self._delivery_s
            await self._flush()
            took_s = self._clock() - started
            self.meters.tick.observe(took_s)
            busy_s, self._delivery_s = took_s + delivered_s, 0.0  # a delivery during the flush is part of it
            foreign = min(max(self._foreign.values(), default=0), MAX_FOREIGN)
            self._foreign.clear()
            self.tick_s = max(self._settings.TICK_S * (1 + foreign), busy_s / FLUSH_SHARE)
            await self._sleep(self.tick_s - took_s)
        self.tick_s = self._settings.TICK_S

    async def _flush(self) -> None:
        pending, self._pending, self._numbered = self._pending, [], {}
        try:
            checked = chain.from_iterable(submission.writes for submission in pending)
            batches, asked_at = batches_of(checked, self._settings.MAX_EVENT_BYTES), self._clock()
            deltas, sync = await self._store.aapply(batches)
        except Exception as exc:
            failure = _store_error(exc)
            # Fail the events that arrived meanwhile too: if a producer's later message were applied, the earlier
            # one would look like a duplicate when it is resent.
            pending += self._pending
            self._pending, self._numbered = [], {}
            self._note_failure(failure, len(pending), None if failure is exc else exc)
            for submission in pending:
                submission.settle(failure)
            return
        finally:
            self._events.clear()
            self._bytes.clear()
            for submission in self._pending:
                self._count(submission)
            self._room.set()
        stored_s, self.failure = self._clock() - asked_at, None
        for submission in pending:
            self._recall_refused(submission)
        self._deliver_here(deltas)
        self._count_stored(batches, stored_s)
        if sync is None:
            self._acknowledge(pending, None)
        else:
            durable = asyncio.wrap_future(sync())
            self._unsynced.add(durable)
            durable.add_done_callback(partial(self._acknowledge, pending))
        await self._sender.send(by_board(deltas, self._boards))
        while len(self._unsynced) > MAX_UNSYNCED:
            await asyncio.wait(self._unsynced, return_when=asyncio.FIRST_COMPLETED)

    def _acknowledge(self, submissions: Sequence[Submission], durable: "asyncio.Future[None] | None") -> None:
        failure = None
        if durable is not None:
            self._unsynced.discard(durable)
            failure = _store_error(exc) if (exc := durable.exception()) else None
        if failure is not None:
            # Applied, but perhaps lost with the machine's power. The store recognises them when they are resent.
            self._note_failure(failure, len(submissions))
        else:
            self.meters.ack.observe(self._clock() - submissions[0].arrived)  # the oldest
        for submission in submissions:
            submission.settle(failure)

    def _note_failure(self, failure: StoreError, messages: int, cause: BaseException | None = None) -> None:
        self.failure = failure
        self.meters.store_failures += 1
        if not failure.is_logged:
            log.error("%d messages could not be stored: %s", messages, failure, exc_info=cause)

    def _recall_refused(self, submission: Submission) -> None:
        """Report the refused events of a resent message again, because the store may skip it as a duplicate."""
        number = submission.number
        refused = self._refused.pop(number, {}) if number else {}
        refused |= {write.index: write.failure for _, write in submission.writes if write.failure is not None}
        if not refused:
            return
        submission.has_failures = True
        for _, write in submission.writes:
            write.failure = refused.get(write.index)
        if number:
            self._refused[number] = refused
        if len(self._refused) > MAX_REFUSED:
            del self._refused[next(iter(self._refused))]

    def _count_stored(self, batches: Sequence[Batch], took_s: float) -> None:
        self.meters.store.observe(took_s)
        for batch in batches:
            failed = sum(write.failure is not None for write in batch.writes)
            self.meters.count_batch(batch.keyspace, len(batch.writes), failed)

    async def deliver(self, deltas: Sequence[Delta]) -> None:
        """Send the updates of changes that were applied, first to the boards of this process."""
        self._deliver_here(deltas)
        await self._sender.send(by_board(deltas, self._boards))

    def _deliver_here(self, deltas: Sequence[Delta]) -> None:
        for put in self.subscribers:
            try:
                put(deltas)
            except Exception:  # the events are applied, and the next comparison of heads repairs what is displayed
                log.exception("an update could not be delivered here")
