"""An application that accepts a WebSocket and receives messages only on request."""

import asyncio

from tests.support.server_protocols import Connection


class Application:
    """Accepts the socket, and receives messages only on request."""

    def __init__(self, **accepting) -> None:
        self.accepting = accepting
        self.received: list[dict] = []
        self.may_take = asyncio.Event()
        self.may_take.set()

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "websocket":
            return
        self.send = send
        self.received.append(await receive())
        await send({"type": "websocket.accept", **self.accepting})
        while True:
            await self.may_take.wait()
            self.received.append(await receive())
            if self.received[-1]["type"] == "websocket.disconnect":
                return


def parsed_frames(connection: Connection, monkeypatch) -> list[object]:
    """Return a list that gets each frame that is parsed."""
    seen: list[object] = []
    whole = connection.protocol.conn.recv_frame

    def count(one):
        seen.append(one)
        whole(one)

    monkeypatch.setattr(connection.protocol.conn, "recv_frame", count)
    return seen
