"""Several processes on one store, a layer with faults between them, and browsers, all on virtual time.

What is real: store, publisher, pacing, fan-out, reconciler, drain and consumers. What is simulated: the layer,
the clock, what becomes of a process that is killed, and how long the store takes.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from broadcast import runtime as runtime_module
from broadcast.stores.base import StickyCache
from broadcast.testing.guarantees import check_all
from broadcast.types import Cursor
from tests.support.faulty_layer import FORWARD, Network
from tests.support.picture import picture_of
from tests.support.processes import Notifications, Process, owned, owner
from tests.support.table import BOARD, LOG
from tests.support.virtual_time import VirtualLoop
from tests.support.world import Browser

NOW = 1_790_000_000.0
HOUR_S = 3600.0
POLL_S = 0.005  # of virtual time at first, then twice as long; each poll of Redis is a round trip in real time
REPAIRED_S = 5.0  # in which every browser must recover what a layer lost


class Producer:
    """Sends numbered messages, and resends each until it is acknowledged, as the client library does."""

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
    """Processes, browsers and producers. Steps are coroutines, which `run` runs one at a time.

    There is one process per entry of `skews_s`, which is how far its clock is ahead. With `on_one_file`, the layer does
    not reach other processes, and the faults are those of the store's notifications.
    """

    def __init__(
        self,
        make_store: Callable[[], StickyCache],
        skews_s: Sequence[float] = (0.0, HOUR_S),
        *,
        on_one_file: bool = False,
    ) -> None:
        self.loop = VirtualLoop()
        self.faults: deque[str] = deque()  # of the next messages
        self.network = Network(iter(lambda: self.faults.popleft() if self.faults else FORWARD, None))
        self.notifications = Notifications(self.network) if on_one_file else None
        self.started = NOW
        self.make_store, self.history = make_store, {}
        self.skews_s = skews_s
        self._marks = 0
        self.loop.set_task_factory(owned)
        asyncio.set_event_loop(self.loop)
        self.processes = [self._new_process(skew_s) for skew_s in self.skews_s]
        runtime_module._runtimes[self.loop] = self.processes[0].runtime
        self.store = self.processes[0].store
        self.browsers: list[Browser] = []
        self.producers = [Producer("one"), Producer("two")]

    def _new_process(self, skew_s: float) -> Process:
        store = self.make_store()
        store.notes.history, store.notifications = self.history, self.notifications  # type: ignore[attr-defined]
        store.clock = lambda: self.started + self.loop.time() + skew_s  # type: ignore[method-assign]
        return Process(self.network, self.loop, store, on_one_file=self.notifications is not None)

    def run(self, step: Any) -> None:
        """Run a step, and then check that every browser that can has the store's state."""

        async def step_and_look() -> None:
            await step
            await self.settled()
            self.heartbeat()

        self.loop.run_until_complete(step_and_look())

    # possible events

    def browser(self) -> Browser:
        """Return a new browser that is not connected."""
        self.browsers.append(Browser(self.processes[0]))  # type: ignore[arg-type]
        return self.browsers[-1]

    async def open(self, browser: Browser, process: int, forget: bool = False) -> None:
        browser.world = self.processes[process]  # type: ignore[assignment]
        token = owner.set(self.processes[process])
        browser.open(forget)
        owner.reset(token)

    async def publish(self, producer: int, process: int, events: list[dict[str, Any]]) -> None:
        """Send until it is acknowledged; a message that was cut off before is resent first, with its number."""
        sender = self.producers[producer]
        if sender.unacknowledged is not None:
            await self._send(sender, process)
        self._marks += 1
        sender.number(events, self._marks)
        await self._send(sender, process)

    async def publish_and_be_cut_off(self, producer: int, process: int, events: list[dict[str, Any]]) -> None:
        """Send, and receive no acknowledgement."""
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
        """Kill or drain a process and start another one; its browsers are disconnected."""
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

    # checks

    def heads(self) -> dict[str, Cursor]:
        return {name: head for name, head in self.store.heads().items() if name in BOARD}

    async def settled(self) -> None:
        """Wait until every browser that reads and acknowledges has the store's state, within `REPAIRED_S`."""
        for browser in self.browsers:
            if browser.is_open and browser.acks and browser.reads.is_set():
                # An expiry is a change, so the heads may advance meanwhile.
                await self._until_current(browser)
                truth = picture_of(self.store.since(dict.fromkeys(BOARD))).contents()
                shown, wanted = written(browser.picture.contents()), written(truth)
                assert shown == wanted, f"a browser has {shown}, but the store {wanted}"

    def heartbeat(self) -> None:
        """Send a heartbeat to every browser that has no other send in progress; `check_all` compares its digests."""
        for process in self.processes:
            token = owner.set(process)
            process.runtime.fanout_of("main").heartbeat()
            owner.reset(token)

    async def _until_current(self, browser: Browser) -> None:
        deadline, wait_s = self.loop.time() + REPAIRED_S, POLL_S
        while not browser.has(self.heads()):
            assert self.loop.time() < deadline, f"a browser has not the store's heads within {REPAIRED_S} s"
            await asyncio.sleep(wait_s)
            wait_s *= 2

    def check(self) -> None:
        """Reconnect and acknowledge everything; check the six guarantees, and that nothing was lost or duplicated."""
        self.loop.run_until_complete(self._reconnect_all())
        for browser in self.browsers:
            check_all(browser.transcript, self.history)
        stored = self.store.since({LOG.name: None})[LOG.name].entries
        ids = [json.loads(entry.value)["id"] for entry in stored if entry.value]
        assert len(ids) == len(set(ids)), f"applied twice: {ids}"
        for sender in self.producers:
            assert sender.acknowledged <= set(ids), f"lost: {sender.acknowledged - set(ids)}"

    async def _reconnect_all(self) -> None:
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
        """Stop everything, in any state."""

        async def end() -> None:
            for process in self.processes:
                await process.kill()

        try:
            self.loop.run_until_complete(end())
        finally:
            runtime_module._runtimes.pop(self.loop, None)
            asyncio.set_event_loop(None)
            self.loop.close()


def written(contents: dict[str, Any]) -> dict[str, Any]:
    """Return the contents of the keyspaces that were written."""
    return {name: shown for name, shown in contents.items() if shown[0][1]}
