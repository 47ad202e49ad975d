"""A simulation's server processes: a store that takes virtual time, and a network with faults."""

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from broadcast.conf import Settings
from broadcast.consumers import BoardConsumer
from broadcast.delivery.fanout import Fanout
from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.delivery.publisher import Publisher
from broadcast.delivery.reconcile import Reconciler
from broadcast.events.validation import Validator
from broadcast.runtime import Runtime
from broadcast.stores.base import StickyCache
from broadcast.types import Cursor
from tests.support.faulty_layer import COPIES, FORWARD, HOLD
from tests.support.picture import picture_of
from tests.support.recording import History
from tests.support.table import BOARD, EVENT_TYPES_AND_LOG

STORE_S = 0.002  # duration before a commit or read happens, and again until its result arrives
HEADS_S = 1.0
TABLE = {kind.name: kind for kind in EVENT_TYPES_AND_LOG}
owner: contextvars.ContextVar["Process | None"] = contextvars.ContextVar("owner", default=None)


def simulated(backend: type[StickyCache]) -> type[StickyCache]:
    """Return a store that takes virtual time, and records each keyspace after every commit."""

    class Simulated(backend):  # type: ignore[misc, valid-type]
        history: History

        def apply(self, batches: Sequence[Any]) -> list[Any]:
            applied = super().apply(batches)
            for batch in batches:
                if batch.keyspace in BOARD:
                    copy = picture_of(self.since({batch.keyspace: None})).copies[batch.keyspace]
                    self.history[batch.keyspace, copy.epoch, copy.revision] = copy.entries
            return applied

        async def aapply(self, batches: Sequence[Any]) -> list[Any]:
            return await _taking_time(lambda: self.apply(batches))

        async def asince(self, cursors: Any, unless: Any = None) -> dict[str, Any]:
            return await _taking_time(lambda: self.since(cursors, unless))

        async def aheads(self) -> dict[str, Cursor]:
            return await _taking_time(self.heads)

    return Simulated


async def _taking_time(work: Callable[[], Any]) -> Any:
    await asyncio.sleep(STORE_S)
    done = work()
    await asyncio.sleep(STORE_S)
    return done


class Network:
    """Carries messages to the layers of all processes, each with the next of `faults`."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.faults: deque[str] = deque()
        self._held: list[tuple[Layer, str, dict[str, Any]]] = []

    async def carry(self, group: str, message: dict[str, Any]) -> None:
        for layer in list(self.layers):
            fault = self.faults.popleft() if self.faults else FORWARD
            if fault == HOLD:
                self._held.append((layer, group, message))
                continue
            for _ in range(COPIES[fault]):
                await layer.deliver(group, message)

    async def release(self) -> None:
        """Deliver the held messages, the last one first."""
        held, self._held = self._held, []
        for layer, group, message in reversed(held):
            await layer.deliver(group, message)


class Layer(LocalChannelLayer):
    """One process's end of the network."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self._network = network

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self._network.carry(group, message)

    async def deliver(self, group: str, message: dict[str, Any]) -> None:
        await super().group_send(group, message)


class Process:
    """A server process, which can be killed or drained."""

    def __init__(self, network: Network, loop: asyncio.AbstractEventLoop, store: StickyCache) -> None:
        self._network, self.store = network, store
        self.tasks: set[asyncio.Task[Any]] = set()
        self.layer = Layer(network)
        network.layers.append(self.layer)
        conf = Settings(WINDOW_UPDATES=6, WINDOW_BYTES=8000, MAILBOX_UPDATES=8, HEADS_S=HEADS_S, DRAIN_S=5.0)
        publisher = Publisher(store, self.layer, TABLE, {"main": BOARD}, conf, loop.time, asyncio.sleep)
        reconciler = Reconciler(store, publisher, conf, loop.time, asyncio.sleep)
        validator = Validator(TABLE, 10_000, 100)
        self.runtime = Runtime(conf, TABLE, {"main": BOARD}, store, self.layer, publisher, reconciler, validator)
        types = {name: TABLE[name] for name in BOARD}
        fanout = Fanout("main", types, self.layer, conf, publisher.note_delivery, loop.time)
        self.runtime._fanouts["main"] = fanout
        self.consumer = _consumer_of(self.runtime)

    async def put(self, events: Sequence[dict[str, Any]], producer: str, seq: int) -> "asyncio.Future[Any]":
        """Accept one message; the future is its acknowledgement."""
        owner.set(self)
        writes = [self.runtime.validator.check(msgspec.json.encode(event), producer, seq) for event in events]
        return self.runtime.publisher.put(writes, 100)

    async def kill(self) -> None:
        """Stop immediately, as if killed."""
        self._network.layers.remove(self.layer)
        doomed = [task for task in self.tasks if not task.done()]
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
