"""Periodic comparisons and heartbeats."""

import asyncio
import json
import threading

import pytest

from broadcast.delivery.reconcile import MAX_TICKS_IN_TRANSIT, STORE_S
from broadcast.errors import StoreUnavailable
from broadcast.types import Batch, Bounds, Cursor, Write
from tests.support.bench import TICK_S, Bench, Recipient
from tests.support.server import until
from tests.support.table import TABLE

pytestmark = pytest.mark.virtual_time

OFTEN, NEVER, HEARTBEAT_S = 0.001, 3600.0, 15.0
IN_TRANSIT_S = MAX_TICKS_IN_TRANSIT * TICK_S


@pytest.fixture
async def start(make_bench):
    """Makes a bench with one recipient that is compared with the store each `heads_s`."""
    benches: list[Bench] = []

    def started(heads_s: float, table=None, **given) -> tuple[Bench, Recipient]:
        table = table or {"keyed": TABLE["keyed"]}
        bench = make_bench(table, HEADS_S=heads_s, HEARTBEAT_S=HEARTBEAT_S, **given)
        bench.store.apply([Batch("keyed", Bounds(max_keys=9), [Write("a", value="1")])])
        benches.append(bench)
        return bench, join(bench)

    yield started
    for bench in benches:
        for recipient in bench.recipients:
            bench.reconciler.leave(recipient)
        await until(lambda bench=bench: not bench.store.listeners, 5)


def join(bench: Bench, *keyspaces: str) -> Recipient:
    bench.recipients.append(Recipient(keyspaces=keyspaces or ("keyed",)))
    bench.reconciler.join(bench.recipients[-1])
    return bench.recipients[-1]


async def listening(bench: Bench) -> None:
    await until(lambda: bench.store.listeners, 5)


def heads_in(heartbeat: str) -> dict[str, Cursor]:
    message = json.loads(heartbeat)
    assert message["op"] == "heartbeat"
    return {name: Cursor(*head) for name, head in message["heads"].items()}


async def test_heads_are_sent_repeatedly(start):
    bench, recipient = start(OFTEN)
    await until(lambda: len(recipient.heads) >= 3, 5)
    assert recipient.heads[0] == bench.store.heads()


async def test_every_watcher_gets_the_heads(start):
    bench, first = start(OFTEN)
    second = join(bench)
    await until(lambda: first.heads and second.heads, 5)
    assert len(bench.reconciler) == 2


async def test_a_watcher_that_left_gets_no_heads(start):
    bench, gone = start(OFTEN)
    stays = join(bench)
    await until(lambda: gone.heads, 5)
    bench.reconciler.leave(gone)
    before, so_far = len(gone.heads), len(stays.heads)
    await until(lambda: len(stays.heads) >= so_far + 2, 5)
    assert len(gone.heads) == before


async def test_the_store_is_swept_before_its_heads_are_read(start):
    bench, recipient = start(OFTEN, table=TABLE)
    await until(lambda: recipient.heads, 5)
    assert bench.did[:2] == ["apply", "heads"]


async def test_updates_of_heads_that_were_read_have_time_to_arrive(start):
    bench, recipient = start(OFTEN)
    await until(lambda: len(recipient.heads) >= 2, 5)
    assert bench.did[:4] == ["heads", IN_TRANSIT_S, "heads", IN_TRANSIT_S]


async def test_the_wait_is_over_before_heads_are_compared(start):
    bench, recipient = start(OFTEN)
    recipient.on_heads = lambda heads: bench.did.append("compared")
    await until(lambda: "compared" in bench.did, 5)
    assert bench.did[:3] == ["heads", IN_TRANSIT_S, "compared"]


async def test_a_failure_of_any_kind_ends_no_pulse(start, caplog):
    bench, recipient = start(OFTEN)
    await until(lambda: recipient.heads, 5)
    bench.store.failures.append(ZeroDivisionError("by zero"))
    await until(lambda: "by zero" in caplog.text, 5)
    bench.now += HEARTBEAT_S
    before = len(recipient.heads)
    await until(lambda: recipient.heartbeats and len(recipient.heads) > before, 5)


async def test_an_unresponsive_store_does_not_delay_heartbeats(start, caplog):
    bench, recipient = start(OFTEN)
    bench.store.gate.clear()
    await until(lambda: bench.store.reads, 5)
    bench.now += HEARTBEAT_S
    await until(lambda: recipient.heartbeats, STORE_S + 1)
    assert heads_in(recipient.heartbeats[0]) == {}
    assert "in time" in caplog.text
    bench.store.gate.set()
    await until(lambda: recipient.heads, 5)


