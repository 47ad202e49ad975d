"""Several processes on one store, a layer between them that does as it is told, and browsers, all on virtual time.

What is real: store, publisher, pacing, fan-out, pulse, drain and consumers. What is simulated: the layer,
the clock, what becomes of a process that is killed, and how long the store takes.
"""

import asyncio
import contextvars
import json
from collections import deque
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any
from unittest import mock

import msgspec

from broadcast import consumers
from broadcast import runtime as runtime_module
from broadcast.caches.base import StickyCache
from broadcast.conf import Settings
from broadcast.consumers import BoardConsumer
from broadcast.fanout import Fanout
from broadcast.guarantees import check_all
from broadcast.layers import LocalChannelLayer
from broadcast.publisher import Publisher
from broadcast.pulse import Pulse
from broadcast.runtime import Runtime
from broadcast.validation import Validator
from broadcast.words import Cursor
from tests.guarantees.virtual_time import VirtualLoop
from tests.guarantees.world import Browser
from tests.picture import picture_of
from tests.recording import History
from tests.server import until
from tests.table import BOARD, EVENT_TYPES_AND_LOG, LOG

NOW = 1_790_000_000.0
HOUR_S = 3600.0
STORE_S = 0.002  # what a commit or a read takes before it happens, and again until it is known
HEADS_S = 1.0
REPAIRED_S = 5.0  # within which every browser must have what a layer lost
TABLE = {kind.name: kind for kind in EVENT_TYPES_AND_LOG}
PASS, LOSE, DOUBLE, HOLD = "pass", "lose", "double", "hold"

_owner: contextvars.ContextVar["Process | None"] = contextvars.ContextVar("owner", default=None)


def simulated(backend: type[StickyCache]) -> type[StickyCache]:
    """Return a store that takes virtual time, and notes what each keyspace holds after each commit."""

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
    """Carries messages to the layers of all processes; each one's fate is told beforehand, or is to pass."""

    def __init__(self) -> None:
        self.layers: list[Layer] = []
        self.fates: deque[str] = deque()
        self._held: list[tuple[Layer, str, dict[str, Any]]] = []

    async def carry(self, group: str, message: dict[str, Any]) -> None:
        for layer in list(self.layers):
            fate = self.fates.popleft() if self.fates else PASS
            if fate == HOLD:
                self._held.append((layer, group, message))
                continue
            for _ in range({LOSE: 0, DOUBLE: 2, PASS: 1}[fate]):
                await layer.deliver(group, message)

    async def release(self) -> None:
        """Let through what was held, the last one first."""
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
    """A server process: it may be killed, or drained, and is then another one."""

    def __init__(self, simulation: "Simulation", store: StickyCache) -> None:
        self._simulation, self.store = simulation, store
        self.tasks: set[asyncio.Task[Any]] = set()
        self.layer = Layer(simulation.network)
        simulation.network.layers.append(self.layer)
        loop = simulation.loop
        conf = Settings(WINDOW_FRAMES=6, WINDOW_BYTES=8000, MAILBOX_FRAMES=8, HEADS_S=HEADS_S, DRAIN_S=5.0)
        publisher = Publisher(store, self.layer, TABLE, {"main": BOARD}, conf, loop.time, asyncio.sleep)
        pulse = Pulse(store, publisher, conf, loop.time, asyncio.sleep)
        validator = Validator(TABLE, 10_000, 100)
        self.runtime = Runtime(conf, TABLE, {"main": BOARD}, store, self.layer, publisher, pulse, validator)
        shown = {name: TABLE[name] for name in BOARD}
        fanout = Fanout("main", shown, self.layer, conf, publisher.note_delivery, loop.time)
        self.runtime._fanouts["main"] = fanout
        self.consumer = _consumer_of(self.runtime)

    async def put(self, events: Sequence[dict[str, Any]], producer: str, seq: int) -> "asyncio.Future[Any]":
        """Take one message; the future is its acknowledgement."""
        _owner.set(self)
        writes = [self.runtime.validator.check(msgspec.json.encode(event), producer, seq) for event in events]
        return self.runtime.publisher.put(writes, 100)

    async def kill(self) -> None:
        """End at once, whatever it was at."""
        self._simulation.network.layers.remove(self.layer)
        doomed = [task for task in self.tasks if not task.done()]
        for task in doomed:
            task.cancel()
        await asyncio.gather(*doomed, return_exceptions=True)


def _consumer_of(shared: Runtime) -> type[BoardConsumer]:
    class OfThisProcess(BoardConsumer):
        async def _serve(self, scope: dict[str, Any], _: Runtime) -> None:
            await super()._serve(scope, shared)

    return OfThisProcess


class Producer:
    """Sends numbered messages, each again until it is acknowledged, as the client library does."""

    def __init__(self, name: str) -> None:
        self.name, self.seq = name, 0
        self.unacknowledged: tuple[int, list[dict[str, Any]]] | None = None
        self.acknowledged: set[int] = set()

    def number(self, events: list[dict[str, Any]], mark: int) -> None:
        self.seq += 1
        self.unacknowledged = (self.seq, [*events, {"type": LOG.name, "id": mark}])

    def was_acknowledged(self) -> None:
        assert self.unacknowledged is not None
        self.acknowledged |= {event["id"] for event in self.unacknowledged[1] if event["type"] == LOG.name}
        self.unacknowledged = None


