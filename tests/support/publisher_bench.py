"""A publisher with a store and a layer that record their calls, on a clock that does not move."""

import asyncio
from collections import deque

from broadcast.conf import Settings
from broadcast.delivery.board_sender import update_from
from broadcast.delivery.publisher import Publisher
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.types import Batch, Write
from tests.support.picture import picture_of
from tests.support.server import until
from tests.support.table import TABLE

TICK_S = 0.25
BOARDS = {"main": ("keyed", "whole", "sum"), "talk": ("keyed",), "empty": ()}


class GatedCache(SQLiteCache):
    """A store that records its calls, waits while `gate` is closed, and raises the next of `failures`."""

    def __init__(self, location: str) -> None:
        super().__init__(location, {})
        self.calls: list[dict[str, int]] = []
        self.failures: deque[BaseException] = deque()
        self.gate = asyncio.Event()
        self.gate.set()

    async def aapply(self, batches: list[Batch]):
        self.calls.append({batch.keyspace: len(batch.writes) for batch in batches})
        await self.gate.wait()
        if self.failures:
            raise self.failures.popleft()
        return await super().aapply(batches)


class RecordingLayer:
    """A layer that records messages, and fails for the groups in `broken`."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict]] = []
        self.broken: set[str] = set()
        self.silent: set[str] = set()  # groups for which it never responds

    async def group_send(self, group: str, message: dict) -> None:
        if group in self.broken:
            raise ConnectionError(group)
        if group in self.silent:
            await asyncio.Event().wait()
        self.sent.append((group, message))

    def sections(self, index: int = -1) -> list[str]:
        return [span.keyspace for span in update_from(self.sent[index][1]).spans]


class Bench:
    """A publisher on a clock that does not move; `tick` ends its pauses."""

    def __init__(self, location: str, table=TABLE, **given) -> None:
        self.now = 1000.0
        self.store, self.layer = GatedCache(location), RecordingLayer()
        self.pauses: list[float] = []
        self._pause: asyncio.Future[None] | None = None
        conf = Settings(TICK_S=TICK_S, **given)
        self.publisher = Publisher(self.store, self.layer, table, BOARDS, conf, lambda: self.now, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._pause = asyncio.get_running_loop().create_future()
        await self._pause

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
