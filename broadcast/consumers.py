"""One browser's socket: joins its board's group, reads `since(cursor)`, then passes frames on.

Three tasks: one reads the socket (acknowledgements), one empties the mailbox of the channel layer,
one delivers; only the last sends. None goes through Channels' `dispatch`, which hops to a thread for
every message to close database connections that these paths never open.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Literal
from urllib.parse import parse_qs

import msgspec
from channels.consumer import AsyncConsumer

from broadcast import close_codes
from broadcast.errors import InvalidCursor, StoreError, UnknownBoard
from broadcast.follower import Follower, Verdict
from broadcast.frames import Frame, frame_of, hello_text, read_cursor, section_of
from broadcast.publisher import frame_from, group_of
from broadcast.runtime import Runtime, runtime
from broadcast.words import Cursors

log = logging.getLogger("broadcast.consumers")

MAX_ACK_CHARACTERS = 200
MAX_ACKS_PER_S = 200


class Ack(msgspec.Struct):
    """What a browser sends: how many frames it has taken since it connected."""

    op: Literal["ack"]
    frames: int


_decode_ack = msgspec.json.Decoder(Ack).decode


class Closed(Exception):
    """Raised by a task to end the connection; code None when the other side has gone."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason


def reason_of(error: Exception) -> str:
    """Return an error's sentence as far as a close frame has room: 123 bytes (RFC 6455, section 5.5)."""
    return str(error).encode()[:123].decode(errors="ignore")


