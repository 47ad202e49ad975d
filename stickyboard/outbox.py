"""What a producer keeps until the server has acknowledged it. No socket, no clock, no task.

    publish -> encode_event -> Outbox.put -> Outbox.next_message -> (socket) -> Outbox.take_reply

Every message bears a `seq`, one greater than the last. A message stays here until its reply came;
`rewind` says that all that are still here must be sent again, oldest first, under the same `seq`,
which the server then applies once. So a lost connection or a lost reply costs no event and
repeats none. With a spool the same holds over the end of the process.
"""

from collections import deque
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from stickyboard.errors import Dropped, NotAuthorised, ProtocolRefused, Rejected, SpoolUnusable
from stickyboard.spool import Spool

MAX_EVENTS_PER_MESSAGE = 500
MAX_MESSAGE_BYTES = 512 * 1024

# Codes of a message that was refused whole, by what they are about. Only the first kind ends its events: the
# second is a state of the server, which an operator can repair, whatever `retry` says. A limit on messages
# is of the second kind where the message has several events, each of which may be within it.
FAULTS = {"invalid_json", "invalid_message", "message_too_large", "batch_too_large"}
LIMITS = {"message_too_large", "batch_too_large"}
STATES = {"store_unusable", "store_unavailable", "accounts_unavailable"}


@dataclass(eq=False, slots=True)
class Receipt:
    """What became of one published event.

    `seq` is None until the event is in a message, `is_done` true after the server's word on it, or
    when it was dropped, and `error` then None if it was applied. An event sent again is settled once.
    `encoded` is emptied when it is settled. `origin` is the call that published it, as `train.py:41`.
    """

    encoded: bytes = field(repr=False)
    seq: int | None = None
    is_done: bool = False
    error: Rejected | Dropped | None = None
    origin: str = ""
    place: int = field(default=0, repr=False)  # in the spool

    @property
    def is_dropped(self) -> bool:
        """Whether it was given up before it was sent."""
        return isinstance(self.error, Dropped)

    @property
    def is_refused(self) -> bool:
        """Whether the server will not have it."""
        return isinstance(self.error, Rejected)


@dataclass(slots=True)
class Counts:
    """How many events a producer was given, and what became of them; the rest waits."""

    published: int = 0
    acknowledged: int = 0
    refused: int = 0
    dropped: int = 0


class _Reply(msgspec.Struct):
    op: str
    seq: int | None = None
    code: str = ""
    message: str = ""
    index: int | None = None
    retry: bool = False


@dataclass(slots=True)
class _Batch:
    seq: int
    receipts: list[Receipt]
    refused: dict[int, _Reply] = field(default_factory=dict)

    def text(self) -> bytes:
        return b'{"seq":%d,"events":[%b]}' % (self.seq, b",".join(r.encoded for r in self.receipts))


