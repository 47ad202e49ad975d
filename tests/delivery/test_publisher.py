"""One tick: when it runs, what it sends to store and layer, and what its producers receive."""

import asyncio

import pytest

from broadcast.delivery.publisher import FLUSH_SHARE, MAX_REFUSED
from broadcast.delivery.updates import deltas_in
from tests.support.bench import TICK_S, Bench
from tests.support.server import until
from tests.support.table import TABLE

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def bench(make_bench):
    return make_bench({"keyed": TABLE["keyed"]})


# when


async def test_the_first_event_is_flushed_at_once(bench):
    await bench.put()
    assert bench.pauses in ([], [TICK_S])


async def test_what_comes_during_a_pause_waits_for_its_end(bench):
    await bench.put()
    await until(lambda: bench.is_pausing, 5)
    later = [bench.put(), bench.put()]
    assert len(bench.store.calls) == 1
    await bench.tick()
    await asyncio.gather(*later)
    assert bench.store.calls == [{"keyed": 1}, {"keyed": 2}]


async def test_a_pause_follows_every_flush_and_then_all_is_quiet(bench):
    await bench.put()
    await bench.tick()
    await until(lambda: bench.publisher._ticker.done(), 5)
    await bench.put()
    await bench.tick()
    assert bench.pauses == [TICK_S, TICK_S]


async def test_a_flush_is_part_of_its_tick(bench):
    bench.store.gate.clear()
    done = bench.put()
    await until(lambda: bench.store.calls, 5)
    bench.now += TICK_S / 2
    bench.store.gate.set()
    await done
    await bench.tick()
    assert bench.pauses == [TICK_S / 2]


async def flush_for(bench: Bench, seconds: float) -> None:
    """Flush an event into a slow store, until the pause that follows."""
    bench.store.gate.clear()
    done = bench.put()
    await until(lambda: bench.store.calls, 5)
    bench.now += seconds
    bench.store.gate.set()
    await done
    await until(lambda: bench.is_pausing, 5)


async def test_a_long_flush_is_followed_by_a_longer_pause(bench):
    await flush_for(bench, 3.0)
    assert bench.publisher.tick_s == pytest.approx(3.0 / FLUSH_SHARE)
    await bench.tick()
    assert bench.pauses == [pytest.approx(3.0 / FLUSH_SHARE - 3.0)]


async def test_a_long_pause_is_in_force_no_longer_than_it_lasts(bench):
    await flush_for(bench, 3.0)
    await bench.tick()
    await until(lambda: bench.publisher.tick_s == TICK_S, 5)  # otherwise waits of several ticks would be long


async def test_the_pause_is_as_before_once_flushes_are_quick_again(bench):
    await flush_for(bench, 3.0)
    await bench.tick()
    await bench.put()
    await bench.tick()
    assert bench.pauses[1:] == [TICK_S]


async def test_processes_that_publish_at_once_share_one_rate(bench):
    bench.publisher.note_foreign("main")  # before the first event
    pending = bench.put()
    for foreign in (3, 1, 9, 0):
        await pending
        await until(lambda: bench.is_pausing, 5)
        pending = bench.put()
        for _ in range(foreign):
            bench.publisher.note_foreign("main")
            bench.publisher.note_foreign("talk")  # the same update
        await bench.tick()
    await pending
    await until(lambda: bench.is_pausing, 5)
    assert bench.pauses == [TICK_S, 4 * TICK_S, 2 * TICK_S, 4 * TICK_S, TICK_S]


# what


async def test_a_tick_is_one_call_of_the_store(bench):
    await asyncio.gather(bench.put(("keyed", "a", 1), ("sum", "s", 2)), bench.put(("keyed", "b", 3), ("whole", "", 4)))
    assert bench.store.calls == [{"keyed": 2, "sum": 1, "whole": 1}]


async def test_a_tick_is_one_update_per_affected_board(bench):
    await asyncio.gather(bench.put(("keyed", "a", 1)), bench.put(("whole", "", 1)), bench.put(("keyed", "b", 1)))
    await bench.tick()
    assert [group for group, _ in bench.layer.sent] == ["sticky.board.main", "sticky.board.talk"]
    assert (bench.sections(0), bench.sections(1)) == (["keyed", "whole"], ["keyed"])


async def test_a_board_that_shows_nothing_of_a_tick_is_sent_nothing(bench):
    await bench.put(("whole", "", 1))
    await bench.tick()
    assert [group for group, _ in bench.layer.sent] == ["sticky.board.main"]


