"""Sockets of a board that no client library would open: they read nothing, or acknowledge nothing."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.support.server import Server


def stuck_socket(server: Server) -> socket.socket:
    """Open a board's socket, and never read from it."""
    stuck = socket.create_connection(("127.0.0.1", server.port))
    stuck.sendall(
        f"GET /ws/board/main/?protocol=2 HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.http}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    assert b"101" in stuck.recv(12)
    return stuck


@asynccontextmanager
async def silent_browser(server: Server) -> AsyncIterator[tuple[ClientConnection, list[dict[str, Any]]]]:
    """Open a board's socket that acknowledges only what the test does; yield it and the updates that it receives."""
    updates: list[dict[str, Any]] = []

    async def receive() -> None:
        async for text in board:
            message = json.loads(text)
            if message["op"] == "update":
                updates.append(message)

    async with connect(f"{server.websocket}/ws/board/main/?protocol=2", origin=server.http, proxy=None) as board:
        receiving = asyncio.create_task(receive())
        try:
            yield board, updates
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)


async def acknowledge(board: ClientConnection, updates: int) -> None:
    await board.send(json.dumps({"op": "ack", "updates": updates}))
