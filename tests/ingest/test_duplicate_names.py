"""Two producers with one name and token are detected; a reconnected producer is not one of them."""

import asyncio
import json

from websockets.asyncio.client import ClientConnection, connect

from tests.support.server import Server

WARNING = "two producers use the name 'twice' with the token 'tests' at once"


async def exchange(socket: ClientConnection, seq: int | None) -> dict:
    events = [{"type": "total_alerts", "alerts": 1}]
    await socket.send(json.dumps({"seq": seq, "events": events} if seq else events))
    async with asyncio.timeout(30):
        return json.loads(await socket.recv())


async def test_it_is_logged_once_when_both_send(tmp_path):
    with Server(tmp_path) as server:
        authorization = {"Authorization": f"Bearer {server.token}"}

        def opened(name: str) -> connect:
            return connect(f"{server.websocket}/ws/produce/?producer={name}", additional_headers=authorization)

        async with opened("twice") as first, opened("another") as third:
            async with opened("twice") as second:
                for socket, seq in ((first, None), (second, 1), (third, 1), (second, 2)):
                    await exchange(socket, seq)
                assert WARNING not in server.log.read_text(), "only what bears a number can be lost"
                for seq in (1, 2, 3):
                    await exchange(first, seq)
                assert server.log.read_text().count(WARNING) == 1
            async with opened("twice") as second:
                await exchange(second, 4)
            await exchange(first, 5)
        assert server.log.read_text().count(WARNING) == 1
