"""Periodic comparisons, sweeps and heartbeats."""

import asyncio
import threading

import pytest

from broadcast.conf import Settings
from broadcast.delivery.reconcile import Reconciler
from broadcast.errors import StoreUnavailable
from tests.support.server import until

OFTEN, NEVER = 0.001, 3600.0


class Store:
    def __init__(self) -> None:
        self.listeners: set = set()
        self.subscriptions: list[Subscription] = []
        self.notify = lambda heads: None

    def subscribe(self, take) -> "Subscription":
        self.notify = take
        self.subscriptions.append(Subscription())
        return self.subscriptions[-1]


class Subscription:
    def __init__(self) -> None:
        self.intact, self.is_closed = True, False
        self.failure: Exception | None = None

    def is_intact(self) -> bool:
        if self.failure:
            raise self.failure
        return self.intact

    def close(self) -> None:
        self.is_closed = True


class Publisher:
    def __init__(self) -> None:
        self.sweeps = 0

    async def sweep(self) -> None:
        self.sweeps += 1


class Subscriber:
    """A board whose store answers while `answers` is set."""

    def __init__(self) -> None:
        self.compared = self.heartbeats = 0
        self.committed: list = []
        self.failure: Exception | None = None
        self.answers = asyncio.Event()
        self.answers.set()

    def __len__(self) -> int:
        return 1

    async def reconcile(self) -> None:
        await self.answers.wait()
        if self.failure:
            raise self.failure
        self.compared += 1

    def heartbeat(self) -> None:
        self.heartbeats += 1

    def on_commit(self, heads) -> None:
        self.committed.append(heads)


class Bench:
    def __init__(self) -> None:
        self.now = 100.0
        self.store, self.publisher = Store(), Publisher()
        self.subscribers: list[Subscriber] = []

    def start(self, heads_s: float, store_s: float = 5.0) -> Subscriber:
        conf = Settings(HEADS_S=heads_s, HEARTBEAT_S=15.0)
        self.reconciler = Reconciler(self.store, self.publisher, conf, lambda: self.now, store_s)  # type: ignore[arg-type]
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
    bench.reconciler.stop()
    for subscriber in bench.subscribers:
        bench.reconciler.leave(subscriber)
    await until(lambda: not bench.store.listeners, 5)


async def test_every_board_is_compared_repeatedly(bench):
    first, second = bench.start(OFTEN), bench.join()
    await until(lambda: min(first.compared, second.compared) >= 3, 5)
    assert len(bench.reconciler) == 2


async def test_a_board_that_left_is_not_compared(bench):
    gone, stays = bench.start(OFTEN), bench.join()
    await until(lambda: gone.compared, 5)
    bench.reconciler.leave(gone)
    before, so_far = gone.compared, stays.compared
    await until(lambda: stays.compared >= so_far + 2, 5)
    assert gone.compared <= before + 1


async def test_expired_entries_are_removed_by_the_clock(bench):
    subscriber = bench.start(OFTEN)
    await until(lambda: subscriber.compared >= 3, 5)
    assert bench.publisher.sweeps >= subscriber.compared


async def test_expired_entries_are_removed_without_browsers(bench):
    bench.reconciler = Reconciler(bench.store, bench.publisher, Settings(HEADS_S=OFTEN))
    bench.reconciler.start()
    await until(lambda: bench.publisher.sweeps >= 3, 5)
    subscriber = bench.join()
    bench.reconciler.leave(subscriber)
    task = bench.reconciler._task
    assert task is not None
    bench.reconciler.stop()
    await until(task.done, 5)


async def test_a_failure_of_any_kind_ends_nothing(bench, caplog):
    subscriber = bench.start(OFTEN)
    for failure in (StoreUnavailable("full"), ZeroDivisionError("by zero")):
        subscriber.failure = failure
        await until(lambda failure=failure: str(failure) in caplog.text, 5)
    bench.now += 15.0
    await until(lambda: subscriber.heartbeats, 5)
    subscriber.failure, before = None, subscriber.compared
    await until(lambda: subscriber.compared > before, 5)


