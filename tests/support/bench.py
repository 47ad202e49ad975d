"""One process's parts between a store and a layer that record their calls, on a clock that does not move."""

import asyncio
from collections import deque

from broadcast.conf import Settings
from broadcast.delivery.group_member import Member
from broadcast.delivery.publisher import Publisher
from broadcast.delivery.replica import Replica
from broadcast.delivery.store_reader import StoreReader
from broadcast.ops.connections import Connections
from broadcast.shutdown import Drain
from broadcast.stores.base import Committed
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.types import Batch, Cursor, Write
from tests.support.faulty_layer import FaultyLayer
from tests.support.picture import picture_of
from tests.support.server import until
from tests.support.table import TABLE

TICK_S = 0.25
BOARDS = {"main": ("keyed", "whole", "sum"), "talk": ("keyed",), "empty": ()}


class GatedCache(SQLiteCache):
    """A store that works in the event loop, waits while `gate` is closed, and raises the next of `failures`.

    With `is_slow`, what it applies is durable only when a test ends the futures in `unsynced`. Its `commits` are
    unknown until a test sets them, as in a store that other processes write to.
    """

    def __init__(self, location: str) -> None:
        super().__init__(location, {})
        self.calls: list[dict[str, int]] = []  # the number of writes per keyspace
        self.asked: list[dict[str, Cursor | None]] = []  # the cursors of each read
        self.did: list[object] = []
        self.commits: int | None = None
        self.failures: deque[BaseException] = deque()
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_slow = False
        self.unsynced: deque[asyncio.Future[None]] = deque()

    async def aapply(self, batches: list[Batch]) -> Committed:
        self.calls.append({batch.keyspace: len(batch.writes) for batch in batches})
        await self._begin("apply")
        deltas = self.apply(batches)
        if not self.is_slow:
            return Committed(deltas)
        return Committed(deltas, self._sync)

    def stamp(self) -> int | None:
        return self.commits

    async def aheads(self) -> dict[str, Cursor]:
        return self.heads()

    async def asince(self, cursors):
        self.asked.append(dict(cursors))
        read = self.since(cursors)
        await self._begin("since")
        return read

    def _sync(self) -> "asyncio.Future[None]":
        self.unsynced.append(asyncio.get_running_loop().create_future())
        return self.unsynced[-1]

    async def _begin(self, call: str) -> None:
        self.did.append(call)
        await self.gate.wait()
        if self.failures:
            raise self.failures.popleft()


class Bench:
    """The parts that a test connects. `tick` ends a pause of the publisher; without `is_paced` it makes none."""

    def __init__(self, location: str, table=TABLE, is_paced: bool = True, layer=None, **given) -> None:
        self.now = 1000.0
        self.store, self.layer = GatedCache(location), layer or FaultyLayer()
        self.pauses: list[float] = []
        self._pause: asyncio.Future[None] | None = None
        conf = Settings(**{"TICK_S": TICK_S, **given})
        sleep = self._sleep if is_paced else self._skip
        self.publisher = Publisher(self.store, self.layer, table, BOARDS, conf, lambda: self.now, sleep)
        self.connections = Connections(self.publisher.meters)
        self.drain = Drain(self.publisher, self.connections, conf.DRAIN_S, self._wait)
        self.heard: list[object] = []
        self.member = Member("main", self.layer, self.heard.append)
        self.replica = Replica(BOARDS["main"], max_early=9)
        self.reader = StoreReader(self.store, self.replica)

    @property
    def did(self) -> list[object]:
        """The calls of the store and the waits of the drain, in order."""
        return self.store.did

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._pause = asyncio.get_running_loop().create_future()
        await self._pause

    async def _skip(self, seconds: float) -> None:
        await asyncio.sleep(0)

    async def _wait(self, seconds: float) -> None:
        self.did.append(seconds)

    @property
    def is_pausing(self) -> bool:
        return self._pause is not None and not self._pause.done()

    async def tick(self) -> None:
        """Let the pause that is being made, or is about to be, end."""
        await until(lambda: self.is_pausing, 5)
        self._pause.set_result(None)
        await asyncio.sleep(0)

    def put(self, *events: tuple[str, str, int], size: int = 10, seq: int = 0, first: int = 0) -> "asyncio.Future":
        writes = []
        for index, (name, key, n) in enumerate(events or [("keyed", "a", 1)]):
            looks = TABLE[name].policy.decide is not None
            more = {"event": {"n": n}} if looks else {"value": f'{{"n":{n}}}'}
            writes.append((TABLE[name], Write(key, producer="p", seq=seq, index=first + index, **more)))
        return self.publisher.put(writes, size)

    def stored(self) -> dict:
        shown = picture_of(self.store.since(dict.fromkeys(BOARDS["main"]))).contents()
        return {
            name: {key: value["n"] for key, (_, _, value) in entries.items()} for name, (_, entries) in shown.items()
        }

    def sections(self, index: int) -> list[str]:
        """Return the event types of a sent message."""
        return list(self.layer.sent[index][1]["heads"])
