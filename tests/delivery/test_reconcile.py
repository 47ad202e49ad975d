"""Periodic comparisons and heartbeats."""

import asyncio
import json
import threading

import pytest

from broadcast.conf import Settings
from broadcast.delivery.reconcile import Reconciler
from broadcast.errors import StoreUnavailable
from broadcast.types import Cursor
from tests.support.server import until

OFTEN, NEVER = 0.001, 3600.0
HEADS = {"keyed": Cursor("abc", 3), "_probe": Cursor("def", 9)}


class Store:
    """The heads and listeners of a store, and nothing else."""

    def __init__(self) -> None:
        self.listeners: set = set()
        self.asked = 0
        self.failure: Exception | None = None
        self.answers = asyncio.Event()
        self.answers.set()

    async def aheads(self) -> dict[str, Cursor]:
        self.asked += 1
        await self.answers.wait()
        if self.failure:
            raise self.failure
        return HEADS


class Sweeper:
    tick_s = 0.5

    def __init__(self) -> None:
        self.swept = 0

    async def sweep(self) -> None:
        self.swept += 1


class Subscriber:
    def __init__(self, *keyspaces: str) -> None:
        self.keyspaces = frozenset(keyspaces or ["keyed"])
        self.heads: list[dict[str, Cursor]] = []
        self.heartbeats: list[dict] = []

    def __len__(self) -> int:
        return 1

    def on_heads(self, heads: dict[str, Cursor]) -> None:
        self.heads.append(heads)

    def on_heartbeat(self, text: str) -> None:
        self.heartbeats.append(json.loads(text))


class Bench:
    def __init__(self) -> None:
        self.now = 100.0
        self.store, self.sweeper = Store(), Sweeper()
        self.subscribers: list[Subscriber] = []
        self.paused: list[tuple[float, int]] = []

    async def pause(self, seconds: float) -> None:
        self.paused.append((seconds, sum(len(subscriber.heads) for subscriber in self.subscribers)))

    def start(self, heads_s: float) -> Subscriber:
        conf = Settings(HEADS_S=heads_s, HEARTBEAT_S=15.0)
        self.reconciler = Reconciler(self.store, self.sweeper, conf, lambda: self.now, self.pause)
        return self.join()

    def join(self) -> Subscriber:
        self.subscribers.append(Subscriber())
        self.reconciler.join(self.subscribers[-1])
        return self.subscribers[-1]

    async def listening(self) -> None:
        await until(lambda: self.store.listeners, 5)


@pytest.fixture
async def bench():
    bench = Bench()
    yield bench
    for subscriber in bench.subscribers:
        bench.reconciler.leave(subscriber)
    await until(lambda: not bench.store.listeners, 5)


async def test_heads_are_sent_repeatedly(bench):
    subscriber = bench.start(OFTEN)
    await until(lambda: len(subscriber.heads) >= 3, 5)
    assert subscriber.heads[0] == HEADS


async def test_every_watcher_gets_the_heads(bench):
    first, second = bench.start(OFTEN), bench.join()
    await until(lambda: first.heads and second.heads, 5)
    assert len(bench.reconciler) == 2


async def test_a_watcher_that_left_gets_no_heads(bench):
    gone, stays = bench.start(OFTEN), bench.join()
    await until(lambda: gone.heads, 5)
    bench.reconciler.leave(gone)
    before, so_far = len(gone.heads), len(stays.heads)
    await until(lambda: len(stays.heads) >= so_far + 2, 5)
    assert len(gone.heads) == before


async def test_the_store_is_swept_before_its_heads_are_read(bench):
    subscriber = bench.start(OFTEN)
    await until(lambda: subscriber.heads, 5)
    assert bench.sweeper.swept >= bench.store.asked


async def test_updates_of_heads_that_were_read_have_time_to_arrive(bench):
    subscriber = bench.start(OFTEN)
    await until(lambda: len(subscriber.heads) >= 2, 5)
    assert bench.paused[:2] == [(4 * Sweeper.tick_s, 0), (4 * Sweeper.tick_s, 1)]


async def test_a_failure_of_any_kind_ends_no_pulse(bench, caplog):
    subscriber = bench.start(OFTEN)
    await until(lambda: subscriber.heads, 5)
    bench.store.failure = ZeroDivisionError("by zero")
    bench.now += 15.0
    await until(lambda: subscriber.heartbeats, 5)
    bench.store.failure = None
    before = len(subscriber.heads)
    await until(lambda: len(subscriber.heads) > before, 5)
    assert "by zero" in caplog.text


async def test_an_unresponsive_store_does_not_delay_heartbeats(bench, monkeypatch, caplog):
    monkeypatch.setattr("broadcast.delivery.reconcile.STORE_S", 0.01)
    bench.store.answers.clear()
    subscriber = bench.start(OFTEN)
    await until(lambda: bench.store.asked, 5)
    bench.now += 15.0
    await until(lambda: subscriber.heartbeats, 5)
    assert subscriber.heartbeats[0]["heads"] == {}
    assert "in time" in caplog.text
    bench.store.answers.set()
    await until(lambda: subscriber.heads, 5)


