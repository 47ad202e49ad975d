"""Any Channels consumer in a board's group receives every update; see "The board's group" in protocol.md."""

import json

import pytest
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import InMemoryChannelLayer
from channels.testing import WebsocketCommunicator

from broadcast.delivery.local_layer import LocalChannelLayer


class EveryUpdate(AsyncWebsocketConsumer):
    groups = ["sticky.board.main"]  # as in Channels' documentation

    async def board_update(self, message: dict) -> None:
        await self.send(json.dumps(message))


@pytest.mark.django_db
@pytest.mark.parametrize("layer", [LocalChannelLayer(), InMemoryChannelLayer()], ids=["local", "memory"])
async def test_a_consumer_in_the_group_receives_every_update(layer, make_bench, monkeypatch):
    monkeypatch.setattr("channels.consumer.get_channel_layer", lambda alias: layer)
    bench = make_bench(layer=layer)
    socket = WebsocketCommunicator(EveryUpdate.as_asgi(), "/")
    assert (await socket.connect(timeout=60))[0]
    for number in (1, 2):
        await bench.put(("keyed", "a", number))
        message = json.loads(await socket.receive_from(timeout=60))
        assert message["sender"] == bench.publisher.sender
        (section,) = json.loads(message["text"])["sections"]
        assert message["heads"] == {"keyed": [section["epoch"], number]}
        assert [entry[4] for entry in section["entries"]] == [{"n": number}]
        await bench.tick()
    await socket.disconnect(timeout=60)
