"""Two consumers: the producer's writes the cache and sends to the group, the browser's passes it on."""

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.core.cache import cache

GROUP = "dashboard"


class ProduceConsumer(AsyncJsonWebsocketConsumer):
    """Takes an event, or an entry to keep as `["keep", key, event]`."""

    async def receive_json(self, content, **_):
        if isinstance(content, list):
            await cache.aset(content[1], content[2])
            await cache.aset("keys", sorted({*await cache.aget("keys", []), content[1]}))
        else:
            await self.channel_layer.group_send(GROUP, {"type": "live.event", "event": content})


class DashboardConsumer(AsyncJsonWebsocketConsumer):
    """Joins the group, sends the stored state, then live events."""

    async def connect(self):
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()
        stored = await cache.aget_many(await cache.aget("keys", []))
        await self.send_json({"state": stored, "entries": len(stored)})

    async def disconnect(self, code):
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def live_event(self, message):
        await self.send_json(message["event"])
