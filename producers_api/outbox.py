"""What a producer keeps until the server has acknowledged it. Pure: no socket, no clock, no task.

    publish -> encode_event -> Outbox.put -> Outbox.next_message -> (socket) -> Outbox.take_reply

Every message bears a `seq`, one greater than the last. A message stays here until its reply came;
`rewind` says that all that are still here must be sent again, oldest first, under the same `seq`,
which the server then applies once. So a lost connection or a lost reply costs no event and
repeats none.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from producers_api.client_errors import NotAuthorised, ProtocolRefused, Rejected

MAX_EVENTS_PER_MESSAGE = 500
MAX_MESSAGE_BYTES = 512 * 1024
# The server reads 1 MiB; a larger event goes alone in its message, whose envelope needs a few bytes.
MAX_EVENT_BYTES = 1024 * 1024 - 64


@dataclass(eq=False, slots=True)
class Receipt:
    """What became of one published event.

    `seq` is None until the event is in a message, `is_done` true after the server's word on it,
    and `error` then None if it was applied. An event sent again is settled once.
    """

    encoded: bytes = field(repr=False)
    seq: int | None = None
    is_done: bool = False
    error: Rejected | None = None


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
    """

    def __init__(self, max_events: int, max_bytes: int, max_in_flight: int = 16, first_seq: int = 1) -> None:
        self.max_events, self.max_bytes, self.max_in_flight = max_events, max_bytes, max_in_flight
        self.is_held = False
        self._next_seq = first_seq
        self._waiting: deque[Receipt] = deque()
        self._batches: dict[int, _Batch] = {}
        self._again: deque[_Batch] = deque()
        self._events = self._bytes = 0

    def __len__(self) -> int:
        """Return how many events are not acknowledged yet."""
        return self._events

    def unsettled(self) -> list[Receipt]:
        """Return the receipts of all events that are not acknowledged yet, oldest first."""
        return [receipt for batch in self._batches.values() for receipt in batch.receipts] + list(self._waiting)

    def has_room(self, size: int) -> bool:
        """Say whether one more event of `size` bytes may be put."""
        return not self._events or (self._events < self.max_events and self._bytes + size <= self.max_bytes)

    def put(self, encoded: bytes) -> Receipt:
        """Take one encoded event; the caller has looked at `has_room` first."""
        receipt = Receipt(encoded)
        self._waiting.append(receipt)
        self._events += 1
        self._bytes += len(encoded)
        return receipt

    def next_message(self) -> bytes | None:
        """Return the next message to send, or None when there is nothing to send now.

        Messages that must be sent again come first. After a refusal with `retry` it is None
        until `rewind`: a later message must not overtake the refused one, as the server would
        then take the refused one's `seq` for a repeat.
        """
        if self.is_held:
            return None
        while self._again:
            batch = self._again.popleft()
            if batch.seq in self._batches:
                return batch.text()
        if not self._waiting or len(self._batches) >= self.max_in_flight:
            return None
        batch = self._new_batch()
        return batch.text()

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
            ProtocolRefused: the text is no reply, or refuses a message for good without its number.
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
        if reply.retry:
            self.is_held = self.is_held or reply.seq is None or reply.seq in self._batches
            return []
        if reply.code == "not_authorised":
            raise NotAuthorised(reply.message)
        if reply.seq is None:
            msg = f"a message was refused ({reply.code}): {reply.message}"
            raise ProtocolRefused(msg)
        return self._settle(reply.seq, reply)

    def _settle(self, seq: int | None, refusal: _Reply | None) -> list[Receipt]:
        batch = self._batches.pop(seq, None) if seq is not None else None
        if batch is None:
            return []
        for index, receipt in enumerate(batch.receipts):
            receipt.is_done = True
            if reply := refusal or batch.refused.get(index):
                receipt.error = Rejected(reply.code, reply.message, msgspec.json.decode(receipt.encoded))
            self._bytes -= len(receipt.encoded)
        self._events -= len(batch.receipts)
        return batch.receipts

    def _new_batch(self) -> _Batch:
        batch = _Batch(self._next_seq, [])
        room = MAX_MESSAGE_BYTES
        while self._waiting and len(batch.receipts) < MAX_EVENTS_PER_MESSAGE:
            room -= len(self._waiting[0].encoded) + 1
            if room < 0 and batch.receipts:
                break
            batch.receipts.append(self._waiting.popleft())
        for receipt in batch.receipts:
            receipt.seq = batch.seq
        self._next_seq += 1
        self._batches[batch.seq] = batch
        return batch


class ChangeMemory:
    """Remembers what was last sent of each thing, to send it again only when that helps.

    It knows the `max_things` things that were sent last; one it forgot counts as changed.
    """

    def __init__(self, clock: Callable[[], float], max_things: int = 10_000) -> None:
        self._clock = clock
        self._max_things = max_things
        self._sent: dict[bytes, tuple[int, float]] = {}

    def is_due(self, thing: bytes, encoded: bytes, every_s: float) -> bool:
        """Say whether to send: it changed, or `every_s` have passed."""
        last = self._sent.get(thing)
        return last is None or last[0] != hash(encoded) or self._clock() - last[1] >= every_s

    def remember(self, thing: bytes, encoded: bytes) -> None:
        """Take note that this was sent now."""
        self._sent.pop(thing, None)
        self._sent[thing] = (hash(encoded), self._clock())
        if len(self._sent) > self._max_things:
            del self._sent[next(iter(self._sent))]


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


def encode_event(event: Mapping[str, Any]) -> bytes:
    """Return the event as JSON; numpy scalars and arrays are written as numbers and lists.

    Raises:
        ValueError: a number in it is NaN or infinite (its path is named), or it is too large.
        TypeError: a value in it has no JSON form.
    """
    encoded = msgspec.json.encode(event, enc_hook=_to_builtin)
    # msgspec writes NaN and Infinity as null, so only an event with a null in it must be searched.
    if b"null" in encoded:
        for path, number in _not_finite(msgspec.to_builtins(event, enc_hook=_to_builtin), "$"):
            msg = f"expected a finite number, got {number} at {path}"
            raise ValueError(msg)
    if len(encoded) > MAX_EVENT_BYTES:
        msg = f"event is {len(encoded)} bytes; a message takes at most {MAX_EVENT_BYTES}"
        raise ValueError(msg)
    return encoded


def _to_builtin(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    msg = f"a {type(value).__name__} has no JSON form"
    raise TypeError(msg)


def _not_finite(value: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        if not math.isfinite(value):
            yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_finite(inner, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _not_finite(inner, f"{path}[{index}]")
