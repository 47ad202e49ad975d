"""A publisher whose store fails or whose queue is full; its sweeps, and its shutdown."""

import asyncio

import pytest

from broadcast.errors import StoreUnavailable, StoreUnusable
from tests.support.server import until
from tests.support.table import TABLE

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def bench(make_bench):
    return make_bench({"keyed": TABLE["keyed"]})


# a store that fails


@pytest.mark.parametrize("failure", [StoreUnavailable("full"), StoreUnusable("damaged")])
async def test_every_message_of_a_failed_flush_gets_the_reason(bench, failure):
    bench.store.failures.append(failure)
    results = await asyncio.gather(bench.put(), bench.put(), return_exceptions=True)
    assert results == [failure, failure]


async def test_an_unexpected_failure_may_be_retried(bench):
    bench.store.failures.append(ZeroDivisionError("by zero"))
    with pytest.raises(StoreUnavailable, match="ZeroDivisionError: by zero") as failed:
        await bench.put()
    assert "by zero" not in failed.value.public  # producers do not receive internal errors


async def test_what_came_during_a_failing_flush_fails_with_it(bench):
    bench.store.failures.append(StoreUnavailable("full"))
    bench.store.gate.clear()
    first = bench.put(("keyed", "a", 1), seq=1)
    await until(lambda: bench.store.calls, 5)
    second = bench.put(("keyed", "a", 2), seq=2)
    bench.store.gate.set()
    assert all(
        isinstance(results, StoreUnavailable) for results in await asyncio.gather(first, second, return_exceptions=True)
    )
    assert bench.stored()["keyed"] == {}


async def test_it_goes_on_once_the_store_is_well_again(bench):
    bench.store.failures.append(StoreUnavailable("full"))
    with pytest.raises(StoreUnavailable):
        await bench.put(("keyed", "a", 1), seq=1)
    await bench.tick()
    assert await bench.put(("keyed", "a", 1), seq=1) == {}
    assert bench.stored()["keyed"] == {"a": 1}


async def test_a_producer_that_has_gone_harms_nobody(bench):
    bench.store.gate.clear()
    gone, stays = bench.put(("keyed", "a", 1)), bench.put(("keyed", "b", 1))
    gone.cancel()
    bench.store.gate.set()
    assert await stays == {}
    assert bench.stored()["keyed"] == {"a": 1, "b": 1}


# room


@pytest.mark.parametrize(
    ("bound", "size"), [({"MAX_PENDING_EVENTS": 2}, 1), ({"MAX_PENDING_BYTES": 20}, 10)], ids=["events", "bytes"]
)
async def test_there_is_room_up_to_the_bound_and_after_a_flush(make_bench, bound, size):
    bench = make_bench(**bound)
    bench.store.gate.clear()
    first = bench.put(size=size)
    await asyncio.wait_for(bench.publisher.room(), 60)
    second = bench.put(size=size)
    waiting = [asyncio.create_task(bench.publisher.room()) for _ in range(2)]
    await until(lambda: bench.store.calls, 5)
    assert not any(task.done() for task in waiting)
    bench.store.gate.set()
    await asyncio.wait_for(asyncio.gather(first, *waiting), 60)
    await bench.tick()
    await asyncio.wait_for(second, 60)


async def test_room_is_made_by_a_failed_flush_too(make_bench):
    bench = make_bench(MAX_PENDING_EVENTS=1)
    bench.store.failures.append(StoreUnavailable("full"))
    lost = bench.put()
    await asyncio.wait_for(bench.publisher.room(), 60)
    with pytest.raises(StoreUnavailable):
        await lost


async def test_those_who_waited_do_not_all_go_at_once(make_bench):
    bench = make_bench(MAX_PENDING_EVENTS=1)
    done = []

    async def send(key: str) -> None:
        await bench.publisher.room()
        done.append(bench.put(("keyed", key, 1)))
        assert bench.publisher.level()["pending_events"] == 1

    senders = [asyncio.create_task(send(key)) for key in "abc"]
    for _ in senders:
        await bench.tick()
    await asyncio.wait_for(asyncio.gather(*senders, *done), 60)
    assert bench.stored()["keyed"] == {"a": 1, "b": 1, "c": 1}


# expiry


async def test_a_sweep_asks_for_every_type_that_expires(make_bench):
    bench = make_bench()
    await bench.publisher.sweep()
    assert bench.store.calls == [{"brief": 0}]


async def test_a_sweep_is_made_once_a_second_at_most(make_bench):
    bench = make_bench()
    for passed in (0.0, 0.5, 0.49, 0.01, 0.99):
        bench.now += passed
        sweeping = asyncio.create_task(bench.publisher.sweep())
        await until(lambda done=sweeping: done.done() or bench.is_pausing, 5)
        if bench.is_pausing:
            await bench.tick()
        await sweeping
    assert len(bench.store.calls) == 2


async def test_nothing_is_swept_where_nothing_expires(bench):
    await bench.publisher.sweep()
    assert bench.store.calls == []


async def test_closing_flushes_what_waits(bench):
    await bench.put()
    await until(lambda: bench.is_pausing, 5)
    last = bench.put(("keyed", "z", 1))
    closing = asyncio.create_task(bench.publisher.close())
    await asyncio.sleep(0)
    assert not closing.done()
    for _ in range(2):
        await bench.tick()
    await asyncio.wait_for(closing, 60)
    assert last.done()
    assert bench.stored()["keyed"] == {"a": 1, "z": 1}
