"""An ingest and a producer's socket on a test world, numbered messages, and the resulting sum."""

import asyncio
import json
import time
from collections.abc import Callable

from producers_api.consumers import ProduceConsumer
from producers_api.ingest import Ingest, PendingAnswer
from producers_api.messages import read_message
from producers_api.rate_limit import RateLimit
from producers_api.tokens import Sender
from stickyboard.outbox import Outbox
from tests.support.server import until
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


async def anybody(_: str) -> Sender:
    """Accept every token, without a database."""
    return ANYTHING


class Line:
    """The client's own outbox on a socket of the server's own consumer; what is answered is heard later."""

    def __init__(self, name: str = "gpu", monotonic: Callable[[], float] = time.monotonic) -> None:
        self.inbox: asyncio.Queue = asyncio.Queue()
        self.inbox.put_nowait({"type": "websocket.connect"})
        self.outbox = Outbox(100, 10**6)
        self.codes: set[str] = set()
        self.unheard: list[str] = []
        self.unanswered = 0
        self.close_code = 0
        application = ProduceConsumer.as_asgi(authenticate=anybody, monotonic=monotonic)
        scope = {"type": "websocket", "query_string": f"producer={name}".encode(), "headers": []}
        self.task = asyncio.create_task(application(scope, self.inbox.get, self._take))

    async def _take(self, message: dict) -> None:
        if message["type"] == "websocket.send":
            self.unanswered -= 1
            self.unheard.append(message["text"])
        elif message["type"] == "websocket.close":
            self.close_code = message["code"]

    def publish(self, n: int) -> None:
        """Send one event as a message of its own."""
        self.outbox.put(json.dumps(add(n)).encode())
        self.send()

    def send(self) -> None:
        while (message := self.outbox.next_message()) is not None:
            self.unanswered += 1
            self.inbox.put_nowait({"type": "websocket.receive", "text": message.decode()})

    async def send_until_all_is_acknowledged(self) -> None:
        while len(self.outbox):
            await until(lambda: self.unanswered == 0, 5)
            for text in self.unheard:
                self.codes.add(json.loads(text).get("code", "ack"))
                self.outbox.take_reply(text)
            self.unheard.clear()
            self.outbox.rewind()
            self.send()

    async def close(self) -> None:
        self.inbox.put_nowait({"type": "websocket.disconnect"})
        await asyncio.wait_for(self.task, 60)
