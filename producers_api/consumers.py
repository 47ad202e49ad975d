"""One producer's socket: messages in, acknowledgements out once they are committed, in order.

Two tasks: one reads and checks, one waits for commits and answers. Between them a queue as long as
a producer may be ahead of its acknowledgements; when it is full the socket is not read.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, ClassVar
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from channels.db import aclose_old_connections

from broadcast import close_codes
from broadcast.conf import settings
from broadcast.delivery.updates import check_protocol
from broadcast.errors import (
    AccountsUnavailable,
    InvalidJSON,
    MessageRefused,
    NotAuthorised,
    StickyboardError,
    StoreError,
    TooFast,
    UnsupportedProtocol,
)
from broadcast.ops.connections import PRODUCER
from broadcast.ops.shares import client_of, full_reason
from broadcast.runtime import runtime
from broadcast.shutdown import refuse
from producers_api.ingest import Ingest, Receipt, ack_text, error_text
from producers_api.messages import seq_of
from producers_api.rate_limit import budget_of
from producers_api.tokens import authenticate

log = logging.getLogger("producers_api.consumers")

MAX_MESSAGE_S = 60.0  # for a long message to arrive over a slow line
MAX_TOO_FAST = 20  # messages refused for their rate before the socket is closed


class DuplicateNames:
    """Which connection was the last to take each name."""

    def __init__(self) -> None:
        self._newest: dict[Hashable, object] = {}

    def join(self, name: Hashable, connection: object) -> None:
        """Let a connection have the name, whoever had it."""
        self._newest[name] = connection

    def leave(self, name: Hashable, connection: object) -> None:
        """Forget a name where this connection still has it."""
        if self._newest.get(name) is connection:
            del self._newest[name]

    def has_other(self, name: Hashable, connection: object) -> bool:
        """Whether a connection that was opened later, and is open, has the name."""
        return self._newest.get(name, connection) is not connection


class ProduceConsumer(AsyncConsumer):
    """Serves one producer; takes messages without Channels' thread hop, as the board's consumer does."""

    duplicate_names: ClassVar[DuplicateNames] = DuplicateNames()
    _takes_more, _is_receiving = True, False

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self._receive, self._send = receive, send
        await receive()  # websocket.connect
        if runtime().drain.is_begun:
            await refuse(scope, send)
            return
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        try:
            for stated in query.get("protocol", []):
                check_protocol(stated)
        except UnsupportedProtocol as exc:
            await send({"type": "websocket.accept"})
            await self._close(close_codes.PROTOCOL, close_codes.shorten_reason(str(exc)))
            return
        # Channels does this for consumers that go through its dispatch, as Django does for requests.
        await aclose_old_connections()
        try:
            sender = await authenticate(_header(scope, b"authorization"))
        except NotAuthorised as exc:
            await send({"type": "websocket.accept"})
            await self._refuse(exc, close_codes.NOT_AUTHORISED)
            return
        except AccountsUnavailable as exc:
            await send({"type": "websocket.accept"})
            await self._refuse(exc, close_codes.STORE_UNAVAILABLE)
            return
        # Twice the limit, so that a message in between is answered with `message_too_large`. Our server holds no
        # long message of a producer that is not let in yet; others ignore the keys.
        longest = {"max_message_bytes": 2 * settings().MAX_MESSAGE_BYTES, "max_message_s": MAX_MESSAGE_S}
        await send({"type": "websocket.accept", **longest})
        conf, owners = settings(), tuple(filter(None, [client_of(scope), f"token {sender.token_name}"]))
        if reason := full_reason(runtime().connections, PRODUCER, owners, conf.MAX_PRODUCERS, conf):
            await self._close(close_codes.FULL, close_codes.shorten_reason(reason))
            return
        budget = budget_of(sender.token_id, conf.MAX_EVENTS_PER_S)
        self.sender, self.name = sender, query.get("producer", [""])[0]
        self._ingest = Ingest(runtime(), sender, self.name, budget)
        self._answers: asyncio.Queue[Receipt | str] = asyncio.Queue(settings().MAX_UNACKNOWLEDGED)
        self._accepted, self._last_at = 0, 0.0
        self._last_words: tuple[int, str] | None = None
        self._place, self._is_warned = (sender.token_id, self.name), False
        self.duplicate_names.join(self._place, self)
        try:
            await self._run(scope, owners)
        finally:
            self.duplicate_names.leave(self._place, self)

    async def _run(self, scope: dict[str, Any], owners: tuple[str, ...]) -> None:
        reading, answering = asyncio.create_task(self._read()), asyncio.create_task(self._answer())
        self._reading = reading
        try:
            with runtime().drain.producer(self.end), runtime().connections.open(PRODUCER, scope, self, owners):
                done, _ = await asyncio.wait([reading, answering], return_when=asyncio.FIRST_COMPLETED)
                if self._last_words and answering not in done:
                    await self._answer_what_was_taken(answering)
                    await self._close(*self._last_words)
        finally:
            for task in (reading, answering):
                task.cancel()
            await asyncio.gather(reading, answering, return_exceptions=True)
        for task in done:
            # Cancelled to finish; or the producer went while it was answered.
            if not task.cancelled() and not isinstance(task.exception(), OSError):
                task.result()

    def facts(self) -> dict[str, Any]:
        """Return what an operator may want to know of it; `last_at` is 0 before its first message."""
        facts = {"token": self.sender.token_name, "producer": self.name[:200], "accepted": self._accepted}
        return {**facts, "last_at": round(self._last_at, 3)}

    def end(self, code: int, reason: str) -> None:
        """Answer what was taken, then close the socket."""
        if self._last_words is None:
            self._last_words = (code, reason)
            self._takes_more = False
            if self._is_receiving:  # what was received is taken to the end, so that it is answered
                self._reading.cancel()

    async def _answer_what_was_taken(self, answering: "asyncio.Task[None]") -> None:
        answered = asyncio.create_task(self._answers.join())
        try:
            await asyncio.wait([answered, answering], return_when=asyncio.FIRST_COMPLETED)
        finally:
            answered.cancel()
            await asyncio.gather(answered, return_exceptions=True)

    async def _read(self) -> None:
        too_fast = 0
        while self._takes_more:
            self._is_receiving = True
            message = await self._receive()
            self._is_receiving = False
            if message["type"] == "websocket.disconnect":
                return
            body = message.get("text")
            if body is None:
                await self._answers.put(error_text(InvalidJSON("a binary message; send text")))
                continue
            try:
                receipt = await self._ingest.take(body.encode("utf-8", "surrogatepass"))
            except (MessageRefused, InvalidJSON) as exc:
                runtime().meters.refusals[exc.code] += 1
                answer: Receipt | str = error_text(exc, seq_of(body.encode("utf-8", "surrogatepass")))
                too_fast = too_fast + 1 if isinstance(exc, TooFast) else too_fast
            else:
                answer, too_fast = receipt, 0
                self._look_for_duplicate_name(receipt)
            await self._answers.put(answer)
            if too_fast > MAX_TOO_FAST:
                await self._close(close_codes.TOO_FAST, "too many events a second; come back later")
                return

    def _look_for_duplicate_name(self, receipt: Receipt) -> None:
        if receipt.seq and not self._is_warned and self.duplicate_names.has_other(self._place, self):
            self._is_warned = True
            said = (
                "two producers send as %r with the token %r at once: each one's numbers are taken for repeats of the"
                " other's, and events are lost; give each a name of its own"
            )
            log.warning(said, self.name[:200], self.sender.token_name)

    async def _answer(self) -> None:
        while True:
            answer = await self._answers.get()
            for text in [answer] if isinstance(answer, str) else await self._texts(answer):
                await self._send({"type": "websocket.send", "text": text})
            self._answers.task_done()

    async def _texts(self, receipt: Receipt) -> list[str]:
        try:
            accepted, refused = await receipt.settle()
        except StoreError as exc:
            return [error_text(exc, receipt.seq)]
        self._accepted += accepted
        self._last_at = time.time()
        errors = [error_text(error, receipt.seq, index) for index, error in refused]
        return [*errors, ack_text(receipt.seq, accepted)]

    async def _refuse(self, error: StickyboardError, code: int) -> None:
        runtime().meters.refusals[error.code] += 1
        await self._send({"type": "websocket.send", "text": error_text(error)})
        await self._close(code, error.code)

    async def _close(self, code: int, reason: str) -> None:
        await self._send({"type": "websocket.close", "code": code, "reason": reason})


def _header(scope: dict[str, Any], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")
