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


class Process:
    """A reconciler between a store, a publisher and boards that record what it asks of them."""

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
async def process():
    process = Process()
    yield process
    process.reconciler.stop()
    for subscriber in process.subscribers:
        process.reconciler.leave(subscriber)
    await until(lambda: not process.store.listeners, 5)


async def test_every_board_is_compared_repeatedly(process):
    first, second = process.start(OFTEN), process.join()
    await until(lambda: min(first.compared, second.compared) >= 3, 5)
    assert len(process.reconciler) == 2


async def test_a_board_that_left_is_not_compared(process):
    gone, stays = process.start(OFTEN), process.join()
    await until(lambda: gone.compared, 5)
    process.reconciler.leave(gone)
    before, so_far = gone.compared, stays.compared
    await until(lambda: stays.compared >= so_far + 2, 5)
    assert gone.compared <= before + 1


async def test_expired_entries_are_removed_by_the_clock(process):
    subscriber = process.start(OFTEN)
    await until(lambda: subscriber.compared >= 3, 5)
    assert process.publisher.sweeps >= subscriber.compared


async def test_expired_entries_are_removed_without_browsers(process):
    process.reconciler = Reconciler(process.store, process.publisher, Settings(HEADS_S=OFTEN))
    process.reconciler.start()
    await until(lambda: process.publisher.sweeps >= 3, 5)
    subscriber = process.join()
    process.reconciler.leave(subscriber)
    task = process.reconciler._task
    assert task is not None
    process.reconciler.stop()
    await until(task.done, 5)


async def test_a_failure_of_any_kind_ends_nothing(process, caplog):
    subscriber = process.start(OFTEN)
    for failure in (StoreUnavailable("full"), ZeroDivisionError("by zero")):
        subscriber.failure = failure
        await until(lambda failure=failure: str(failure) in caplog.text, 5)
    process.now += 15.0
    await until(lambda: subscriber.heartbeats, 5)
    subscriber.failure, before = None, subscriber.compared
    await until(lambda: subscriber.compared > before, 5)


async def test_a_slow_board_delays_no_other_and_no_heartbeat(process, caplog):
    slow, quick = process.start(OFTEN, store_s=0.01), process.join()
    slow.answers.clear()
    await until(lambda: quick.compared >= 3, 5)
    process.now += 15.0
    await until(lambda: slow.heartbeats, 5)
    assert "in time" in caplog.text
    slow.answers.set()
    await until(lambda: slow.compared, 5)


async def test_a_change_made_elsewhere_is_reported_from_any_thread(process):
    subscriber = process.start(NEVER)
    await process.listening()
    for count in (1, 2):
        for listener in list(process.store.listeners):
            thread = threading.Thread(target=listener)
            thread.start()
            thread.join()
        await until(lambda count=count: subscriber.committed == [None] * count, 5)


async def test_boards_hear_of_other_processes_while_there_are_any(process):
    first, second = process.start(NEVER), process.join()
    process.store.notify("heads")
    assert (first.committed, second.committed) == (["heads"], ["heads"])
    process.reconciler.leave(first)
    process.store.notify(None)
    assert (first.committed, second.committed) == (["heads"], ["heads", None])
    (subscription,) = process.store.subscriptions
    assert not subscription.is_closed
    process.reconciler.leave(second)
    assert subscription.is_closed


async def test_it_subscribes_again_if_it_would_hear_nothing(process):
    process.start(OFTEN)
    (subscription,) = process.store.subscriptions
    subscription.intact = False
    await until(lambda: len(process.store.subscriptions) == 2, 5)
    assert [each.is_closed for each in process.store.subscriptions] == [True, False]


async def test_a_fault_of_notifications_ends_nothing(process, caplog):
    subscriber, second = process.start(OFTEN), process.join()
    await process.listening()
    process.store.subscriptions[0].failure = PermissionError("denied")
    process.now += 15.0
    await until(lambda: subscriber.compared >= 3 and subscriber.heartbeats, 5)
    process.reconciler.leave(second)
    assert "denied" in caplog.text


async def test_nothing_is_compared_before_its_time(process):
    subscriber = process.start(NEVER)
    await process.listening()
    for _ in range(20):
        await asyncio.sleep(0)
    assert subscriber.compared == 0


async def test_it_sends_heartbeats(process):
    subscriber = process.start(OFTEN)
    for count in range(3):
        compared = subscriber.compared
        await until(lambda compared=compared: subscriber.compared >= compared + 3, 5)
        assert subscriber.heartbeats == count
        process.now += 15.0
        await until(lambda count=count: subscriber.heartbeats == count + 1, 5)


async def test_it_stops_with_the_last_watcher(process):
    first, second = process.start(OFTEN), process.join()
    await process.listening()
    task = process.reconciler._task
    process.reconciler.leave(first)
    assert process.reconciler._task is task
    process.reconciler.leave(second)
    process.reconciler.leave(second)
    await until(task.done, 5)
    assert (process.store.listeners, len(process.reconciler)) == (set(), 0)


async def test_it_starts_again_with_the_next_watcher(process):
    process.reconciler_left = process.start(OFTEN)
    process.reconciler.leave(process.reconciler_left)
    subscriber = process.join()
    await until(lambda: subscriber.compared, 5)
    assert len(process.store.listeners) == 1


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
async def test_it_stops_with_the_last_fanout_even_during_a_change(process, steps):
    subscriber = process.start(NEVER)
    await process.listening()
    for changed in list(process.store.listeners):
        changed()
    for _ in range(steps):
        await asyncio.sleep(0)
    process.reconciler.leave(subscriber)
    await until(lambda: not process.store.listeners, 2)
