"""An ingest on a test world, numbered messages, and the resulting sum."""

import json

from producers_api.ingest import Ingest
from producers_api.rate_limit import RateLimit
from producers_api.tokens import Sender
from tests.support.world import World

ANYTHING = Sender(7, "lab", frozenset())


def ingest(world: World, sender: Sender = ANYTHING, limit_per_s: int = 1000) -> Ingest:
    return Ingest(world.runtime, sender, "gpu", RateLimit(limit_per_s, world._monotonic))


def numbered(seq: int, *events: dict) -> bytes:
    return json.dumps({"seq": seq, "events": list(events)}).encode()


def add(n: int) -> dict:
    return {"type": "sum", "key": "all", "n": n}


def total(world: World) -> int:
    entries = world.store.since({"sum": None})["sum"].entries
    return json.loads(entries[0].value)["n"] if entries else 0
