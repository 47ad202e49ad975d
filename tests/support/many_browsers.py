"""Browsers by the hundred over real sockets: in place of the watcher, because 200 watchers use a whole core.

Each costs one list of what it received, and no other work per update. A text that several browsers receive is stored
and decoded once, so that a minute of 400 browsers fits into one test process beside the servers.
"""

import asyncio
import contextlib
import json
import socket
import struct
import time
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from tests.support.server import Server

HELLO, UPDATE = b'{"op":"hello"', b'{"op":"update"'
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
CLOSED_WITHOUT_A_WORD = 1006
RECONNECT_S = 0.05  # a client's delay before it reconnects
SMALL_BUFFER, SEGMENT = 16_384, 1400  # bytes, as on a real line; loopback's segments would not fit


class Texts:
    """Received texts, each stored once."""

    def __init__(self) -> None:
        self._once: dict[bytes, bytes] = {}
        self._parsed: dict[bytes, dict[str, Any]] = {}

    def once(self, text: bytes) -> bytes:
        return self._once.setdefault(text, text)

    def parsed(self, text: bytes) -> dict[str, Any]:
        message = self._parsed.get(text)
        if message is None:
            message = self._parsed[text] = json.loads(text)
        return message

    def note(self, **message: Any) -> bytes:
        return self.once(json.dumps(message).encode())