async def test_a_tick_that_changes_nothing_sends_nothing(bench):
    await bench.put(seq=1)
    await bench.tick()
    await bench.put(seq=1)
    await bench.tick()
    assert (len(bench.store.calls), len(bench.layer.sent)) == (2, 2)


async def test_updates_leave_in_the_order_of_revisions(bench):
    for n in range(4):
        await bench.put(("keyed", "a", n))
        await bench.tick()
    sent = [deltas_in(message["text"])[0] for group, message in bench.layer.sent if group == "sticky.board.main"]
    assert [(delta.from_revision, delta.to_revision) for delta in sent] == [(0, 1), (1, 2), (2, 3), (3, 4)]


@pytest.mark.parametrize("is_during", [True, False], ids=["during a flush", "between flushes"])
async def test_a_delivery_makes_its_tick_longer_once(bench, is_during):
    def deliver(_: object) -> None:
        bench.now += 3.0
        bench.publisher.note_delivery(3.0)

    if is_during:
        bench.publisher.subscribers.append(deliver)
    else:
        bench.publisher.note_delivery(3.0)
    await bench.put()
    await until(lambda: bench.is_pausing, 5)
    assert bench.publisher.tick_s == pytest.approx(3.0 / FLUSH_SHARE)


async def test_subscribers_hear_of_a_commit_before_the_layer_does(bench):
    heard = []
    bench.publisher.subscribers.append(lambda deltas: heard.append((deltas[0].to_revision, len(bench.layer.sent))))
    await bench.put()
    assert heard == [(1, 0)]


# what producers receive


async def test_nothing_is_acknowledged_before_it_is_committed(bench):
    bench.store.gate.clear()
    done = bench.put()
    await until(lambda: bench.store.calls, 5)
    assert not done.done()
    bench.store.gate.set()
    assert await done == {}
    assert bench.stored()["keyed"] == {"a": 1}


async def test_two_copies_of_a_message_each_report_their_own_indices(bench):
    bench.store.gate.clear()
    opener = bench.put(("keyed", "a", 1))
    await until(lambda: bench.store.calls, 5)
    event = ("sum", "a", "x")
    first, second = bench.put(event, seq=1), bench.put(event, seq=1, first=7)
    bench.store.gate.set()
    await opener
    await bench.tick()
    assert [list(failed) for failed in await asyncio.gather(first, second)] == [[0], [7]]


async def test_a_failed_policy_is_reported_to_its_message_by_index(bench):
    good, bad = (
        bench.put(("sum", "a", 1), ("keyed", "a", 1)),
        bench.put(("keyed", "b", 1), ("sum", "a", "x"), ("sum", "a", 1)),
    )
    assert await good == {}
    failed = await bad
    assert list(failed) == [1]
    assert failed[1].code == "policy_failed"
    assert bench.stored()["sum"] == {"a": 2}


async def test_a_refused_event_is_refused_again_when_resent(bench):
    message = ("sum", "a", 1), ("sum", "a", "x")
    for _ in range(2):
        failed = await bench.put(*message, seq=1)
        assert [(index, str(error)) for index, error in failed.items()] == [(1, str(failed[1]))]
        await bench.tick()
        assert await bench.put(("sum", "a", 1), seq=2) == {}
        await bench.tick()
    assert bench.stored()["sum"] == {"a": 2}


async def test_only_the_newest_refusals_are_remembered(bench):
    message = ("sum", "a", 1), ("sum", "a", "x")
    sent = [bench.put(*message, seq=seq) for seq in range(1, MAX_REFUSED + 2)]
    assert all(1 in failed for failed in await asyncio.gather(*sent))
    first, last = bench.put(*message, seq=1), bench.put(*message, seq=MAX_REFUSED + 1)
    await bench.tick()
    assert [list(failed) for failed in await asyncio.gather(first, last)] == [[], [1]]


async def test_an_unresponsive_layer_blocks_no_producer(bench, caplog):
    bench.layer.gates["group_send"] = asyncio.Event()
    assert await bench.put(("keyed", "a", 1)) == {}
    second = bench.put(("keyed", "b", 1))
    await bench.tick()
    assert await asyncio.wait_for(second, 60) == {}
    assert bench.stored()["keyed"] == {"a": 1, "b": 1}
    await until(lambda: "board main" in caplog.text, 5)


async def test_an_update_that_cannot_be_sent_costs_no_acknowledgement(bench):
    bench.layer.down.add("sticky.board.main")
    assert await bench.put() == {}
    await bench.tick()
    assert [group for group, _ in bench.layer.sent] == ["sticky.board.talk"]
    assert await bench.put() == {}