class Outbox:
    """A bounded buffer of events, and the numbered messages made of them.

    Args:
        max_events: how many events may be unacknowledged, waiting ones included.
        max_bytes: the same in bytes of JSON; one event alone always has room.
        max_in_flight: how many messages may be unacknowledged.
        first_seq: number of the first message.
        spool: keeps on disk what is here; what it holds already is sent first.
        may_drop: whether `drop_for` is going to be used; then half of the room is left to what waits.
    """

    def __init__(
        self,
        max_events: int,
        max_bytes: int,
        max_in_flight: int = 16,
        first_seq: int = 1,
        spool: Spool | None = None,
        *,
        may_drop: bool = False,
    ) -> None:
        self.max_events, self.max_bytes, self.max_in_flight = max_events, max_bytes, max_in_flight
        self.is_held = False
        self.held_for = ""  # what the server cannot take now, or why the spool cannot be written
        self.counts = Counts()
        self._max_sent = max(1, max_events // 2) if may_drop else max_events
        self._next_seq = first_seq
        self._waiting: deque[Receipt] = deque()
        self._batches: dict[int, _Batch] = {}
        self._again: deque[_Batch] = deque()
        self._events = self._bytes = 0
        self._spool = spool
        if spool is not None:
            self._restore(spool)

    def __len__(self) -> int:
        """Return how many events are not acknowledged yet."""
        return self._events

    def unsettled(self) -> list[Receipt]:
        """Return the receipts of all events that are not acknowledged yet, oldest first."""
        return [receipt for batch in self._batches.values() for receipt in batch.receipts] + list(self._waiting)

    def has_room(self, size: int) -> bool:
        """Say whether one more event of `size` bytes may be put."""
        return not self._events or (self._events < self.max_events and self._bytes + size <= self.max_bytes)

    def drop_for(self, size: int) -> list[Receipt]:
        """Give up the oldest events that were not sent yet, until there is room for `size` bytes or none is left."""
        dropped = []
        while self._waiting and not self.has_room(size):
            receipt = self._waiting[0]
            try:
                if self._spool is not None:
                    self._spool.forget(receipt.place, receipt.place)
            except SpoolUnusable:
                break  # it stays, as the next process would find it
            dropped.append(self._drop(self._waiting.popleft()))
            self._leave(receipt)
        return dropped

    def refuse(self, encoded: bytes, reason: str = "") -> Receipt:
        """Return the receipt of an event that is dropped itself, as nothing else can be."""
        self.counts.published += 1
        return self._drop(Receipt(encoded), reason)

    def put(self, encoded: bytes, origin: str = "") -> Receipt:
        """Take one encoded event; the caller has looked at `has_room` first.

        Raises:
            SpoolUnusable: it cannot be kept on disk; it was not taken.
        """
        receipt = Receipt(encoded, origin=origin)
        if self._spool is not None:
            receipt.place = self._spool.add(encoded)
        self._enter(receipt)
        self._waiting.append(receipt)
        return receipt

    def next_message(self) -> bytes | None:
        """Return the next message to send, or None when there is nothing to send now.

        Messages that must be sent again come first. After a refusal with `retry`, and while the spool
        cannot be written, `is_held` is true and it is None until `rewind`: a later message must not
        overtake the refused one, as the server would then take the refused one's `seq` for a repeat.
        """
        if self.is_held:
            return None
        while self._again:
            batch = self._again.popleft()
            if batch.seq in self._batches:
                return batch.text()
        is_full = len(self._batches) >= self.max_in_flight or self._events - len(self._waiting) >= self._max_sent
        if not self._waiting or is_full:
            return None
        try:
            return self._new_batch().text()
        except SpoolUnusable as exc:
            self._hold(str(exc))
            return None

    def rewind(self) -> None:
        """Have all unacknowledged messages sent again, oldest first, under their numbers."""
        self.is_held = False
        self._again = deque(self._batches.values())

    def take_reply(self, text: bytes | str) -> list[Receipt]:
        """Take one reply; return the receipts that it settled, in the order they were published.

        An acknowledgement settles its message's events: those refused before it by index as
        rejected, the others as applied. A reply to a message that is settled already says nothing.

        Raises:
            NotAuthorised: the reply says so; the server then closes.
            ProtocolRefused: the text is no reply, or refuses a message for good without its number or for
                an unknown reason.
        """
        try:
            reply = msgspec.json.decode(text, type=_Reply)
        except msgspec.DecodeError as exc:
            msg = f"expected a reply, got {text[:80]!r} ({exc})"
            raise ProtocolRefused(msg) from exc
        if reply.op == "ack":
            return self._settle(reply.seq, None)
        return self._take_error(reply) if reply.op == "error" else []

    def _take_error(self, reply: _Reply) -> list[Receipt]:
        if reply.index is not None:
            if reply.seq in self._batches:
                self._batches[reply.seq].refused[reply.index] = reply
            return []
        if reply.retry or self._is_repairable(reply):
            if reply.seq is None or reply.seq in self._batches:
                self._hold(f"{reply.code}: {reply.message}")
            return []
        if reply.code == "not_authorised":
            raise NotAuthorised(reply.message)
        if reply.seq is None or reply.code not in FAULTS:
            msg = f"a message was refused ({reply.code}): {reply.message}"
            raise ProtocolRefused(msg)
        return self._settle(reply.seq, reply)

    def _is_repairable(self, reply: _Reply) -> bool:
        batch = self._batches.get(reply.seq or 0)
        return reply.code in STATES or (reply.code in LIMITS and batch is not None and len(batch.receipts) > 1)

    def _hold(self, reason: str) -> None:
        self.is_held, self.held_for = True, reason

    def _settle(self, seq: int | None, refusal: _Reply | None) -> list[Receipt]:
        batch = self._batches.get(seq) if seq is not None else None
        if batch is None:
            return []
        try:
            if self._spool is not None:
                self._spool.forget(batch.receipts[0].place, batch.receipts[-1].place, batch.seq)
        except SpoolUnusable as exc:
            self._hold(str(exc))  # sent again later, and acknowledged again
            return []
        del self._batches[batch.seq]
        self.held_for = ""
        for index, receipt in enumerate(batch.receipts):
            receipt.is_done = True
            self._leave(receipt)
            if reply := refusal or batch.refused.get(index):
                event = msgspec.json.decode(receipt.encoded)
                receipt.error = Rejected(reply.code, reply.message, event, receipt.origin)
                self.counts.refused += 1
            else:
                self.counts.acknowledged += 1
            receipt.encoded = b""
        return batch.receipts

    def _new_batch(self) -> _Batch:
        batch = _Batch(self._next_seq, [])
        room = MAX_MESSAGE_BYTES
        for receipt in islice(self._waiting, min(MAX_EVENTS_PER_MESSAGE, self._max_sent)):
            room -= len(receipt.encoded) + 1
            if room < 0 and batch.receipts:
                break
            batch.receipts.append(receipt)
        if self._spool is not None:
            self._spool.number(batch.seq, batch.receipts[0].place, batch.receipts[-1].place)
        # Not before: what the spool could not number is still waiting.
        for _ in batch.receipts:
            self._waiting.popleft()
        self._take_number(batch)
        return batch

    def _take_number(self, batch: _Batch) -> None:
        for receipt in batch.receipts:
            receipt.seq = batch.seq
        self._next_seq = batch.seq + 1
        self._batches[batch.seq] = batch

    def _restore(self, spool: Spool) -> None:
        kept = spool.kept()
        for seq, events in kept.messages.items():
            self._take_number(_Batch(seq, [self._kept(*event) for event in events]))
        self._waiting.extend(self._kept(*event) for event in kept.waiting)
        self._next_seq = spool.next_seq
        self.rewind()

    def _kept(self, place: int, encoded: bytes) -> Receipt:
        receipt = Receipt(encoded, place=place)
        self._enter(receipt)
        return receipt

    def _enter(self, receipt: Receipt) -> None:
        self.counts.published += 1
        self._events += 1
        self._bytes += len(receipt.encoded)

    def _leave(self, receipt: Receipt) -> None:
        self._events -= 1
        self._bytes -= len(receipt.encoded)

    def _drop(self, receipt: Receipt, reason: str = "") -> Receipt:
        receipt.is_done, receipt.error = True, Dropped(self.max_events, self.max_bytes, reason)
        self.counts.dropped += 1
        return receipt
