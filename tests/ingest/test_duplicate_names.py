"""Two producers with one name and token are detected; a reconnected producer is not one of them."""

import asyncio
import json

from websockets.asyncio.client import ClientConnection, connect

from producers_api.consumers import DuplicateNames
from tests.support.server import Server

WARNING = "two producers use the name 'twice' with the token 'tests' at once"


def test_the_earlier_connection_detects_the_later_one():
    names, first, second = DuplicateNames(), object(), object()
    names.join("a", first)
    assert not names.has_other("a", first)
    names.join("a", second)
    assert names.has_other("a", first)
    assert not names.has_other("a", second), "it took the place of one that was cut off"
    names.leave("a", first)
    assert not names.has_other("a", second)
    names.leave("a", second)
    assert not names.has_other("a", first)


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

        async with opened("twice") as first, opened("twice") as second, opened("another") as third:
            for socket, seq in ((first, None), (second, 1), (third, 1), (second, 2)):
                await exchange(socket, seq)
            assert WARNING not in server.log.read_text(), "only what bears a number can be lost"
            for seq in (1, 2, 3):
                await exchange(first, seq)
            assert server.log.read_text().count(WARNING) == 1
