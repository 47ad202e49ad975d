"""Our protocols without a socket: a transport that records, and a loop whose time a test advances."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from broadcast.server.connection_gate import Gate
from broadcast.server.http import HTTPProtocol
from broadcast.server.websocket import WebSocketProtocol

UPGRADE = (
    b"GET /ws/board/main/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class ManualLoop:
    """Runs tasks on the real loop, and timers when its time is moved on."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._timers: list[tuple[float, int, Any, Callable[..., None], tuple[Any, ...]]] = []
        self._numbers = itertools.count()

    def time(self) -> float:
        return self.now

    def call_later(self, delay_s: float, callback: Callable[..., None], *args: Any) -> "Timer":
        timer = Timer()
        heapq.heappush(self._timers, (self.now + delay_s, next(self._numbers), timer, callback, args))
        return timer

    def call_soon(self, callback: Callable[..., None], *args: Any) -> None:
        asyncio.get_running_loop().call_soon(callback, *args)

    def create_task(self, coroutine: Any) -> "asyncio.Task[Any]":
        return asyncio.get_running_loop().create_task(coroutine)

    def advance(self, seconds: float) -> None:
        until = self.now + seconds
        while self._timers and self._timers[0][0] <= until:
            self.now, _, timer, callback, args = heapq.heappop(self._timers)
            if not timer.is_cancelled:
                callback(*args)
        self.now = until


class Timer:
    is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class FakeTransport(asyncio.Transport):
    """Records; a peer that does not read is one whose `held` grows."""

    def __init__(self, peer: str = "192.0.2.7") -> None:
        super().__init__({"peername": (peer, 5000), "sockname": ("127.0.0.1", 8000)})
        self.written = bytearray()
        self.held = self.writes = 0
        self.reads_nothing = self.is_paused = self.is_closed = self.is_aborted = self.is_lost = False
        self.protocol: Any = None

    def write(self, data: Any) -> None:
        assert not self.is_lost, "uvloop raises here"
        if self.reads_nothing:
            self.held += len(data)
        self.written += data
        self.writes += 1

    def get_write_buffer_size(self) -> int:
        return self.held

    def is_closing(self) -> bool:
        return self.is_closed or self.is_aborted

    def close(self) -> None:
        if not self.is_closing():
            self.is_closed = True
            if not self.held:
                self._lose()

    def abort(self) -> None:
        if not self.is_aborted:
            self.is_aborted = True
            self._lose()

    def _lose(self) -> None:
        if not self.is_lost:
            self.is_lost = True
            self.protocol.connection_lost(None)

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def stop_reading(self) -> None:
        """Let the peer read no more: what is sent stays here."""
        self.reads_nothing, self.held = True, 100_000
        self.protocol.pause_writing()


class Connection:
    """One connection to an application."""

    def __init__(self, application: Any, peer: str = "192.0.2.7", gate: Gate | None = None, **options: Any) -> None:
        self.loop, self.transport = ManualLoop(), FakeTransport(peer)
        self.gate = Gate(most=1000) if gate is None else gate
        # A subclass, so that connections are counted by the test's own gate.
        websocket = type("WebSocket", (WebSocketProtocol,), {"gate": self.gate})
        http = type("HTTP", (HTTPProtocol,), {"gate": self.gate})
        limits = {"ws_max_size": 100_000, "ws_ping_interval": None, **options}
        config = Config(application, http=http, ws=websocket, log_config=None, **limits)
        config.load()
        self.state = ServerState()
        self.http = http(config, self.state, {}, self.loop)
        self.transport.protocol = self.http
        self.http.connection_made(self.transport)

    @property
    def protocol(self) -> Any:
        return self.transport.protocol

    @property
    def answer(self) -> bytes:
        return bytes(self.transport.written)

    def receive(self, data: bytes) -> None:
        """Take what a peer sends, as a loop does: not while reading is paused."""
        assert not self.transport.is_paused
        self.protocol.data_received(data)

    async def settle(self) -> None:
        """Let the application run until it waits."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def upgrade(self) -> None:
        """Open a WebSocket, and discard what was sent during the handshake."""
        self.receive(UPGRADE)
        await self.settle()
        assert self.answer.startswith(b"HTTP/1.1 101")
        self.transport.written.clear()


def frame(opcode: int, payload: bytes = b"", *, is_final: bool = True) -> bytes:
    """Return a frame as a client sends it, masked with zeros."""
    first, size = opcode | (0x80 if is_final else 0), len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = b"\xfe" + size.to_bytes(2, "big")
    else:
        length = b"\xff" + size.to_bytes(8, "big")
    return bytes([first]) + length + bytes(4) + payload


CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
