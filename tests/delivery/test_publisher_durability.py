"""A tick on a slow or failing disk: browsers have it at once, and producers when it is durable."""

import asyncio

import pytest

from broadcast.delivery.publisher import MAX_UNSYNCED
from broadcast.errors import StoreUnavailable
from tests.support.server import until
from tests.support.table import TABLE

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def bench(make_bench):
    return make_bench({"keyed": TABLE["keyed"]})


async def test_browsers_are_first_and_producers_wait_for_the_disk(bench):
    bench.store.is_slow = True
    done = bench.put()
    await bench.tick()
    assert len(bench.layer.sent) == 2
    assert not done.done()
    bench.store.unsynced.popleft().set_result(None)
    assert await done == {}


async def test_the_disk_begins_after_the_own_browsers_have_it(bench):
    bench.store.is_slow = True
    begun = []
    bench.publisher.subscribers.append(lambda deltas: begun.append(len(bench.store.unsynced)))
    bench.put()
    await bench.tick()
    assert (begun, len(bench.store.unsynced)) == ([0], 1)


async def test_a_delivery_that_fails_withholds_no_answer(bench, caplog):
    def fail(deltas: object) -> None:
        later.append(bench.put(seq=2))  # arrives meanwhile
        bench.publisher.subscribers.remove(fail)
        raise ValueError("planted")

    later: list[asyncio.Future[object]] = []
    bench.publisher.subscribers.append(fail)
    done = bench.put(seq=1)
    await bench.tick()
    await bench.tick()
    assert done.result() == later[0].result() == {}
    assert "planted" in caplog.text


async def test_an_event_is_refused_if_the_disk_failed(bench, caplog):
    bench.store.is_slow = True
    done = bench.put(seq=1)
    await bench.tick()
    bench.store.unsynced.popleft().set_exception(StoreUnavailable("its disk failed"))
    with pytest.raises(StoreUnavailable):
        await done
    assert bench.publisher.meters.store_failures == 1
    assert "its disk failed" in caplog.text
    bench.store.is_slow = False
    await bench.put(seq=1)  # is recognised
    assert bench.stored()["keyed"] == {"a": 1}
    assert bench.store.heads()["keyed"].revision == 1


async def test_a_slow_disk_delays_ticks_after_some(bench):
    bench.store.is_slow = True
    waiting = []
    for _ in range(MAX_UNSYNCED):
        waiting.append(bench.put())
        await bench.tick()
    waiting.append(bench.put())
    await until(lambda: len(bench.store.unsynced) == MAX_UNSYNCED + 1, 5)
    waiting.append(bench.put())
    for _ in range(20):
        await asyncio.sleep(0)
    assert (bench.is_pausing, len(bench.store.calls)) == (False, MAX_UNSYNCED + 1)
    bench.store.unsynced[0].set_result(None)
    await bench.tick()
    await until(lambda: len(bench.store.calls) == MAX_UNSYNCED + 2, 5)
    for synced in list(bench.store.unsynced)[1:]:
        synced.set_result(None)
    await asyncio.gather(*waiting)


async def test_closing_waits_for_the_disk(bench):
    bench.store.is_slow = True
    done = bench.put()
    await bench.tick()
    closing = asyncio.create_task(bench.publisher.close())
    for _ in range(20):
        await asyncio.sleep(0)
    assert not closing.done()
    bench.store.unsynced.popleft().set_result(None)
    await closing
    assert done.done()
