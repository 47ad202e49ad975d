"""The buffer of a producer: what the server has not acknowledged yet. Sans-I/O, except for the spool.

    publish -> encode_event -> Outbox.put -> Outbox.next_message -> (socket) -> Outbox.take_reply

Each message has a `seq`, one greater than that of the previous message, and stays here until it is acknowledged.
After a lost connection, `rewind` schedules all messages to be sent again, oldest first, under the same `seq`. The
server applies each `seq` once, so a lost connection or reply neither loses nor duplicates an event. With a spool,
this also holds across restarts of the process.
"""

from abc import ABC, abstractmethod
from collections import deque
from dataclasses import dataclass, field
from itertools import islice

import msgspec

from stickyboard.errors import Dropped, ProtocolRefused, Rejected, SpoolUnusable, TokenRefused
from stickyboard.receipts import Counts, Receipt
from stickyboard.spool import Spool

MAX_BUFFERED_BYTES = 64 * 1024 * 1024
MAX_EVENTS_PER_MESSAGE = 500
MAX_MESSAGE_BYTES = 512 * 1024
MAX_IN_FLIGHT = 16  # unacknowledged messages

# Error codes of a message that was refused as a whole. A fault rejects its events. A state of the server can be
# repaired by an operator, so its events are sent again, whatever `retry` states. So are those of a message beyond a
# limit if there are several, because each of them may be within the limit.
FAULTS = {"invalid_json", "invalid_message", "message_too_large", "batch_too_large"}
LIMITS = {"message_too_large", "batch_too_large"}
STATES = {"store_unusable", "store_unavailable", "accounts_unavailable"}


class Reply(msgspec.Struct):
    """An answer of the server to a message, or to one event in it (`index`)."""

    op: str
    seq: int | None = None
    code: str = ""
    message: str = ""
    index: int | None = None
    retry: bool = False


class Messages(ABC):
    """Numbered messages for a `ProducerConnection`: those of an `Outbox`, or of a file."""

    def __init__(self) -> None:
        self.is_paused = False  # the server or the spool accepts nothing now
        self.pause_reason = ""

    @abstractmethod
    def next_message(self) -> bytes | None:
        """Return the next message to send, or None if there is none now."""

    @abstractmethod
    def rewind(self) -> None:
        """End the pause, and send all unacknowledged messages again, oldest first, under the same numbers."""

    @abstractmethod
    def take_ack(self, seq: int) -> list[Receipt]:
        """Process an acknowledgement; return the receipts that it settles."""

    @abstractmethod
    def take_error(self, reply: Reply) -> list[Receipt]:
        """Process an error; return the receipts that it settles."""

    def take_reply(self, text: bytes | str) -> list[Receipt]:
        """Process one reply; return the receipts that it settles, in the order of publishing.

        Raises:
            TokenRefused: the server does not accept the token, and closes the connection.
            ProtocolRefused: the text is not a reply, or it refuses a message permanently without stating which, or
                for an unknown reason.
        """
        try:
            reply = msgspec.json.decode(text, type=Reply)
        except msgspec.DecodeError as exc:
            raise ProtocolRefused(f"expected a reply, got {text[:80]!r} ({exc})") from exc
        if reply.op == "ack":
            return self.take_ack(reply.seq) if reply.seq is not None else []
        if reply.op != "error":
            return []
        if reply.code == "not_authorised":
            raise TokenRefused(reply.message)
        return self.take_error(reply)

    def pause(self, reason: Reply | str) -> None:
        self.is_paused = True
        self.pause_reason = reason if isinstance(reason, str) else f"{reason.code}: {reason.message}"


@dataclass(slots=True)
class _Batch:
    seq: int
    receipts: list[Receipt]
    errors: dict[int, Reply] = field(default_factory=dict)

    def text(self) -> bytes:
        return b'{"seq":%d,"events":[%b]}' % (self.seq, b",".join(r.encoded for r in self.receipts))