async def test_a_very_slow_store_does_not_delay_heartbeats(start):
    bench, recipient = start(OFTEN, TICK_S=10.0)
    await until(lambda: recipient.heads, 5)
    assert bench.did[1] == HEARTBEAT_S / 2


async def test_a_change_made_elsewhere_is_reported_from_any_thread(start):
    bench, recipient = start(NEVER)
    await listening(bench)
    for count in (1, 2):
        for listener in list(bench.store.listeners):
            thread = threading.Thread(target=listener)
            thread.start()
            thread.join()
        await until(lambda count=count: len(recipient.heads) == count, 5)


async def test_nothing_is_sent_before_its_time(start):
    bench, recipient = start(NEVER)
    await listening(bench)
    await asyncio.sleep(0.9 * NEVER)  # on the loop's virtual clock
    assert (recipient.heads, bench.store.reads) == ([], 0)


async def test_it_sends_heartbeats_with_the_boards_heads(start):
    bench, recipient = start(OFTEN)
    for count in range(3):
        reads = bench.store.reads
        await until(lambda reads=reads: bench.store.reads >= reads + 3, 5)
        assert len(recipient.heartbeats) == count
        bench.now += HEARTBEAT_S
        await until(lambda count=count: len(recipient.heartbeats) == count + 1, 5)
    assert heads_in(recipient.heartbeats[0]) == bench.store.heads()


async def test_a_failing_store_costs_no_heartbeat(start):
    bench, recipient = start(OFTEN)
    bench.store.failures.extend([StoreUnavailable("full")] * 1000)
    await until(lambda: bench.store.reads, 5)
    bench.now += HEARTBEAT_S
    await until(lambda: recipient.heartbeats, 5)
    assert (heads_in(recipient.heartbeats[0]), recipient.heads) == ({}, [])


async def test_it_sends_heads_again_once_the_store_is_well(start):
    bench, recipient = start(OFTEN)
    bench.store.failures.extend([StoreUnavailable("full")] * 1000)
    await until(lambda: bench.store.reads >= 3, 5)
    assert recipient.heads == []
    bench.store.failures.clear()
    await until(lambda: recipient.heads, 5)


async def test_it_stops_with_the_last_watcher(start):
    bench, first = start(OFTEN)
    second = join(bench)
    await listening(bench)
    task = bench.reconciler._task
    bench.reconciler.leave(first)
    assert bench.reconciler._task is task
    bench.reconciler.leave(second)
    await until(task.done, 5)
    assert (bench.store.listeners, len(bench.reconciler)) == (set(), 0)


async def test_it_starts_again_with_the_next_watcher(start):
    bench, gone = start(OFTEN)
    bench.reconciler.leave(gone)
    recipient = join(bench)
    await until(lambda: recipient.heads, 5)
    assert len(bench.store.listeners) == 1


async def test_leaving_twice_is_harmless(start):
    bench, recipient = start(OFTEN)
    bench.reconciler.leave(recipient)
    bench.reconciler.leave(recipient)
    assert len(bench.reconciler) == 0


async def test_a_listener_that_outlives_its_loop_does_nothing(make_bench):
    bench = make_bench(HEADS_S=NEVER)
    listeners = []

    async def watch_and_vanish() -> None:
        join(bench)
        await listening(bench)
        listeners.extend(bench.store.listeners)

    thread = threading.Thread(target=asyncio.run, args=[watch_and_vanish()])
    thread.start()
    thread.join()
    listeners[0]()


async def test_a_board_gets_the_heads_of_its_own_types_only(start):
    bench, keyed = start(OFTEN)
    bench.store.apply([Batch("whole", Bounds(max_keys=9), [Write("", value="1")])])
    both, nothing = join(bench, "keyed", "whole"), join(bench, "other")
    await until(lambda: bench.store.reads, 5)
    bench.now += HEARTBEAT_S
    await until(lambda: both.heartbeats and nothing.heartbeats, 5)
    heads = [heads_in(recipient.heartbeats[0]).keys() for recipient in (keyed, both, nothing)]
    assert heads == [{"keyed"}, {"keyed", "whole"}, set()]


@pytest.mark.parametrize("steps", range(8))
async def test_it_stops_with_the_last_fanout_even_during_a_change(start, steps):
    bench, recipient = start(NEVER)
    await listening(bench)
    for changed in list(bench.store.listeners):
        changed()
    for _ in range(steps):
        await asyncio.sleep(0)
    bench.reconciler.leave(recipient)
    await until(lambda: not bench.store.listeners, 2)