async def test_a_slow_board_delays_no_other_and_no_heartbeat(bench, caplog):
    slow, quick = bench.start(OFTEN, store_s=0.01), bench.join()
    slow.answers.clear()
    await until(lambda: quick.compared >= 3, 5)
    bench.now += 15.0
    await until(lambda: slow.heartbeats, 5)
    assert "in time" in caplog.text
    slow.answers.set()
    await until(lambda: slow.compared, 5)


async def test_a_change_made_elsewhere_is_reported_from_any_thread(bench):
    subscriber = bench.start(NEVER)
    await bench.listening()
    for count in (1, 2):
        for listener in list(bench.store.listeners):
            thread = threading.Thread(target=listener)
            thread.start()
            thread.join()
        await until(lambda count=count: subscriber.compared == count, 5)


async def test_boards_hear_of_other_processes_while_there_are_any(bench):
    first, second = bench.start(NEVER), bench.join()
    bench.store.notify("heads")
    assert (first.committed, second.committed) == (["heads"], ["heads"])
    bench.reconciler.leave(first)
    bench.store.notify(None)
    assert (first.committed, second.committed) == (["heads"], ["heads", None])
    (subscription,) = bench.store.subscriptions
    assert not subscription.is_closed
    bench.reconciler.leave(second)
    assert subscription.is_closed


async def test_it_subscribes_again_if_it_would_hear_nothing(bench):
    bench.start(OFTEN)
    (subscription,) = bench.store.subscriptions
    subscription.intact = False
    await until(lambda: len(bench.store.subscriptions) == 2, 5)
    assert [each.is_closed for each in bench.store.subscriptions] == [True, False]


async def test_a_fault_of_notifications_ends_nothing(bench, caplog):
    subscriber, second = bench.start(OFTEN), bench.join()
    await bench.listening()
    bench.store.subscriptions[0].failure = PermissionError("denied")
    bench.now += 15.0
    await until(lambda: subscriber.compared >= 3 and subscriber.heartbeats, 5)
    bench.reconciler.leave(second)
    assert "denied" in caplog.text


async def test_nothing_is_compared_before_its_time(bench):
    subscriber = bench.start(NEVER)
    await bench.listening()
    for _ in range(20):
        await asyncio.sleep(0)
    assert subscriber.compared == 0


async def test_it_sends_heartbeats(bench):
    subscriber = bench.start(OFTEN)
    for count in range(3):
        compared = subscriber.compared
        await until(lambda compared=compared: subscriber.compared >= compared + 3, 5)
        assert subscriber.heartbeats == count
        bench.now += 15.0
        await until(lambda count=count: subscriber.heartbeats == count + 1, 5)


async def test_it_stops_with_the_last_watcher(bench):
    first, second = bench.start(OFTEN), bench.join()
    await bench.listening()
    task = bench.reconciler._task
    bench.reconciler.leave(first)
    assert bench.reconciler._task is task
    bench.reconciler.leave(second)
    bench.reconciler.leave(second)
    await until(task.done, 5)
    assert (bench.store.listeners, len(bench.reconciler)) == (set(), 0)


async def test_it_starts_again_with_the_next_watcher(bench):
    bench.reconciler_left = bench.start(OFTEN)
    bench.reconciler.leave(bench.reconciler_left)
    subscriber = bench.join()
    await until(lambda: subscriber.compared, 5)
    assert len(bench.store.listeners) == 1


async def test_a_listener_that_outlives_its_loop_says_nothing():
    store = Store()
    remaining = []

    def watch_and_vanish() -> None:
        async def watch() -> None:
            reconciler = Reconciler(store, Publisher(), Settings(HEADS_S=NEVER))
            reconciler.join(Subscriber())
            await until(lambda: store.listeners, 5)
            remaining.extend(store.listeners)

        asyncio.run(watch())

    thread = threading.Thread(target=watch_and_vanish)
    thread.start()
    await until(lambda: not thread.is_alive(), 5)
    remaining[0]()


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
