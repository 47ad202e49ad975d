"""The socket of one producer: reads messages, and acknowledges them in order after their commit.

One task reads and checks messages; another waits for commits and answers. The queue between them is bounded by
`MAX_UNACKNOWLEDGED`; while it is full, the socket is not read.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, ClassVar
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer

from broadcast import close_codes
from broadcast.conf import settings
from broadcast.delivery.updates import check_protocol
from broadcast.errors import (
    AccountsUnavailable,
    InvalidJSON,
    MessageRefused,
    NotAuthorised,
    StickyboardError,
    TooFast,
    UnsupportedProtocol,
)
from broadcast.ops.client_limits import client_of, full_reason
from broadcast.ops.connections import PRODUCER
from broadcast.runtime import runtime
from broadcast.server.limits import CLOSE_S
from broadcast.shutdown import refuse
from broadcast.types import Receive, Scope, Send
from producers_api.ingest import Ingest, PendingAnswer, ack_text, error_text
from producers_api.messages import read_messages, seq_of
from producers_api.middleware import header_of
from producers_api.rate_limit import MAX_TOO_FAST, rate_limit_of
from producers_api.tokens import Authenticate, authenticate

log = logging.getLogger("producers_api.consumers")

MAX_MESSAGE_S = 60.0  # for a long message over a slow connection
# A busy server may read what a producer sent before it lost its connection after the producer has reconnected.
RECONNECTION_S = 10.0


class ProduceConsumer(AsyncConsumer):
    """Serves one producer; receives messages without the thread hop of Channels, like the board's consumer."""

    newest: ClassVar[dict[Hashable, "ProduceConsumer"]] = {}  # the newest connection of each name
    _is_receiving, _too_fast = False, 0

    def __init__(
        self, authenticate: Authenticate = authenticate, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._authenticate, self._monotonic = authenticate, monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        await receive()  # websocket.connect
        if runtime().drain.is_begun:
            await refuse(scope, send)
            return
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        try:
            for stated in query.get("protocol", []):
                check_protocol(stated)
            sender = await self._authenticate(header_of(scope, b"authorization"))
        except UnsupportedProtocol as exc:
            await send({"type": "websocket.accept"})
            await self._close(close_codes.PROTOCOL, close_codes.shorten_reason(str(exc)))
            return
        except (NotAuthorised, AccountsUnavailable) as exc:
            await send({"type": "websocket.accept"})
            await self._refuse_producer(exc)
            return
        # Twice the limit, so that a slightly longer message is answered with `message_too_large`. Until then, our
        # server accepts only short messages; other servers ignore the keys.
        longest = {"max_message_bytes": 2 * settings().MAX_MESSAGE_BYTES, "max_message_s": MAX_MESSAGE_S}
        await send({"type": "websocket.accept", **longest})
        conf, owners = settings(), tuple(filter(None, [client_of(scope), f"token {sender.token_name}"]))
        if reason := full_reason(runtime().connections, PRODUCER, owners, conf.MAX_PRODUCERS, conf):
            await self._close(close_codes.FULL, close_codes.shorten_reason(reason))
            return
        rate_limit = rate_limit_of(sender.token_id, conf.MAX_EVENTS_PER_S)
        self.sender, self.name = sender, query.get("producer", [""])[0]
        self._ingest = Ingest(runtime(), sender, self.name, rate_limit)
        self._answers: asyncio.Queue[list[PendingAnswer]] = asyncio.Queue(settings().MAX_UNACKNOWLEDGED)
        self._accepted, self._last_at = 0, 0.0
        self._closing: tuple[int, str] | None = None
        self._identity, self._is_warned = (sender.token_id, self.name), False
        self.newest[self._identity], self.opened_at = self, self._monotonic()
        try:
            await self._run(scope, owners)
        finally:
            if self.newest.get(self._identity) is self:
                del self.newest[self._identity]

    async def _run(self, scope: dict[str, Any], owners: tuple[str, ...]) -> None:
        runtime().store.prepare()
        reading, answering = asyncio.create_task(self._read()), asyncio.create_task(self._answer())
        self._reading = reading
        try:
            with runtime().connections.open(PRODUCER, scope, self, owners):
                done, _ = await asyncio.wait([reading, answering], return_when=asyncio.FIRST_COMPLETED)
                if self._closing and answering not in done:
                    await self._answer_received(answering)
                    await self._close(*self._closing)
                    await self._wait_until_closed()
        finally:
            for task in (reading, answering):
                task.cancel()
            await asyncio.gather(reading, answering, return_exceptions=True)
        for task in done:
            # The task was cancelled by `end`, or the producer disconnected during an answer.
            if not task.cancelled() and not isinstance(task.exception(), OSError):
                task.result()

    def facts(self) -> dict[str, Any]:
        """Return details for operators; `last_at` is 0 before the first message."""
        facts = {"token": self.sender.token_name, "producer": self.name[:200], "accepted": self._accepted}
        return {**facts, "last_at": round(self._last_at, 3)}

    def end(self, code: int, reason: str) -> None:
        """Answer the received messages, then close the socket."""
        if self._closing is None:
            self._closing = (code, reason)
            if self._is_receiving:  # a message that was already received is completed and answered
                self._reading.cancel()

    async def _answer_received(self, answering: "asyncio.Task[None]") -> None:
        answered = asyncio.create_task(self._answers.join())
        try:
            await asyncio.wait([answered, answering], return_when=asyncio.FIRST_COMPLETED)
        finally:
            answered.cancel()
            await asyncio.gather(answered, return_exceptions=True)

    async def _wait_until_closed(self) -> None:
        """Discard what arrives until the producer has read the close frame, which a reset would take from it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_S):
                while (await self._receive())["type"] != "websocket.disconnect":
                    pass

    async def _read(self) -> None:
        while self._closing is None:
            self._is_receiving = True
            message = await self._receive()
            self._is_receiving = False
            if message["type"] == "websocket.disconnect":
                return
            body = message.get("text")
            if body is None:
                await self._answers.put([PendingAnswer(None, InvalidJSON("a binary message; send text"))])
                continue
            await self._answers.put(await self._take(body.encode("utf-8", "surrogatepass")))
            if self._too_fast > MAX_TOO_FAST:
                await self._close(close_codes.TOO_FAST, "too many events per second; reconnect later")
                return

    async def _take(self, body: bytes) -> list[PendingAnswer]:
        conf, size = settings(), len(body)
        try:
            messages = read_messages(body, conf.MAX_MESSAGE_BYTES, conf.MAX_BATCH_EVENTS)
        except (MessageRefused, InvalidJSON) as exc:
            return [self._refuse(exc, seq_of(body))]
        answers: list[PendingAnswer] = []
        for message in messages:
            try:
                answers.append(await self._ingest.take_message(message, size // len(messages)))
            except MessageRefused as exc:
                answers.append(self._refuse(exc, message.seq))
            else:
                self._too_fast = 0
                self._warn_of_duplicate_name(message.seq)
        return answers

    def _refuse(self, exc: StickyboardError, seq: int | None) -> PendingAnswer:
        runtime().meters.refusals[exc.code] += 1
        self._too_fast += isinstance(exc, TooFast)
        return PendingAnswer(seq, exc)

    def _warn_of_duplicate_name(self, seq: int) -> None:
        newest = self.newest.get(self._identity, self)
        if newest is self or self._is_warned or not seq:
            return
        if self._monotonic() - newest.opened_at >= RECONNECTION_S:
            self._is_warned = True
            warning = (
                "two producers use the name %r with the token %r at once: the sequence numbers of one look like"
                " duplicates of the other's, and events are lost; give each its own name"
            )
            log.warning(warning, self.name[:200], self.sender.token_name)

    async def _answer(self) -> None:
        while True:
            for text in await self._texts(await self._answers.get()):
                await self._send({"type": "websocket.send", "text": text})
            self._answers.task_done()

    async def _texts(self, answers: list[PendingAnswer]) -> list[str]:
        """Return the answers to one text: errors, and one acknowledgement of what was accepted between them."""
        texts: list[str] = []
        acked, accepted = None, 0
        for answer in answers:
            seq = answer.seq
            try:
                count, refused = await answer.settle()
            except StickyboardError as exc:
                seq, errors = None, [error_text(exc, answer.seq)]
            else:
                self._accepted += count
                self._last_at = time.time()
                errors = [error_text(error, seq, index) for index, error in refused]
            if errors and acked is not None:
                texts.append(ack_text(acked, accepted))
                acked, accepted = None, 0
            texts += errors
            if seq is not None:
                acked, accepted = seq, accepted + count
        return texts if acked is None else [*texts, ack_text(acked, accepted)]

    async def _refuse_producer(self, error: NotAuthorised | AccountsUnavailable) -> None:
        is_refused = isinstance(error, NotAuthorised)
        code = close_codes.NOT_AUTHORISED if is_refused else close_codes.STORE_UNAVAILABLE
        runtime().meters.refusals[error.code] += 1
        await self._send({"type": "websocket.send", "text": error_text(error)})
        await self._close(code, error.code)

    async def _close(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})