class Outbox(Messages):
    """A bounded buffer of events, and the numbered messages that carry them.

    Args:
        max_events: the maximum number of unacknowledged events, sent or not.
        max_bytes: the same in bytes of JSON; a single event always fits.
        spool: stores the buffer on disk; what it already contains is sent first.
        may_drop: whether `drop_for` will be used; then at most half of the events are sent ahead of acknowledgements.
    """

    def __init__(
        self,
        max_events: int,
        max_bytes: int = MAX_BUFFERED_BYTES,
        spool: Spool | None = None,
        *,
        may_drop: bool = False,
    ) -> None:
        self.max_events, self.max_bytes = max_events, max_bytes
        super().__init__()
        self.counts = Counts()
        self._max_sent = max(1, max_events // 2) if may_drop else max_events
        self._next_seq = 1
        self._waiting: deque[Receipt] = deque()
        self._batches: dict[int, _Batch] = {}
        self._resend: deque[_Batch] = deque()
        self._events = self._bytes = 0
        self._spool = spool
        if spool is not None:
            self._restore(spool)

    def __len__(self) -> int:
        return self._events

    def unsettled(self) -> list[Receipt]:
        """Return the receipts of all unacknowledged events, oldest first."""
        return [receipt for batch in self._batches.values() for receipt in batch.receipts] + list(self._waiting)

    def has_room(self, size: int) -> bool:
        """Return whether one more event of `size` bytes fits."""
        return not self._events or (self._events < self.max_events and self._bytes + size <= self.max_bytes)

    def drop_for(self, size: int) -> list[Receipt]:
        """Drop the oldest unsent events until `size` bytes fit or none is left; return their receipts."""
        dropped = []
        while self._waiting and not self.has_room(size):
            receipt = self._waiting[0]
            try:
                if self._spool is not None:
                    self._spool.remove(receipt.row, receipt.row)
            except SpoolUnusable:
                break  # otherwise the next process would send it
            dropped.append(self._drop(self._waiting.popleft()))
            self._subtract(receipt)
        return dropped

    def refuse(self, encoded: bytes, reason: str = "") -> Receipt:
        """Return the receipt of a new event that is dropped because no other event can be."""
        self.counts.published += 1
        return self._drop(Receipt(encoded), reason)

    def put(self, encoded: bytes, origin: str = "") -> Receipt:
        """Add an encoded event; call `has_room` first.

        Raises:
            SpoolUnusable: the event cannot be stored on disk, and was not added.
        """
        row = self._spool.add(encoded) if self._spool is not None else 0
        receipt = self._new_receipt(encoded, row, origin)
        self._waiting.append(receipt)
        return receipt

    def next_message(self) -> bytes | None:
        # Otherwise a later message would overtake the refused one, which the server would treat as a duplicate.
        if self.is_paused:
            return None
        while self._resend:
            batch = self._resend.popleft()
            if batch.seq in self._batches:
                return batch.text()
        is_full = len(self._batches) >= MAX_IN_FLIGHT or self._events - len(self._waiting) >= self._max_sent
        if not self._waiting or is_full:
            return None
        try:
            return self._new_batch().text()
        except SpoolUnusable as exc:
            self.pause(str(exc))
            return None

    def rewind(self) -> None:
        self.is_paused = False
        self._resend = deque(self._batches.values())

    def take_ack(self, seq: int) -> list[Receipt]:
        return self._settle(seq, None)

    def take_error(self, reply: Reply) -> list[Receipt]:
        if reply.index is not None:
            if reply.seq in self._batches:
                self._batches[reply.seq].errors[reply.index] = reply
            return []
        batch = self._batches.get(reply.seq or 0)
        is_divisible = reply.code in LIMITS and batch is not None and len(batch.receipts) > 1
        if reply.retry or reply.code in STATES or is_divisible:
            if reply.seq is None or batch is not None:
                self.pause(reply)
            return []
        if reply.seq is None or reply.code not in FAULTS:
            raise ProtocolRefused(f"a message was refused ({reply.code}): {reply.message}")
        return self._settle(reply.seq, reply)

    def _settle(self, seq: int, error: Reply | None) -> list[Receipt]:
        """Settle all events of a message; one that is settled already has no effect."""
        batch = self._batches.get(seq)
        if batch is None:
            return []
        try:
            if self._spool is not None:
                self._spool.remove(batch.receipts[0].row, batch.receipts[-1].row, batch.seq)
        except SpoolUnusable as exc:
            self.pause(str(exc))  # the message is sent, and acknowledged, again
            return []
        del self._batches[batch.seq]
        self.pause_reason = ""
        for index, receipt in enumerate(batch.receipts):
            self._subtract(receipt)
            self._finish(receipt, error or batch.errors.get(index))
        return batch.receipts

    def _finish(self, receipt: Receipt, error: Reply | None) -> None:
        receipt.is_done = True
        if error is None:
            self.counts.acknowledged += 1
        else:
            receipt.error = Rejected(error.code, error.message, msgspec.json.decode(receipt.encoded), receipt.origin)
            self.counts.rejected += 1
        receipt.encoded = b""

    def _new_batch(self) -> _Batch:
        batch = _Batch(self._next_seq, [])
        room = MAX_MESSAGE_BYTES
        for receipt in islice(self._waiting, min(MAX_EVENTS_PER_MESSAGE, self._max_sent)):
            room -= len(receipt.encoded) + 1
            if room < 0 and batch.receipts:
                break
            batch.receipts.append(receipt)
        if self._spool is not None:
            self._spool.number(batch.seq, batch.receipts[0].row, batch.receipts[-1].row)
        # Only now: if the spool cannot store the number, the events stay in the queue.
        for _ in batch.receipts:
            self._waiting.popleft()
        self._register(batch)
        return batch

    def _register(self, batch: _Batch) -> None:
        for receipt in batch.receipts:
            receipt.seq = batch.seq
        self._next_seq = batch.seq + 1
        self._batches[batch.seq] = batch

    def _restore(self, spool: Spool) -> None:
        stored = spool.unacknowledged()
        for seq, events in stored.messages.items():
            self._register(_Batch(seq, [self._new_receipt(encoded, row) for row, encoded in events]))
        self._waiting.extend(self._new_receipt(encoded, row) for row, encoded in stored.waiting)
        self._next_seq = spool.next_seq
        self.rewind()

    def _new_receipt(self, encoded: bytes, row: int, origin: str = "") -> Receipt:
        self.counts.published += 1
        self._events += 1
        self._bytes += len(encoded)
        return Receipt(encoded, row=row, origin=origin)

    def _subtract(self, receipt: Receipt) -> None:
        self._events -= 1
        self._bytes -= len(receipt.encoded)

    def _drop(self, receipt: Receipt, reason: str = "") -> Receipt:
        receipt.is_done, receipt.error = True, Dropped(self.max_events, self.max_bytes, reason)
        self.counts.dropped += 1
        return receipt