async def test_a_very_slow_store_does_not_delay_heartbeats(bench):
    bench.sweeper.tick_s = 10.0
    subscriber = bench.start(OFTEN)
    await until(lambda: subscriber.heads, 5)
    assert bench.paused[0] == (7.5, 0)  # half of the time between two heartbeats


async def test_a_change_made_elsewhere_is_reported_from_any_thread(bench):
    subscriber = bench.start(NEVER)
    await bench.listening()
    for count in (1, 2):
        for listener in list(bench.store.listeners):
            thread = threading.Thread(target=listener)
            thread.start()
            thread.join()
        await until(lambda count=count: len(subscriber.heads) == count, 5)


async def test_nothing_is_sent_before_its_time(bench):
    subscriber = bench.start(NEVER)
    await bench.listening()
    for _ in range(20):
        await asyncio.sleep(0)
    assert (subscriber.heads, bench.store.asked) == ([], 0)


async def test_it_sends_heartbeats_with_the_boards_heads(bench):
    subscriber = bench.start(OFTEN)
    for count in range(3):
        asked = bench.store.asked
        await until(lambda asked=asked: bench.store.asked >= asked + 3, 5)
        assert len(subscriber.heartbeats) == count
        bench.now += 15.0
        await until(lambda count=count: len(subscriber.heartbeats) == count + 1, 5)
    assert (subscriber.heartbeats[0]["op"], subscriber.heartbeats[0]["heads"]) == ("heartbeat", {"keyed": ["abc", 3]})


async def test_a_failing_store_costs_no_heartbeat(bench):
    bench.store.failure = StoreUnavailable("full")
    subscriber = bench.start(OFTEN)
    await until(lambda: bench.store.asked, 5)
    bench.now += 15.0
    await until(lambda: subscriber.heartbeats, 5)
    assert (subscriber.heartbeats[0]["heads"], subscriber.heads) == ({}, [])


async def test_it_tells_heads_again_once_the_store_is_well(bench):
    bench.store.failure = StoreUnavailable("full")
    subscriber = bench.start(OFTEN)
    await until(lambda: bench.store.asked >= 3, 5)
    assert subscriber.heads == []
    bench.store.failure = None
    await until(lambda: subscriber.heads, 5)


async def test_it_stops_with_the_last_watcher(bench):
    first, second = bench.start(OFTEN), bench.join()
    await bench.listening()
    task = bench.reconciler._task
    bench.reconciler.leave(first)
    assert bench.reconciler._task is task
    bench.reconciler.leave(second)
    await until(task.done, 5)
    assert (bench.store.listeners, len(bench.reconciler)) == (set(), 0)


async def test_it_starts_again_with_the_next_watcher(bench):
    bench.pulse_left = bench.start(OFTEN)
    bench.reconciler.leave(bench.pulse_left)
    subscriber = bench.join()
    await until(lambda: subscriber.heads, 5)
    assert len(bench.store.listeners) == 1


async def test_leaving_twice_is_harmless(bench):
    subscriber = bench.start(OFTEN)
    bench.reconciler.leave(subscriber)
    bench.reconciler.leave(subscriber)
    assert len(bench.reconciler) == 0


async def test_a_listener_that_outlives_its_loop_says_nothing():
    store = Store()
    kept = []

    def watch_and_vanish() -> None:
        async def watch() -> None:
            reconciler = Reconciler(store, Sweeper(), Settings(HEADS_S=NEVER))
            reconciler.join(Subscriber())
            await until(lambda: store.listeners, 5)
            kept.extend(store.listeners)

        asyncio.run(watch())

    thread = threading.Thread(target=watch_and_vanish)
    thread.start()
    await until(lambda: not thread.is_alive(), 5)
    kept[0]()


async def test_a_board_gets_the_heads_of_its_own_types_only(bench):
    everything, nothing = bench.start(OFTEN), Subscriber("other")
    everything.keyspaces = frozenset(HEADS)
    bench.reconciler.join(nothing)
    await until(lambda: bench.store.asked, 5)
    bench.now += 15.0
    await until(lambda: everything.heartbeats and nothing.heartbeats, 5)
    assert set(everything.heartbeats[0]["heads"]) == set(HEADS)
    assert nothing.heartbeats[0]["heads"] == {}
    bench.reconciler.leave(nothing)


@pytest.mark.parametrize("steps", range(8))
async def test_it_stops_with_the_last_fanout_even_during_a_change(bench, steps):
    subscriber = bench.start(NEVER)
    await bench.listening()
    for changed in list(bench.store.listeners):
        changed()
    for _ in range(steps):
        await asyncio.sleep(0)
    bench.reconciler.leave(subscriber)
    await until(lambda: not bench.store.listeners, 2)
