"""An ingest on a test world, numbered messages, and the resulting sum."""

import json

from producers_api.ingest import Ingest, PendingAnswer
from producers_api.messages import read_message
from producers_api.rate_limit import RateLimit
from producers_api.tokens import Sender
from tests.support.world import World

ANYTHING = Sender(7, "lab", frozenset())


class BodyIngest(Ingest):
    """Takes a message as text."""

    async def take(self, body: bytes) -> PendingAnswer:
        conf = self._runtime.settings
        return await self.take_message(read_message(body, conf.MAX_MESSAGE_BYTES, conf.MAX_BATCH_EVENTS), len(body))


def ingest(world: World, sender: Sender = ANYTHING, limit_per_s: int = 1000) -> BodyIngest:
    return BodyIngest(world.runtime, sender, "gpu", RateLimit(limit_per_s, world._monotonic))


def numbered(seq: int, *events: dict) -> bytes:
    return json.dumps({"seq": seq, "events": list(events)}).encode()


def add(n: int) -> dict:
    return {"type": "sum", "key": "all", "n": n}


def total(world: World) -> int:
    entries = world.store.since({"sum": None})["sum"].entries
    return json.loads(entries[0].value)["n"] if entries else 0
