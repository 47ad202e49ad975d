"""Follows a board as a browser does: what is kept first, then what happens, over as many connections as it takes."""

import asyncio
import logging
import math
import random as random_module
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from broadcast.testing.mirror import Gap, Mirror
from stickyboard.backoff import Backoff
from stickyboard.connection import PROTOCOL, refusal_of, scheme_of
from stickyboard.errors import ProtocolRefused
from stickyboard.proxy import proxy_for, through

log = logging.getLogger(__name__)

SILENT_HEARTBEATS = 2.5
MAX_QUERY_CHARACTERS = 4096  # of a longer cursor the first message is made


class Watcher:
    """A browser without a page: its `mirror` is the board, as far as it has been told.

        async with Watcher("http://localhost:8000") as watcher:
            async for changed in watcher:
                print(changed, watcher.values("model_metric"))

    Each turn of the loop takes one update. Whoever takes long over a turn is a slow browser, and is then
    sent the newest state and not a backlog. The loop ends only by leaving it; it may be entered again,
    and goes on from the cursor.

    Args:
        url: where the server is, such as `http://localhost:8000`.
        board: the board's name.
        headers: sent with each handshake, such as a session's cookie.
        note: called with each message as it came, with its text, and with `open` and `close` of each
            connection, so that all of it is a transcript for `broadcast.testing.guarantees`.
        before_open: awaited before each connection, for the `heads` that its `open` is noted with.
        random: gives the jitter of reconnects and acknowledgements, in [0, 1).

    Raises:
        ValueError: `url` is none.
    """

    def __init__(
        self,
        url: str,
        board: str = "main",
        *,
        headers: Mapping[str, str] | None = None,
        note: Callable[[Mapping[str, Any], str], object] | None = None,
        before_open: Callable[[], Any] | None = None,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        scheme = scheme_of(url)
        parts = urlsplit(url)
        path = f"{parts.path.rstrip('/')}/ws/board/{quote(board, safe='')}/"
        self.url = urlunsplit((scheme, parts.netloc, path, "", ""))
        self.mirror, self.hello = Mirror(), dict[str, Any]()
        self.is_caught_up = False
        self._origin = urlunsplit(("https" if scheme == "wss" else "http", parts.netloc, "", "", ""))
        self._headers, self._note, self._before_open = headers or {}, note, before_open
        self._random, self._backoff = random, Backoff(random, base_s=0.5, cap_s=15.0)
        self._socket: ClientConnection | None = None
        self._was_connected = False
        self._acks: Acks | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._leave()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> set[str]:
        """Take the next update; return the event types that may be different now.

        Raises:
            LoginRequired, ProtocolRefused: the server will not have this browser.
        """
        while True:
            try:
                return await self._next_update()
            except (OSError, WebSocketException, Gap, TimeoutError) as exc:
                await self._leave()
                if refusal := refusal_of(exc, self.url, self._was_connected):
                    raise refusal from exc
                said = f"{self.url}{through(proxy_for(self.url))}"
                log.warning("not connected to %s (%s); trying again", said, exc or type(exc).__name__)
                await asyncio.sleep(self._backoff.next_s())

    async def until(self, is_so: Callable[[Self], bool], timeout_s: float | None = None) -> None:
        """Take updates until it is so; it is looked at first, and after each update.

        Raises:
            TimeoutError: that took longer than `timeout_s`.
            LoginRequired, ProtocolRefused: the server will not have this browser.
        """
        async with asyncio.timeout(timeout_s):
            while not is_so(self):
                await anext(self)

    def values(self, event_type: str) -> dict[str, Any]:
        """Return what is kept of an event type, key to value, by ascending revision."""
        return self.mirror.values(event_type)

    async def _next_update(self) -> set[str]:
        socket = self._socket or await self._open()
        while True:
            text = await self._receive(socket)
            message = msgspec.json.decode(text)
            self._tell(message, text)
            if message["op"] == "hello":
                self._take_hello(message)
            elif message["op"] == "heartbeat":
                self._backoff.reset()
            elif message["op"] == "update":
                return self._take_update(message, len(text.encode()))

    async def _open(self) -> ClientConnection:
        heads = {"heads": await self._before_open()} if self._before_open is not None else {}
        cursor = self.mirror.cursor
        query = f"cursor={quote(cursor, safe=':,')}"
        is_long = len(query) > MAX_QUERY_CHARACTERS
        address = f"{self.url}?protocol={PROTOCOL}&{'resume=1' if is_long else query}"
        self._socket = await connect(
            address,
            origin=self._origin,  # type: ignore[arg-type]  # a NewType of str
            additional_headers=self._headers,
            compression=None,
            max_size=None,
            close_timeout=2,
            proxy=proxy_for(address),
        )
        if is_long:
            resume = {"op": "resume", "cursor": self.mirror.heads}
            await self._socket.send(msgspec.json.encode(resume).decode())
        self._was_connected = True
        self._acks = None
        self.is_caught_up = False
        self._tell({"op": "open", "cursor": cursor, **heads})
        return self._socket

    async def _receive(self, socket: ClientConnection) -> str:
        """Return the next message; updates are acknowledged before it or while it is waited for."""
        while self._acks and (due_s := self._acks.due_in_s(time.monotonic())) is not None:
            try:
                if due_s:
                    async with asyncio.timeout(due_s):
                        return await socket.recv(decode=True)
            except TimeoutError:
                pass
            await socket.send(f'{{"op":"ack","updates":{self._acks.tell(time.monotonic())}}}')
        async with asyncio.timeout(SILENT_HEARTBEATS * self.hello.get("heartbeat_s", 15.0)):
            return await socket.recv(decode=True)

    def _take_hello(self, message: dict[str, Any]) -> None:
        if message["protocol"] != PROTOCOL:
            msg = f"the server speaks protocol {message['protocol']}, this client {PROTOCOL}; upgrade it"
            raise ProtocolRefused(msg)
        self.hello = message
        self._acks = Acks(self._random, message["window"]["updates"], message["window"]["bytes"])

    def _take_update(self, update: dict[str, Any], size: int) -> set[str]:
        changed = self.mirror.apply(update)
        if self._acks:
            self._acks.took(size, time.monotonic())
        self.is_caught_up = self.is_caught_up or bool(update.get("caught_up"))
        return changed

    async def _leave(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()
            self._tell({"op": "close", "code": socket.close_code})

    def _tell(self, message: Mapping[str, Any], text: str | None = None) -> None:
        if self._note is not None:
            self._note(message, text or msgspec.json.encode(message).decode())


SILENT_S = 0.25
HELD_S = 1.0
MAX_BYTES = 1_048_576


class Acks:
    """Counts updates; times are in monotonic seconds.

    Args:
        random: in [0, 1).
        updates, size_bytes: the window that `hello` tells.
    """

    def __init__(self, random: Callable[[], float], updates: int, size_bytes: int) -> None:
        self._random, self._max_updates, self._max_bytes = random, updates, size_bytes
        self._received = self._acknowledged = self._bytes = 0
        self._first_at = self._last_at = 0.0
        self._told_at = -math.inf
        self._draw_share()

    def took(self, size_bytes: int, now: float) -> None:
        """Count an update."""
        if self._received == self._acknowledged:
            self._first_at = now
        self._received += 1
        self._bytes += size_bytes
        self._last_at = now

    def due_in_s(self, now: float) -> float | None:
        """Return in how many seconds to acknowledge, 0 for now; None where there is nothing."""
        if self._received == self._acknowledged:
            return None
        if self._is_share_used():
            return 0.0
        return max(0.0, min(self._last_at + SILENT_S, self._first_at + 2 * self._share * HELD_S) - now)

    def tell(self, now: float) -> int:
        """Return how many updates to say were taken; they count as told."""
        if self._is_share_used() and now - self._told_at < SILENT_S:
            # On a line so fast the server soon has more in flight than it promised at first.
            self._max_bytes = min(2 * self._max_bytes, MAX_BYTES)
        self._acknowledged, self._bytes, self._told_at = self._received, 0, now
        self._draw_share()
        return self._received

    def _is_share_used(self) -> bool:
        updates = self._received - self._acknowledged
        return updates >= self._share * self._max_updates or self._bytes >= self._share * self._max_bytes

    def _draw_share(self) -> None:
        self._share = 0.25 + self._random() / 4