class Socket(asyncio.Protocol):
    """One connection: reads what a server sends, which is whole and unmasked, and acknowledges it.

    With `bytes_per_s` it reads no faster than that.
    """

    def __init__(self, take: Callable[[bytes], None], bytes_per_s: float) -> None:
        self._take, self._bytes_per_s = take, bytes_per_s
        self._buffer = bytearray()
        self._is_open = False
        self._window = {"updates": 2, "bytes": 2}
        self._taken = self._acknowledged = self._unacknowledged_bytes = 0
        self.code = CLOSED_WITHOUT_A_WORD
        self.closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, _: Exception | None) -> None:
        if not self.closed.done():
            self.closed.set_result(self.code)

    def data_received(self, data: bytes) -> None:
        if self._bytes_per_s:
            self.transport.pause_reading()
            asyncio.get_running_loop().call_later(len(data) / self._bytes_per_s, self._read_on)
        self._buffer += data
        if not self._is_open and not self._open():
            return
        offset, buffer = 0, self._buffer
        while len(buffer) - offset >= 2:
            length, start = buffer[offset + 1], offset + 2
            if length == 126:
                length, start = int.from_bytes(buffer[offset + 2 : offset + 4]), offset + 4
            elif length == 127:
                length, start = int.from_bytes(buffer[offset + 2 : offset + 10]), offset + 10
            if len(buffer) < start + length or start > len(buffer):
                break
            self._message(buffer[offset] & 15, bytes(buffer[start : start + length]))
            offset = start + length
        del buffer[:offset]

    def _read_on(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def _send(self, kind: int, body: bytes) -> None:
        # Clients must mask; a mask of zeros leaves the text unchanged.
        length = bytes([128 | len(body)]) if len(body) < 126 else b"\xfe" + struct.pack(">H", len(body))
        self.transport.write(bytes([128 | kind]) + length + b"\0\0\0\0" + body)

    def _open(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        self._is_open = self._buffer.startswith(b"HTTP/1.1 101 ")
        del self._buffer[: end + 4]
        if not self._is_open:
            self.transport.abort()
        return self._is_open

    def _message(self, kind: int, body: bytes) -> None:
        if kind == PING:
            self._send(PONG, body)
        elif kind == CLOSE:
            self.code = int.from_bytes(body[:2]) if body else CLOSED_WITHOUT_A_WORD
            self._send(CLOSE, body[:2])
            self.transport.close()
        elif kind in {TEXT, BINARY}:
            text = zlib.decompress(body) if kind == BINARY else body
            self._take(text)
            if text.startswith(HELLO):
                self._window = json.loads(text)["window"]
            elif text.startswith(UPDATE):
                self._count(len(body))

    def _count(self, size: int) -> None:
        self._taken += 1
        self._unacknowledged_bytes += size
        updates = self._taken - self._acknowledged
        is_half = 2 * updates >= self._window["updates"] or 2 * self._unacknowledged_bytes >= self._window["bytes"]
        if is_half:
            self._acknowledged, self._unacknowledged_bytes = self._taken, 0
            self._send(TEXT, b'{"op":"ack","updates":%d}' % self._taken)


class LightBrowser:
    """Follows the board at the server that `choose` returns, and reconnects with its cursor.

    Every second connection is compressed.
    """

    def __init__(self, texts: Texts, choose: Callable[[], Server], bytes_per_s: float = 0) -> None:
        self.texts, self._choose, self._bytes_per_s = texts, choose, bytes_per_s
        self.raw: list[bytes] = []
        self.updates = self.connections = self.refusals = 0
        self.heads: dict[str, tuple[str, int]] = {}
        self._looked = 0
        self.is_caught_up = False
        self.away_s: list[float] = []  # from each loss to the first update after it
        self._lost_at: float | None = None
        self.socket: Socket | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._follow())

    async def leave(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def drop(self) -> None:
        """Abort the connection, as in a tunnel."""
        if self.socket is not None:
            self.socket.transport.abort()

    @property
    def transcript(self) -> list[dict[str, Any]]:
        return [self.texts.parsed(text) for text in self.raw]

    def look(self) -> dict[str, tuple[str, int]]:
        """Return the head of each keyspace."""
        for text in self.raw[self._looked :]:
            message = self.texts.parsed(text)
            if message["op"] == "update":
                self.heads.update({each["type"]: (each["epoch"], each["to"]) for each in message["sections"]})
        self._looked = len(self.raw)
        return self.heads

    async def _follow(self) -> None:
        while True:
            port = self._choose().port
            cursor = ",".join(f"{name}:{epoch}:{revision}" for name, (epoch, revision) in self.look().items())
            connections = self.connections
            with contextlib.suppress(OSError):
                await self._connect(port, cursor)
            self.refusals += self.connections == connections
            await asyncio.sleep(RECONNECT_S)

    async def _connect(self, port: int, cursor: str) -> None:
        self.is_caught_up, before = False, len(self.raw)
        self.socket = await self._open(port, self._taker(self.texts.note(op="open", cursor=cursor)))
        try:
            self.socket.transport.write(_request(port, cursor, is_compressed=self.connections % 2 == 0))
            await self.socket.closed
        finally:
            self.socket.transport.abort()
            if len(self.raw) > before:
                self.raw.append(self.texts.note(op="close", code=self.socket.code))
                self._lost_at = time.monotonic()

    async def _open(self, port: int, take: Callable[[bytes], None]) -> Socket:
        loop, connection = asyncio.get_running_loop(), socket.socket()
        connection.setblocking(False)
        if self._bytes_per_s:  # otherwise the kernel would read for it
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
        try:
            await loop.sock_connect(connection, ("127.0.0.1", port))
            return (await loop.create_connection(lambda: Socket(take, self._bytes_per_s), sock=connection))[1]
        except BaseException:
            connection.close()
            raise

    def _taker(self, opened: bytes) -> Callable[[bytes], None]:
        """Return what takes a connection's texts; one that was refused before the first was none."""
        is_first = True

        def take(text: bytes) -> None:
            nonlocal is_first
            if is_first:
                is_first, self.connections = False, self.connections + 1
                self.raw.append(opened)
            self.raw.append(self.texts.once(text))
            if text.startswith(UPDATE):
                self.updates += 1
                self.is_caught_up = True
                if self._lost_at is not None:
                    self.away_s.append(time.monotonic() - self._lost_at)
                    self._lost_at = None

        return take


def _request(port: int, cursor: str, *, is_compressed: bool) -> bytes:
    encoding = "&encoding=deflate" if is_compressed else ""
    return (
        f"GET /ws/board/main/?protocol=2&cursor={cursor}{encoding} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


def have(browsers: Sequence[LightBrowser], heads: dict[str, Any]) -> bool:
    """Return whether all browsers have reached these heads."""
    wanted = {name: tuple(head) for name, head in heads.items()}

    def has(browser: LightBrowser) -> bool:
        found = ((browser.look().get(name, ("", 0)), head) for name, head in wanted.items())
        return all(mine[0] == head[0] and mine[1] >= head[1] for mine, head in found)

    return all(map(has, browsers))