class Simulation:
    """The whole of it. Steps are coroutines, run one after the other by `run`.

    There are as many processes as `skews_s` says by how much each one's clock is ahead.
    """

    def __init__(self, make_store: Callable[[], StickyCache], skews_s: Sequence[float] = (0.0, HOUR_S)) -> None:
        self.loop = VirtualLoop()
        self.network = Network()
        self.started = NOW
        self.make_store, self.history = make_store, {}
        self.skews_s = skews_s
        self._marks = 0
        self.loop.set_task_factory(_owned)
        self._patches = [mock.patch.object(consumers, "time", SimpleNamespace(monotonic=self.loop.time))]
        for patch in self._patches:
            patch.start()
        asyncio.set_event_loop(self.loop)
        self.processes = [self._new_process(skew_s) for skew_s in self.skews_s]
        runtime_module._runtimes[self.loop] = self.processes[0].runtime
        self.store = self.processes[0].store
        self.browsers: list[Browser] = []
        self.producers = [Producer("one"), Producer("two")]

    def _new_process(self, skew_s: float) -> Process:
        store = self.make_store()
        store.history = self.history  # type: ignore[attr-defined]
        store.clock = lambda: self.started + self.loop.time() + skew_s  # type: ignore[method-assign]
        return Process(self, store)

    def run(self, step: Any) -> None:
        """Run a step, and then see that every browser that can has the store's picture."""

        async def step_and_look() -> None:
            await step
            await self.settled()

        self.loop.run_until_complete(step_and_look())

    # what may happen

    def browser(self) -> Browser:
        """Return a new browser, which watches nothing yet."""
        self.browsers.append(Browser(self.processes[0]))  # type: ignore[arg-type]
        return self.browsers[-1]

    async def open(self, browser: Browser, process: int, forget: bool = False) -> None:
        browser.world = self.processes[process]  # type: ignore[assignment]
        token = _owner.set(self.processes[process])
        browser.open(forget)
        _owner.reset(token)

    async def publish(self, producer: int, process: int, events: list[dict[str, Any]]) -> None:
        """Send until it is acknowledged; what was cut off before goes first, with its number."""
        sender = self.producers[producer]
        if sender.unacknowledged is not None:
            await self._send(sender, process)
        self._marks += 1
        sender.number(events, self._marks)
        await self._send(sender, process)

    async def publish_and_be_cut_off(self, producer: int, process: int, events: list[dict[str, Any]]) -> None:
        """Send, and hear nothing of what became of it."""
        sender = self.producers[producer]
        if sender.unacknowledged is None:
            self._marks += 1
            sender.number(events, self._marks)
        seq, messages = sender.unacknowledged or (0, [])
        await asyncio.create_task(self.processes[process].put(messages, sender.name, seq))

    async def _send(self, sender: Producer, process: int) -> None:
        assert sender.unacknowledged is not None
        seq, events = sender.unacknowledged
        await (await asyncio.create_task(self.processes[process].put(events, sender.name, seq)))
        sender.was_acknowledged()

    async def kill(self, process: int, drained: bool = False) -> None:
        """End a process, at once or in order, and start another one in its place; its browsers are cut off."""
        ended = self.processes[process]
        if drained:
            await ended.runtime.drain.run()
        await ended.kill()
        for browser in self.browsers:
            if browser.world is ended and browser.transcript and browser.transcript[-1]["op"] != "close":
                browser.transcript.append({"op": "close", "code": 1006})
        self.processes[process] = self._new_process(self.skews_s[process])
        self.store = self.processes[0].store
        runtime_module._runtimes[self.loop] = self.processes[0].runtime

    # what must hold

    def heads(self) -> dict[str, Cursor]:
        return {name: head for name, head in self.store.heads().items() if name in BOARD}

    async def settled(self) -> None:
        """Within `REPAIRED_S` every browser that reads and acknowledges has the store's picture."""
        for browser in self.browsers:
            if browser.is_open and browser.acks and browser.reads.is_set():
                # What is past its age goes by a change of its own, so the goal may move meanwhile.
                await until(lambda b=browser: b.has(self.heads()), REPAIRED_S / 3, "a browser has the store's heads")
                truth = picture_of(self.store.since(dict.fromkeys(BOARD))).shown()
                assert {name: shown for name, shown in browser.picture.shown().items() if shown[0][1]} == {
                    name: shown for name, shown in truth.items() if shown[0][1]
                }

    def check(self) -> None:
        """Bring all back, acknowledge all, and check the six guarantees, and that nothing was lost or doubled."""
        self.loop.run_until_complete(self._bring_all_back())
        for browser in self.browsers:
            check_all(browser.transcript, self.history)
        kept = self.store.since({LOG.name: None})[LOG.name].entries
        ids = [json.loads(entry.value)["id"] for entry in kept if entry.value]
        assert len(ids) == len(set(ids)), f"applied twice: {ids}"
        for sender in self.producers:
            assert sender.acknowledged <= set(ids), f"lost: {sender.acknowledged - set(ids)}"

    async def _bring_all_back(self) -> None:
        await self.network.release()
        for index, sender in enumerate(self.producers):
            if sender.unacknowledged is not None:
                await self._send(sender, index)
        for index, browser in enumerate(self.browsers):
            browser.reads.set()
            if not browser.is_open:
                await self.open(browser, index % 2)
            if not browser.acks:
                browser.acks = True
                browser.ack()
        await self.settled()

    def close(self) -> None:
        """End it all, whatever state it is in."""

        async def end() -> None:
            for process in self.processes:
                await process.kill()

        try:
            self.loop.run_until_complete(end())
        finally:
            for patch in self._patches:
                patch.stop()
            runtime_module._runtimes.pop(self.loop, None)
            asyncio.set_event_loop(None)
            self.loop.close()


def _owned(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> "asyncio.Task[Any]":
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
    owner = _owner.get()
    if owner is not None:
        owner.tasks.add(task)
        task.add_done_callback(owner.tasks.discard)
    return task
