"""A simulation's server processes: with a store that takes virtual time."""

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from broadcast.conf import Settings
from broadcast.consumers import BoardConsumer
from broadcast.delivery.compression import Deflater
from broadcast.delivery.concurrency import begin
from broadcast.delivery.publisher import Publisher
from broadcast.runtime import Runtime
from broadcast.stores.base import Committed, StickyCache
from broadcast.types import Cursor, Cursors
from tests.support.faulty_layer import FaultyLayer, Network
from tests.support.table import BOARD, EVENT_TYPES_AND_LOG

STORE_S = 0.002  # duration before a commit or read happens, and again until its result arrives
COMPRESS_S = 0.05  # three ticks, so that others arrive meanwhile
HEADS_S = 1.0
TABLE = {kind.name: kind for kind in EVENT_TYPES_AND_LOG}
owner: contextvars.ContextVar["Process | None"] = contextvars.ContextVar("owner", default=None)


class Notifications:
    """The notifications between processes on one file, with the faults of a network."""

    def __init__(self, network: Network) -> None:
        self.network, self.subscribers = network, list[Subscriber]()

    def send(self, heads: Cursors | None) -> None:
        for subscriber in list(self.subscribers):
            if subscriber.process is not owner.get():
                assert begin(self.network.deliver(lambda each=subscriber: each.receive(heads))) is None


class Subscriber:
    """One process's subscription."""

    def __init__(self, notifications: Notifications, take: Callable[[Cursors | None], None]) -> None:
        self._all, self._take, self.process = notifications.subscribers, take, owner.get()
        self._all.append(self)

    async def receive(self, heads: Cursors | None) -> None:
        if self in self._all:
            sender = owner.set(self.process)
            self._take(heads)
            owner.reset(sender)

    def is_intact(self) -> bool:
        return True

    def close(self) -> None:
        self._all.remove(self)


def simulated(backend: type[StickyCache]) -> type[StickyCache]:
    """Return a store that takes virtual time."""

    class Simulated(backend):  # type: ignore[misc, valid-type]
        notifications: Notifications | None = None

        def subscribe(self, take: Callable[[Cursors | None], None]) -> "Subscriber | None":
            return Subscriber(self.notifications, take) if self.notifications else None

        def _notify(self, changed: Cursors | None) -> None:
            if self.notifications:
                self.notifications.send(changed)

        async def aapply(self, batches: Sequence[Any]) -> Committed:
            return Committed(await _taking_time(lambda: self.apply(batches)))

        async def asince(self, cursors: Any) -> dict[str, Any]:
            return await _taking_time(lambda: self.since(cursors))

        async def aheads(self) -> dict[str, Cursor]:
            return await _taking_time(self.heads)

    return Simulated


async def compressing(deflate: Callable[[str], bytes], text: str) -> bytes:
    await asyncio.sleep(COMPRESS_S)
    return deflate(text)


async def _taking_time(work: Callable[[], Any]) -> Any:
    await asyncio.sleep(STORE_S)
    done = work()
    await asyncio.sleep(STORE_S)
    return done


class Process:
    """A server process, which can be killed or drained.

    Args:
        on_one_file: whether the layer does not reach other processes, and the store notifies them.
    """

    def __init__(
        self, network: Network, loop: asyncio.AbstractEventLoop, store: StickyCache, *, on_one_file: bool = False
    ) -> None:
        self.store = store
        self.tasks: set[asyncio.Task[Any]] = set()
        self.layer = FaultyLayer(None if on_one_file else network)
        conf = Settings(WINDOW_UPDATES=6, WINDOW_BYTES=8000, MAILBOX_UPDATES=8, HEADS_S=HEADS_S, DRAIN_S=5.0)
        publisher = Publisher(store, self.layer, TABLE, {"main": BOARD}, conf, loop.time, asyncio.sleep)
        deflater = Deflater(min_bytes=100, max_inline_bytes=300, run=compressing)
        self.runtime = Runtime(conf, TABLE, {"main": BOARD}, store, self.layer, publisher, loop.time, deflater)
        self.consumer = _consumer_of(self.runtime)

    async def put(self, events: Sequence[dict[str, Any]], producer: str, seq: int) -> "asyncio.Future[Any]":
        """Accept one message; the future is its acknowledgement."""
        owner.set(self)
        writes = [self.runtime.validator.check(msgspec.json.encode(event), producer, seq) for event in events]
        return self.runtime.publisher.put(writes, 100)

    async def kill(self) -> None:
        """Stop immediately, as if killed."""
        self.layer.network.layers.remove(self.layer)
        notifications: Notifications | None = getattr(self.store, "notifications", None)
        for subscriber in list(notifications.subscribers) if notifications else ():
            if subscriber.process is self:
                subscriber.close()
        while doomed := [task for task in self.tasks if not task.done()]:  # the end of one may start another
            for task in doomed:
                task.cancel()
            await asyncio.gather(*doomed, return_exceptions=True)


def _consumer_of(shared: Runtime) -> type[BoardConsumer]:
    class OfThisProcess(BoardConsumer):
        async def _serve(self, scope: dict[str, Any], _: Runtime) -> None:
            await super()._serve(scope, shared)

    return OfThisProcess


def owned(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> "asyncio.Task[Any]":
    """Create a task that belongs to the current process; used as the loop's task factory."""
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
    process = owner.get()
    if process is not None:
        process.tasks.add(task)
        task.add_done_callback(process.tasks.discard)
    return task
