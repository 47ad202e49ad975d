"""From a producer's message to the publisher: the stage that the socket and the view share.

Nothing here knows a policy. An invalid event affects only itself; the other events of its message are applied.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import msgspec

from broadcast.delivery.publisher import Failed
from broadcast.errors import EventRefused, NotAllowed, OutOfOrder, StickyboardError, TooFast
from broadcast.events.event_type import EventType
from broadcast.events.validation import UNDECODABLE
from broadcast.ops.command_names import as_typed
from broadcast.ops.counters import UNKNOWN
from broadcast.runtime import Runtime
from producers_api.messages import Message
from producers_api.rate_limit import RateLimit
from producers_api.tokens import Sender

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class PendingAnswer:
    """The state of one message: why it was refused, or its refused events by index and the commit of the others."""

    seq: int | None
    error: StickyboardError | None = None
    refused: list[tuple[int, EventRefused]] = field(default_factory=list)
    submitted: int = 0
    committed: "asyncio.Future[Failed] | None" = None

    async def settle(self) -> tuple[int, list[tuple[int, EventRefused]]]:
        """Wait for the commit; return the number of accepted events, and the refused ones with their indices.

        Raises:
            StickyboardError: none was applied.
        """
        if self.error is not None:
            raise self.error
        failed = await self.committed if self.committed is not None else {}
        return self.submitted - len(failed), sorted([*self.refused, *failed.items()], key=lambda pair: pair[0])


class Ingest:
    """Accepts the messages of one sender; `name` is the producer's own, within its token."""

    def __init__(self, runtime: Runtime, sender: Sender, name: str, rate_limit: RateLimit) -> None:
        self._runtime, self._sender, self._rate_limit = runtime, sender, rate_limit
        self._producer, self._owner = sender.producer(name), str(sender.token_id)
        self._in_flight: deque[tuple[int, asyncio.Future[Failed]]] = deque()
        self._awaited_seq = 0  # of a refused message that will be resent; later ones must not overtake it

    async def take_message(self, message: Message, size: int) -> PendingAnswer:
        """Check the events of a message and pass the valid ones to the publisher.

        Waits while the publisher is full, so that the store's speed limits how fast a producer is read.

        Raises:
            MessageRefused, InvalidJSON: no event of the message is accepted.
        """
        try:
            self._rate_limit.spend(len(message.events))
        except TooFast:
            self._awaited_seq = self._awaited_seq or message.seq
            raise
        answer, writes = self._check(message)
        if writes:
            await self._runtime.publisher.room(self._owner)
        self._refuse_overtaking(message.seq)
        if writes:
            answer.committed = self._runtime.publisher.put(writes, size, self._owner)
            self._in_flight.append((message.seq, answer.committed))
        return answer

    def _refuse_overtaking(self, seq: int) -> None:
        """Refuse messages that follow one that will be resent.

        Applied first, a later message would make the earlier one look like a duplicate. A message that was
        refused permanently is not resent, so nothing waits for it.
        """
        while self._in_flight and self._in_flight[0][1].done():
            earlier, committed = self._in_flight.popleft()
            failure = committed.exception()
            if earlier and isinstance(failure, StickyboardError) and failure.retry:
                self._awaited_seq = min(earlier, self._awaited_seq or earlier)
        if self._awaited_seq and seq > self._awaited_seq:
            raise OutOfOrder(self._awaited_seq)
        if seq == self._awaited_seq:
            self._awaited_seq = 0

    def _check(self, message: Message) -> tuple[PendingAnswer, list[Any]]:
        answer, writes = PendingAnswer(message.seq), []
        check, producer, seq = self._runtime.validator.check, self._producer, message.seq
        allowed: EventType | None = None
        for index, raw in enumerate(message.events):
            try:
                kind, write = checked = check(bytes(raw), producer, seq)
                if kind is not allowed:
                    self._check_permission(kind)
                    allowed = kind
            except EventRefused as error:
                self._runtime.meters.events[self._type_in(bytes(raw)), error.code] += 1
                answer.refused.append((index, error))
            else:
                write.index = index
                writes.append(checked)
        answer.submitted = len(writes)
        return answer, writes

    def _check_permission(self, kind: EventType) -> None:
        if not kind.from_producers:
            raise NotAllowed(kind.name, "")
        self._sender.check(kind.name)

    def _type_in(self, raw: bytes) -> str:
        """Return the event type of a refused event, for its metric; UNKNOWN if it is not in the table."""
        try:
            name = _decode_type(raw).type
        except UNDECODABLE:
            return UNKNOWN
        return name if name in self._runtime.event_types else UNKNOWN


class _Typed(msgspec.Struct):
    type: str = ""


_decode_type = msgspec.json.Decoder(_Typed).decode


def ack_text(seq: int, accepted: int) -> str:
    """Encode the answer to a message whose events are committed."""
    numbered = {"seq": seq} if seq else {}
    return _encode({"op": "ack", **numbered, "accepted": accepted}).decode()


def error_text(error: StickyboardError, seq: int | None = None, index: int | None = None) -> str:
    """Encode an error, in the format of the socket and the view."""
    return _encode(error_facts(error, seq, index)).decode()


def error_facts(error: StickyboardError, seq: int | None = None, index: int | None = None) -> dict[str, Any]:
    """Return an error in the wire format."""
    facts: dict[str, Any] = {"op": "error", "code": error.code, "message": as_typed(error.public)}
    if index is not None:
        facts["index"] = index
    if seq:
        facts["seq"] = seq
    return {**facts, "retry": error.retry}
