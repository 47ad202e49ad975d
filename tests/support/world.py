"""One process's pipeline without sockets: real store, publisher, layer, reconciler and consumers.

Browsers are real consumers whose ASGI `send` and `receive` end in this file. Nothing is timed: a
change is waited for until every browser that can have it, has it.
"""

import asyncio
import json
import zlib
from typing import Any

import msgspec

from broadcast import runtime as runtime_module
from broadcast.conf import Settings
from broadcast.consumers import BoardConsumer
from broadcast.delivery.compression import Deflater
from broadcast.delivery.publisher import Publisher
from broadcast.runtime import Runtime
from broadcast.stores.base import StickyCache
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.types import Cursor
from tests.support.picture import Picture, picture_of
from tests.support.server import until
from tests.support.table import BOARD, TABLE


class Browser:
    """One browser over all its connections, of which every second one is compressed.

    Turn off `acks` or `reads` to make it slow.
    """

    def __init__(self, world: "World") -> None:
        self.world = world
        self.transcript: list[dict[str, Any]] = []
        self.came: list[float] = []  # the loop's time of each update
        self.picture = Picture()
        self.is_compressed: bool | None = None  # set it before `open`
        self.bytes_received = 0  # of updates
        self.acks = True
        self.reads = asyncio.Event()
        self.reads.set()
        self.task: asyncio.Task[None] | None = None
        self._received = self._connections = 0
        self._caught_up = False

    @property
    def is_open(self) -> bool:
        return self.task is not None and not self.task.done()

    def open(self, forget: bool = False) -> None:
        if forget:
            self.picture = Picture()
        cursor = self.picture.cursor
        self._received, self._caught_up = 0, False
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.inbox.put_nowait({"type": "websocket.connect"})
        self._connections += 1
        is_compressed = self._connections % 2 if self.is_compressed is None else self.is_compressed
        encoding = "&encoding=deflate" if is_compressed else ""
        heads = {name: head for name, head in self.world.store.heads().items() if name in BOARD}
        self.transcript.append({"op": "open", "cursor": cursor, "heads": heads})
        scope = {
            "type": "websocket",
            "url_route": {"kwargs": {"board": "main"}},
            "query_string": f"protocol=2&cursor={cursor}{encoding}".encode(),
        }
        application = self.world.consumer.as_asgi()
        self.task = asyncio.create_task(application(scope, self.inbox.get, self._send))

    async def close(self) -> None:
        self.inbox.put_nowait({"type": "websocket.disconnect"})
        self.reads.set()
        assert self.task is not None
        await asyncio.wait_for(self.task, 60)
        self.transcript.append({"op": "close", "code": 1000})

    def ack(self) -> None:
        self.say({"op": "ack", "updates": self._received})

    def say(self, message: dict[str, Any]) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def request_pace(self, max_per_s: float | None) -> None:
        self.inbox.put_nowait({"type": "websocket.receive", "text": json.dumps({"op": "pace", "max_per_s": max_per_s})})

    def has(self, heads: dict[str, Cursor]) -> bool:
        mine = self.picture.heads
        return self._caught_up and all(mine.get(name) == tuple(head) for name, head in heads.items())

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            self.transcript.append({"op": "close", "code": message["code"]})
            self.close_reason = message["reason"]
        if message["type"] != "websocket.send":
            return
        await self.reads.wait()
        text = zlib.decompress(message["bytes"]) if "bytes" in message else message["text"].encode()
        update = json.loads(text)
        self.transcript.append(update)
        if update["op"] == "update":
            self.came.append(asyncio.get_running_loop().time())
            self.bytes_received += len(message.get("bytes") or text)
            self.picture.apply(update)
            self._received += 1
            self._caught_up = self._caught_up or bool(update.get("caught_up"))
            if self.acks:
                self.ack()


class World:
    """A store, a layer and everything between them, on a clock that a test advances.

    The store is the location of one in SQLite, or one of another kind. With `is_elsewhere`, another process
    publishes, so that all updates arrive through the layer.
    """

    def __init__(
        self,
        layer: Any,
        store: str | StickyCache,
        heads_s: float = 3600.0,
        *,
        is_elsewhere: bool = False,
        deflater: Deflater | None = None,
    ) -> None:
        self.now = 1_790_000_000.0
        self.patience_s = 10.0
        self.consumer = BoardConsumer
        self.settings = Settings(WINDOW_UPDATES=3, WINDOW_BYTES=4000, MAILBOX_UPDATES=2, TICK_S=0.0001, HEADS_S=heads_s)
        is_location = isinstance(store, str)
        self.store = SQLiteCache(store, {"OPTIONS": {"synchronous": "NORMAL"}}) if is_location else store
        self.store.clock = lambda: self.now
        publisher = self._new_publisher(layer)
        self.publisher = self._new_publisher(layer) if is_elsewhere else publisher
        deflater = deflater or Deflater(min_bytes=100, max_inline_bytes=300)
        shared = (self.settings, TABLE, {"main": BOARD}, self.store, layer, publisher)
        self.runtime = Runtime(*shared, asyncio.get_running_loop().time, deflater)
        runtime_module._runtimes[asyncio.get_running_loop()] = self.runtime
        self.browsers: list[Browser] = []

    def _new_publisher(self, layer: Any) -> Publisher:
        boards = {"main": BOARD}
        return Publisher(self.store, layer, TABLE, boards, self.settings, self._monotonic, lambda _: asyncio.sleep(0))

    def _monotonic(self) -> float:
        return self.now

    async def publish(self, *events: dict[str, Any], producer: str = "", seq: int = 0) -> dict[int, Any]:
        writes = [self.runtime.validator.check(msgspec.json.encode(event), producer, seq) for event in events]
        await self.publisher.room()
        return await self.publisher.put(writes, 100)

    def heads(self) -> dict[str, Cursor]:
        return {name: head for name, head in self.store.heads().items() if name in BOARD}

    def heartbeat(self) -> None:
        """Send a heartbeat to every browser that has no other send in progress."""
        self.runtime.fanout_of("main").heartbeat()

    def truth(self) -> dict[str, Any]:
        return picture_of(self.store.since(dict.fromkeys(BOARD))).contents()

    async def settled(self) -> None:
        """Wait until every browser that reads and acknowledges has the store's state."""
        heads = self.heads()
        for browser in self.browsers:
            if browser.is_open and browser.acks and browser.reads.is_set():
                await until(lambda b=browser: b.has(heads), self.patience_s, f"{browser.picture.heads} reaches {heads}")

    async def close(self) -> None:
        for browser in self.browsers:
            if browser.is_open:
                await browser.close()
        await self.publisher.close()
        await self.runtime.publisher.close()
        runtime_module._runtimes.pop(asyncio.get_running_loop(), None)
