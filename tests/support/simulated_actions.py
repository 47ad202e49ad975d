"""What may happen in a simulation, as data: a history can be written to a file, and repeated."""

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.bounds import check_bounds
from tests.support.faulty_layer import DOUBLE, FORWARD, HOLD, LOSE
from tests.support.history_files import FOLDER, how_to_repeat, write_history
from tests.support.simulation import Simulation
from tests.support.table import BOARD, TABLE, random_event

FAULTS = [FORWARD, LOSE, DOUBLE, HOLD]
WAITS_S = [0.01, 1.0, 11.0, 86_400.0]
MAX_BROWSERS = 4
STEPS = 20
DAY_S = 2.0  # of virtual time; a simulated reconciler for each second of a day would take an hour

Event = dict[str, Any]


class Played:
    """A simulation and the actions that were performed in it; those of a failure are written to a file.

    Args:
        header: the first line of that file, such as the seed.
        name: of the file.
    """

    def __init__(self, simulation: Simulation, header: dict[str, Any], name: str, folder: Path = FOLDER) -> None:
        self.simulation, self.actions = simulation, list[dict[str, Any]]()
        self._header, self._name, self._folder = header, name, folder

    def perform(self, action: str, **arguments: Any) -> None:
        """Perform an action, and then check that every browser that can has the store's state."""
        self.actions.append({"action": action, **arguments})
        step = getattr(self, f"_{action}")(**arguments)
        self._guarded(lambda: self.simulation.run(step))
        self._guarded(self._check_bounds)

    def finish(self) -> None:
        """Reconnect everything, and check the six guarantees, and that nothing was lost or applied twice."""
        self._guarded(self.simulation.check)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as exc:
            header = {**self._header, "violation": f"{type(exc).__name__}: {exc}"}
            path = write_history(self._name, header, self.actions, self._folder)
            exc.add_note(f"seed {self._header.get('seed')}; step by step: {how_to_repeat(path)}")
            raise

    def _check_bounds(self, now: float = 0.0) -> None:
        check_bounds(self.simulation.store.since(dict.fromkeys(BOARD)), TABLE, now)

    # actions

    async def _open(self, process: int) -> None:
        await self.simulation.open(self.simulation.browser(), process)

    async def _publish(self, process: int, events: list[Event], faults: Sequence[str] = ()) -> None:
        self.simulation.faults.extend(faults)
        await self.simulation.publish(process, process, events)

    async def _publish_on_both(
        self, first: list[list[Event]], second: list[list[Event]], faults: Sequence[str]
    ) -> None:
        async def one(process: int, messages: list[list[Event]]) -> None:
            for events in messages:
                await self.simulation.publish(process, process, events)

        self.simulation.faults.extend(faults)
        await asyncio.gather(one(0, first), one(1, second))

    async def _be_cut_off(self, producer: int, process: int, events: list[Event]) -> None:
        await self.simulation.publish_and_be_cut_off(producer, process, events)

    async def _publish_and_kill(self, process: int, events: list[Event], is_early: bool) -> None:
        await self.simulation.publish_and_be_cut_off(process, process, events)
        await asyncio.sleep(0.001 if is_early else 0.003)  # before the commit, or after it
        await self.simulation.kill(process)

    async def _join_while_the_other_publishes(self, process: int, events: list[Event]) -> None:
        await asyncio.gather(self._open(process), self.simulation.publish(0, 1 - process, events))

    async def _leave_or_come_back(self, browser: int, process: int, forgets: bool) -> None:
        chosen = self.simulation.browsers[browser]
        await (chosen.close() if chosen.is_open else self.simulation.open(chosen, process, forgets))

    async def _stall_or_go_on(self, browser: int, reads: bool) -> None:
        chosen = self.simulation.browsers[browser]
        if chosen.acks and chosen.reads.is_set():
            chosen.acks = reads
            if reads:
                chosen.reads.clear()
            return
        chosen.reads.set()
        if not chosen.acks:
            chosen.acks = True
            if chosen.is_open:
                chosen.ack()

    async def _request_pace(self, browser: int, max_per_s: float | None) -> None:
        chosen = self.simulation.browsers[browser]
        if chosen.is_open:
            chosen.request_pace(max_per_s)

    async def _restart(self, process: int, drained: bool) -> None:
        await self.simulation.kill(process, drained)

    async def _release(self) -> None:
        await self.simulation.network.release()

    async def _remove(self, keyspace: str, index: int) -> None:
        entries = self.simulation.store.since({keyspace: None})[keyspace].entries
        if index < len(entries):
            self.simulation.store.delete(f"{keyspace}:{entries[index].key}")

    async def _clear(self, keyspace: str) -> None:
        self.simulation.store.reset(keyspace)

    async def _wait(self, seconds: float) -> None:
        if seconds > 60:
            self.simulation.started += seconds
            seconds = DAY_S
        await asyncio.sleep(seconds)
        if seconds >= DAY_S and any(browser.is_open for browser in self.simulation.browsers):
            self._check_bounds(self.simulation.started + self.simulation.loop.time() - DAY_S)  # it is swept each second


def play_seed(seed: int, simulation: Simulation, store: str = "sqlite", folder: Path = FOLDER) -> Played:
    """Play the random history of a seed."""
    rng = random.Random(seed)
    played = Played(simulation, {"kind": "simulated", "store": store, "seed": seed}, f"seed {store} {seed}", folder)
    try:
        played.perform("open", process=rng.randrange(2))
        for _ in range(STEPS):
            played.perform(**random_action(rng, len(simulation.browsers)))
        played.finish()
    finally:
        simulation.close()
    return played


def random_action(rng: random.Random, browsers: int) -> dict[str, Any]:
    """Return an action; there is at least one browser."""
    process = rng.randrange(2)

    def events() -> list[Event]:
        return [random_event(rng) for _ in range(rng.randint(1, 6))]

    def burst() -> list[list[Event]]:
        return [events() for _ in range(rng.randint(1, 5))]

    def faults() -> list[str]:
        return rng.choices(FAULTS, k=rng.randrange(5))

    browser = rng.randrange(browsers)
    joins = 2 if browsers < MAX_BROWSERS else 0
    choices: list[tuple[int, str, Callable[[], dict[str, Any]]]] = [
        (5, "publish", lambda: {"process": process, "events": events(), "faults": faults()}),
        (3, "publish_on_both", lambda: {"first": burst(), "second": burst(), "faults": faults()}),
        (1, "be_cut_off", lambda: {"producer": rng.randrange(2), "process": process, "events": events()}),
        (1, "publish_and_kill", lambda: {"process": process, "events": events(), "is_early": rng.random() < 0.5}),
        (joins, "join_while_the_other_publishes", lambda: {"process": process, "events": events()}),
        (5, "leave_or_come_back", lambda: {"browser": browser, "process": process, "forgets": rng.random() < 0.2}),
        (3, "stall_or_go_on", lambda: {"browser": browser, "reads": rng.random() < 0.5}),
        (1, "request_pace", lambda: {"browser": browser, "max_per_s": rng.choice([1.0, 10.0, None])}),
        (1, "restart", lambda: {"process": process, "drained": rng.random() < 0.5}),
        (1, "release", dict),
        (2, "remove", lambda: {"keyspace": rng.choice(BOARD), "index": rng.randrange(3)}),
        (1, "clear", lambda: {"keyspace": rng.choice(BOARD)}),
        (2, "wait", lambda: {"seconds": rng.choice(WAITS_S)}),
    ]
    (_, name, arguments), *_ = rng.choices(choices, [weight for weight, _, _ in choices])
    return {"action": name, **arguments()}
