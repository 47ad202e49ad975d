"""A browser without a page: follows a board over real sockets and records what it received."""

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from tests.support.picture import Picture
from tests.support.server import Server, until

UPDATE = '{"op":"update"'
HELLO = '{"op":"hello"'


class SocketBrowser:
    """Reconnects with its cursor until `leave`.

    Messages are stored as text and decoded only on request (`transcript`, `look`), so that 200 browsers cause little
    load.
    """

    def __init__(self, server: Server, acks: bool = True) -> None:
        self.server, self.acks = server, acks
        self.raw: list[str] = []
        self.picture = Picture()
        self._read = 0
        self._task: asyncio.Task[None] | None = None
        self._socket: ClientConnection | None = None
        self.caught_up = asyncio.Event()

    def start(self) -> None:
        self._task = asyncio.create_task(self._follow())

    async def leave(self) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.raw.append(json.dumps({"op": "close", "code": 1000}))

    @property
    def transcript(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.raw]

    def look(self) -> Picture:
        """Bring the picture up to what was received, and return it."""
        while self._read < len(self.raw):
            message = json.loads(self.raw[self._read])
            self._read += 1
            if message["op"] == "update":
                self.picture.apply(message)
        return self.picture

    async def passes(self, heads: dict[str, Any], timeout_s: float = 30.0) -> None:
        """Wait until it has everything up to these heads, or more."""
        wanted = {name: tuple(head) for name, head in heads.items()}

        def has() -> bool:
            mine = self.look().heads
            found = ((mine.get(name, ("", 0)), head) for name, head in wanted.items())
            return all(copy[0] == head[0] and copy[1] >= head[1] for copy, head in found)

        await until(has, timeout_s, f"{self.picture.heads} reaches {wanted}")

    async def _follow(self) -> None:
        while True:
            cursor = self.look().cursor
            address = f"{self.server.websocket}/ws/board/main/?protocol=2&cursor={cursor}"
            try:
                async with connect(
                    address, origin=self.server.http, max_size=None, compression=None, ping_interval=None
                ) as socket:
                    self.raw.append(json.dumps({"op": "open", "cursor": cursor}))
                    await self._take(socket)
            except (OSError, InvalidHandshake, ConnectionClosed, EOFError):
                self.caught_up.clear()
                await asyncio.sleep(0.01)  # a client's delay before it reconnects

    async def _take(self, socket: ClientConnection) -> None:
        self._socket = socket
        received = acknowledged = unacknowledged = 0
        window = {"updates": 2, "bytes": 2}
        try:
            async for text in socket:
                assert isinstance(text, str)
                self.raw.append(text)
                if text.startswith(HELLO):
                    window = json.loads(text)["window"]
                if text.startswith(UPDATE):
                    received, unacknowledged = received + 1, unacknowledged + len(text.encode())
                    self.caught_up.set()
                    is_half = (
                        2 * (received - acknowledged) >= window["updates"] or 2 * unacknowledged >= window["bytes"]
                    )
                    if self.acks and is_half:
                        acknowledged, unacknowledged = received, 0
                        await socket.send(json.dumps({"op": "ack", "updates": received}))
        finally:
            self.raw.append(json.dumps({"op": "close", "code": socket.close_code}))
