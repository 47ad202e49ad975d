"""Follows a board like a browser: receives the stored state, then live updates, and reconnects after every loss."""

import asyncio
import logging
import math
import random as random_module
import time
from collections.abc import Callable, Mapping
from typing import Any, Self
from urllib.parse import quote, urlsplit, urlunsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import CloseCode

from stickyboard.address import scheme_of
from stickyboard.connection import (
    MAX_MESSAGE_BYTES,
    PROTOCOL,
    Backoff,
    Unreadable,
    inflate,
    proxy_for,
    refusal_of,
    through,
    too_large,
)
from stickyboard.errors import ProtocolRefused
from stickyboard.mirror import Gap, Mirror, Mismatch

log = logging.getLogger(__name__)

SILENT_HEARTBEATS = 2.5
MIN_PER_S, MAX_PER_S = 0.01, 60.0  # that a server accepts
MAX_QUERY_CHARACTERS = 4096  # a longer cursor is sent in the first message
MAX_UNVERIFIED = 255  # heartbeats, after several mismatches
# Acknowledgements
SILENT_S = 0.25
HELD_S = 1.0
MAX_WINDOW_BYTES = 1_048_576


class Watcher:
    """A browser without a page; its `mirror` is a copy of the board.

        async with Watcher("http://localhost:8000") as watcher:
            async for changed in watcher:
                print(changed, watcher.values("model_metric"))

    Each iteration processes one update. If an iteration takes long, the server treats the watcher as a slow browser:
    it then sends the newest state instead of a backlog. The loop does not end by itself. It may be entered again, and
    continues from the cursor.

    Args:
        url: the server's URL, such as `http://localhost:8000`.
        board: the board's name.
        headers: sent with each handshake, such as a session cookie.
        record: called with each message and its text, and with `open` and `close` of each connection; together they
            are a transcript for `broadcast.testing.guarantees`.
        read_heads: awaited before each connection; returns the `heads` of its `open`.
        is_compressed: whether the server may compress updates.
        max_message_bytes: maximum size of a message, also after decompressing it.
        max_per_s: maximum number of updates per second, from 0.01 to 60; each has all that is new. None for all.
        random: returns the jitter of reconnects and acknowledgements, in [0, 1).

    Raises:
        ValueError: `url` is not a server's URL, or `max_per_s` is out of range.
    """

    def __init__(
        self,
        url: str,
        board: str = "main",
        *,
        headers: Mapping[str, str] | None = None,
        record: Callable[[Mapping[str, Any], str], object] | None = None,
        read_heads: Callable[[], Any] | None = None,
        is_compressed: bool = True,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        max_per_s: float | None = None,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        if max_per_s is not None and not MIN_PER_S <= max_per_s <= MAX_PER_S:
            raise ValueError(f"max_per_s is {max_per_s}; expected {MIN_PER_S:g} to {MAX_PER_S:g}, or None for all")
        scheme = scheme_of(url)
        parts = urlsplit(url)
        path = f"{parts.path.rstrip('/')}/ws/board/{quote(board, safe='')}/"
        self.url = urlunsplit((scheme, parts.netloc, path, "", ""))
        self.mirror, self.hello = Mirror(), dict[str, Any]()
        self.is_caught_up = False
        self._origin = urlunsplit(("https" if scheme == "wss" else "http", parts.netloc, "", "", ""))
        self._headers, self._record, self._read_heads = headers or {}, record, read_heads
        self._max_per_s = max_per_s
        self._encoding, self._max_bytes = "&encoding=deflate" if is_compressed else "", max_message_bytes
        self._random, self._backoff = random, Backoff(random, base_s=0.5, cap_s=15.0)
        self._socket: ClientConnection | None = None
        self._was_connected = False
        self._acks: Acks | None = None
        self._is_starting_over = False
        self._mismatches = self._unverified = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._leave()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> set[str]:
        """Process the next update; return the event types that may have changed.

        Raises:
            SessionRefused, ProtocolRefused: the server does not accept this watcher.
        """
        while True:
            try:
                return await self._next_update()
            except (OSError, WebSocketException, Gap, Mismatch, TimeoutError, Unreadable) as exc:
                await self._leave()
                if isinstance(exc, ConnectionClosed) and exc.sent and exc.sent.code == CloseCode.MESSAGE_TOO_BIG:
                    raise too_large(self._max_bytes) from exc
                if refusal := refusal_of(exc, self.url, self._was_connected):
                    raise refusal from exc
                server = f"{self.url}{through(proxy_for(self.url))}"
                log.warning("no connection to %s (%s); trying again", server, exc or type(exc).__name__)
                await asyncio.sleep(self._backoff.next_s())

    async def until(self, condition: Callable[[Self], bool], timeout_s: float | None = None) -> None:
        """Process updates until the condition holds; it is evaluated first, and after each update.

        Raises:
            TimeoutError: it took longer than `timeout_s`.
            SessionRefused, ProtocolRefused: the server does not accept this watcher.
        """
        async with asyncio.timeout(timeout_s):
            while not condition(self):
                await anext(self)

    def values(self, event_type: str) -> dict[str, Any]:
        """Return the stored values of an event type by key, in ascending order of revision."""
        return self.mirror.values(event_type)

    async def _next_update(self) -> set[str]:
        socket = self._socket or await self._open()
        while True:
            raw = await self._receive(socket)
            text = raw if isinstance(raw, str) else inflate(raw, self._max_bytes)
            message = msgspec.json.decode(text)
            self._note(message, text)
            if message["op"] == "hello":
                self._take_hello(message)
                await self._request_pace(socket)
            elif message["op"] == "heartbeat":
                self._backoff.reset()
                await self._verify(socket, message)
            elif message["op"] == "update":
                return self._take_update(message, len(raw.encode() if isinstance(raw, str) else raw))

    async def _open(self) -> ClientConnection:
        heads = {"heads": await self._read_heads()} if self._read_heads is not None else {}
        cursor = "" if self._is_starting_over else self.mirror.cursor
        query = f"cursor={quote(cursor, safe=':,')}"
        is_long = len(query) > MAX_QUERY_CHARACTERS
        address = f"{self.url}?protocol={PROTOCOL}&{'resume=1' if is_long else query}{self._encoding}"
        self._socket = await connect(
            address,
            origin=self._origin,  # type: ignore[arg-type]  # a NewType of str
            additional_headers=self._headers,
            compression=None,
            max_size=self._max_bytes,
            close_timeout=2,
            proxy=proxy_for(address),
        )
        if is_long:
            resume = {"op": "resume", "cursor": self.mirror.heads}
            await self._socket.send(msgspec.json.encode(resume).decode())
        self._was_connected = True
        self._acks = None
        self.is_caught_up = False
        self._note({"op": "open", "cursor": cursor, **heads})
        return self._socket

    async def _receive(self, socket: ClientConnection) -> str | bytes:
        """Return the next message, which is binary if it is compressed; meanwhile, acknowledge the previous updates."""
        while self._acks and (due_s := self._acks.due_in_s(time.monotonic())) is not None:
            try:
                if due_s:
                    async with asyncio.timeout(due_s):
                        return await socket.recv()
            except TimeoutError:
                pass
            updates = self._acks.acknowledge(time.monotonic())
            await socket.send(f'{{"op":"ack","updates":{updates}}}')
        async with asyncio.timeout(SILENT_HEARTBEATS * self.hello.get("heartbeat_s", 15.0)):
            return await socket.recv()

    async def _verify(self, socket: ClientConnection, heartbeat: Mapping[str, Any]) -> None:
        """Report a mismatch, and start over; a mirror that is wrong again is compared less often each time."""
        if self._unverified:
            self._unverified -= 1
            return
        try:
            self.mirror.verify(heartbeat)
        except Mismatch as exc:
            self._unverified = min(2**self._mismatches - 1, MAX_UNVERIFIED)
            self._mismatches += 1
            self._is_starting_over = True
            report = {"op": "mismatch", "type": exc.keyspace, "expected": exc.expected, "found": exc.found}
            await socket.send(msgspec.json.encode(report).decode())
            raise

    def _take_hello(self, message: dict[str, Any]) -> None:
        if message["protocol"] != PROTOCOL:
            msg = f"the server uses protocol {message['protocol']}, this client {PROTOCOL}; upgrade the client"
            raise ProtocolRefused(msg)
        self.hello = message
        self._acks = Acks(self._random, message["window"]["updates"], message["window"]["bytes"])

    async def _request_pace(self, socket: ClientConnection) -> None:
        if self._max_per_s is not None and "max_per_s" in self.hello:
            await socket.send(msgspec.json.encode({"op": "pace", "max_per_s": self._max_per_s}).decode())

    def _take_update(self, update: dict[str, Any], size: int) -> set[str]:
        changed = self.mirror.apply(update)
        if self._acks:
            self._acks.add(size, time.monotonic())
        if update.get("caught_up"):
            self.is_caught_up, self._is_starting_over = True, False
        return changed

    async def _leave(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()
            self._note({"op": "close", "code": socket.close_code})

    def _note(self, message: Mapping[str, Any], text: str | None = None) -> None:
        if self._record is not None:
            self._record(message, text or msgspec.json.encode(message).decode())


class Acks:
    """Determines when to acknowledge updates, as docs/reference/protocol.md prescribes; times are monotonic seconds.

    Args:
        random: returns a number in [0, 1).
        updates, size_bytes: the window in `hello`.
    """

    def __init__(self, random: Callable[[], float], updates: int, size_bytes: int) -> None:
        self._random, self._max_updates, self._max_bytes = random, updates, size_bytes
        self._received = self._acked = self._bytes = 0
        self._first_at = self._last_at = 0.0
        self._acked_at = -math.inf
        self._draw_share()

    def add(self, size_bytes: int, now: float) -> None:
        if self._received == self._acked:
            self._first_at = now
        self._received += 1
        self._bytes += size_bytes
        self._last_at = now

    def due_in_s(self, now: float) -> float | None:
        """Return the seconds until the next acknowledgement, or None if there is nothing to acknowledge."""
        if self._received == self._acked:
            return None
        if self._is_share_used():
            return 0.0
        return max(0.0, min(self._last_at + SILENT_S, self._first_at + 2 * self._share * HELD_S) - now)

    def acknowledge(self, now: float) -> int:
        """Return the number of received updates, and count them as acknowledged."""
        if self._is_share_used() and now - self._acked_at < SILENT_S:
            # The connection is fast, so the server is about to raise its limit as well.
            self._max_bytes = min(2 * self._max_bytes, MAX_WINDOW_BYTES)
        self._acked, self._bytes, self._acked_at = self._received, 0, now
        self._draw_share()
        return self._received

    def _is_share_used(self) -> bool:
        updates = self._received - self._acked
        return updates >= self._share * self._max_updates or self._bytes >= self._share * self._max_bytes

    def _draw_share(self) -> None:
        self._share = 0.25 + self._random() / 4