class BoardConsumer(AsyncConsumer):
    """Serves one browser. Works under any ASGI server and over any channel layer."""

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        self._receive, self._send = receive, send
        await receive()  # websocket.connect
        await send({"type": "websocket.accept"})
        self._runtime: Runtime = runtime()
        try:
            await self._serve(scope)
        except Closed as closed:
            if closed.code is not None:
                await send({"type": "websocket.close", "code": closed.code, "reason": closed.reason})
        except OSError:
            pass  # the browser went while it was being sent something

    async def _serve(self, scope: dict[str, Any]) -> None:
        conf = self._runtime.settings
        if len(self._runtime.pulse) >= conf.MAX_BROWSERS:
            raise Closed(close_codes.FULL, f'{conf.MAX_BROWSERS} browsers are connected (BROADCAST["MAX_BROWSERS"])')
        self._board = scope["url_route"]["kwargs"]["board"]
        query = parse_qs(scope["query_string"].decode("ascii", "replace"))
        try:
            names = self._runtime.types_of(self._board)
            cursors = read_cursor(query.get("cursor", [""])[0], names)
        except (UnknownBoard, InvalidCursor) as exc:
            raise Closed(close_codes.PROTOCOL, reason_of(exc)) from None
        self._names = names
        self._follower = Follower(names, cursors, conf.WINDOW_FRAMES, conf.WINDOW_BYTES)
        self._mailbox: deque[Frame] = deque(maxlen=conf.MAILBOX_FRAMES)
        self._heads: Cursors = {}
        self._beat = ""
        self._is_behind = False
        self._shut_since: float | None = None
        self._wake = asyncio.Event()
        await self._join_and_run()

    async def _join_and_run(self) -> None:
        layer, group = self._runtime.layer, group_of(self._board)
        channel = await layer.new_channel()
        # Joining before reading: what is published in between waits in the mailbox, and the cursor
        # tells it from what was read. The other way round it would be lost.
        await layer.group_add(group, channel)
        self._runtime.pulse.join(self)
        tasks = [
            asyncio.create_task(work) for work in (self._read_socket(), self._read_mailbox(channel), self._deliver())
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._runtime.pulse.leave(self)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await layer.group_discard(group, channel)
        for task in done:
            task.result()

    # what the pulse calls

    @property
    def keyspaces(self) -> frozenset[str]:
        """The event types of this browser's board."""
        return self._follower.keyspaces

    def on_heads(self, heads: Cursors) -> None:
        """Compare with the store's heads at the next chance."""
        if self._follower.is_behind(heads):
            self._heads = heads
            self._wake.set()

    def on_beat(self, text: str) -> None:
        """Pass a sign of life on at the next chance."""
        self._beat = text
        self._wake.set()

    # the three tasks

    async def _read_socket(self) -> None:
        second, count = 0, 0
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                raise Closed
            second, count = (second, count + 1) if int(time.monotonic()) == second else (int(time.monotonic()), 1)
            if count > MAX_ACKS_PER_S:
                raise Closed(close_codes.TOO_FAST, f"more than {MAX_ACKS_PER_S} messages in a second")
            self._take_ack(message.get("text") or "")
            self._wake.set()

    async def _read_mailbox(self, channel: str) -> None:
        while True:
            message = await self._runtime.layer.receive(channel)
            self._mailbox.append(frame_from(message))
            self._wake.set()

    async def _deliver(self) -> None:
        conf = self._runtime.settings
        window = {"frames": conf.WINDOW_FRAMES, "bytes": conf.WINDOW_BYTES}
        policies = {name: self._runtime.event_types[name].policy.describe() for name in self._names}
        await self._send_text(hello_text(self._board, time.time(), conf.BEAT_S, window, policies))
        try:
            await self._runtime.publisher.sweep()
            await self._catch_up(caught_up=True)
        except StoreError as exc:
            raise Closed(close_codes.STORE_UNAVAILABLE, reason_of(exc)) from None
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._deliver_waiting()

    # delivery

    async def _deliver_waiting(self) -> None:
        while self._mailbox and self._follower.window_is_open and not self._is_behind:
            frame = self._mailbox.popleft()
            match self._follower.judge(frame.spans):
                case Verdict.PASS:
                    await self._send_frame(frame)
                case Verdict.CATCH_UP:
                    self._is_behind = True
        if not self._follower.window_is_open:
            # Nothing may queue up for a browser that does not take it: it is caught up later.
            self._is_behind = self._is_behind or bool(self._mailbox)
            self._mailbox.clear()
        if self._heads:
            heads, self._heads = self._heads, {}
            self._is_behind = self._is_behind or self._follower.is_behind(heads)
        if self._is_behind and self._follower.window_is_open:
            await self._try_to_catch_up()
        if self._beat:
            text, self._beat = self._beat, ""
            self._check_silence()
            await self._send_text(text)

    async def _try_to_catch_up(self) -> None:
        try:
            await self._catch_up()
        except StoreError as exc:
            # The browser keeps its picture; the pulse asks again.
            log.warning("a browser was not caught up: %s", exc)
        else:
            self._is_behind = False
            if self._mailbox:
                self._wake.set()

    async def _catch_up(self, caught_up: bool = False) -> None:
        cursors = {name: self._follower.cursors.get(name) for name in self._names}
        deltas = await self._runtime.store.asince(cursors)
        sections = [section_of(delta) for delta in deltas.values() if delta.is_news]
        if sections or caught_up:
            await self._send_frame(frame_of(sections, caught_up))

    async def _send_frame(self, frame: Frame) -> None:
        self._follower.sent(frame)
        await self._send_text(frame.text)

    async def _send_text(self, text: str) -> None:
        await self._send({"type": "websocket.send", "text": text})

    def _take_ack(self, text: str) -> None:
        try:
            ack = _decode_ack(text) if len(text) <= MAX_ACK_CHARACTERS else None
        except (msgspec.DecodeError, RecursionError):
            ack = None
        before = self._follower.unacknowledged_frames
        if ack is None or not self._follower.acknowledged(ack.frames):
            raise Closed(close_codes.PROTOCOL, 'expected {"op":"ack","frames":<frames taken so far>}')
        if self._follower.unacknowledged_frames < before:
            self._shut_since = None  # slow, but not silent

    def _check_silence(self) -> None:
        if self._follower.window_is_open:
            self._shut_since = None
        elif self._shut_since is None:
            self._shut_since = time.monotonic()
        elif time.monotonic() - self._shut_since > self._runtime.settings.SILENT_S:
            raise Closed(close_codes.SLOW, "nothing was acknowledged for too long; come back with the cursor")
