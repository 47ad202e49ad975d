"""A server for tests of the client that follows one script per connection."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request

from stickyboard import Producer

Script = Callable[["ScriptedServer", ServerConnection], Awaitable[None]]
PATIENCE_S = 60


class ScriptedServer:
    """Runs one script per connection, the last one also for later connections; applies each `seq` once."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.received: list[tuple[int, list[int]]] = []
        self.applied: list[int] = []
        self.requests: list[Request] = []
        self.close_codes: list[int | None] = []
        self.arrived = asyncio.Condition()
        self.is_open = asyncio.Event()
        self.url = ""
        self._last_seqs: dict[str, int] = {}
        self._waiting: dict[ServerConnection, deque[dict[str, Any]]] = {}

    async def follow_script(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.requests.append(socket.request)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        with suppress(ConnectionClosed):
            await script(self, socket)
        async with self.arrived:
            self.close_codes.append(socket.close_code)
            self.arrived.notify_all()

    async def next_message(self, socket: ServerConnection) -> dict[str, Any]:
        """Return a message; a text may be an array of several."""
        waiting = self._waiting.setdefault(socket, deque())
        if not waiting:
            text = msgspec.json.decode(await socket.recv())
            waiting.extend(text if isinstance(text, list) else [text])
        message: dict[str, Any] = waiting.popleft()
        return message

    async def receive(self, socket: ServerConnection) -> tuple[int, list[dict[str, Any]]]:
        message = await self.next_message(socket)
        async with self.arrived:
            self.received.append((message["seq"], [event.get("n") for event in message["events"]]))
            self.arrived.notify_all()
        return message["seq"], message["events"]

    def apply(self, seq: int, events: list[dict[str, Any]]) -> None:
        name = self.requests[-1].path.partition("?producer=")[2]
        if seq > self._last_seqs.get(name, 0):
            self._last_seqs[name] = seq
            self.applied += [event["n"] for event in events]

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(condition), PATIENCE_S)


async def send_reply(socket: ServerConnection, op: str, seq: int | None, **more: Any) -> None:
    await socket.send(msgspec.json.encode({"op": op, "seq": seq, **more}).decode())


async def acknowledge(server: ScriptedServer, socket: ServerConnection) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            seq, events = await server.receive(socket)
            server.apply(seq, events)
            await send_reply(socket, "ack", seq, accepted=len(events))


async def apply_and_drop(server: ScriptedServer, socket: ServerConnection) -> None:
    """Apply one message, then abort the connection without a reply."""
    server.apply(*await server.receive(socket))
    socket.transport.abort()


async def stay_silent(server: ScriptedServer, socket: ServerConnection) -> None:
    await server.receive(socket)
    await server.is_open.wait()


async def refuse_odd(server: ScriptedServer, socket: ServerConnection) -> None:
    while True:
        seq, events = await server.receive(socket)
        for index, event in enumerate(events):
            if event["n"] % 2:
                await send_reply(socket, "error", seq, code="invalid_event", message="odd", index=index, retry=False)
        await send_reply(socket, "ack", seq, accepted=0)


def close_with(code: int, after_messages: int = 0) -> Script:
    async def close(server: ScriptedServer, socket: ServerConnection) -> None:
        for _ in range(after_messages):
            await socket.recv()
        await socket.close(code, "as scripted")

    return close


@asynccontextmanager
async def serving(*scripts: Script, **options: Any) -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer(*scripts)
    async with serve(server.follow_script, "127.0.0.1", 0, **options) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield server
        server.is_open.set()


def make_producer(server: ScriptedServer, **options: Any) -> Producer:
    return Producer(server.url, "secret", **{"random": lambda: 0.0, "drain_s": PATIENCE_S, **options})
