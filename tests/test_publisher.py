"""One tick: when it runs, what it asks of store and layer, and what its producers are told."""

import asyncio
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.caches.sqlite import SQLiteCache
from broadcast.caches.sqlite_engine import close_engines
from broadcast.conf import Settings
from broadcast.errors import StoreUnavailable, StoreUnusable
from broadcast.publisher import FLUSH_SHARE, Publisher, frame_from, message_of
from broadcast.words import Batch, Write
from tests.picture import picture_of
from tests.server import until
from tests.table import TABLE

TICK_S = 0.25
BOARDS = {"main": ("keyed", "whole", "sum"), "talk": ("keyed",), "empty": ()}


class GatedCache(SQLiteCache):
    """A store that notes its calls, waits while `gate` is shut, and fails as often as it is told to."""

    def __init__(self, location: str) -> None:
        super().__init__(location, {})
        self.calls: list[dict[str, int]] = []
        self.failures: deque[BaseException] = deque()
        self.gate = asyncio.Event()
        self.gate.set()

    async def aapply(self, batches: list[Batch]):
        self.calls.append({batch.keyspace: len(batch.writes) for batch in batches})
        await self.gate.wait()
        if self.failures:
            raise self.failures.popleft()
        return await super().aapply(batches)


class NotingLayer:
    """A layer that notes what it is sent, and fails for the groups it is told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict]] = []
        self.broken: set[str] = set()

    async def group_send(self, group: str, message: dict) -> None:
        if group in self.broken:
            raise ConnectionError(group)
        self.sent.append((group, message))

    def sections(self, place: int = -1) -> list[str]:
        return [span.keyspace for span in frame_from(self.sent[place][1]).spans]


class Bench:
    """A publisher on a clock that stands still: its pauses last until `tick` ends them."""

    def __init__(self, location: str, table=TABLE, **given) -> None:
        self.now = 1000.0
        self.store, self.layer = GatedCache(location), NotingLayer()
        self.pauses: list[float] = []
        self._pause: asyncio.Future[None] | None = None
        conf = Settings(TICK_S=TICK_S, **given)
        self.publisher = Publisher(self.store, self.layer, table, BOARDS, conf, lambda: self.now, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._pause = asyncio.get_running_loop().create_future()
        await self._pause

    @property
    def is_pausing(self) -> bool:
        return self._pause is not None and not self._pause.done()

    async def tick(self) -> None:
        """Let the pause that is being made, or is about to be, end."""
        await until(lambda: self.is_pausing, 5)
        self._pause.set_result(None)
        await asyncio.sleep(0)

    def put(self, *events: tuple[str, str, int], size: int = 10, seq: int = 0) -> "asyncio.Future":
        writes = []
        for name, key, n in events or [("keyed", "a", 1)]:
            looks = TABLE[name].policy.decide is not None
            more = {"event": {"n": n}} if looks else {"value": f'{{"n":{n}}}'}
            writes.append((TABLE[name], Write(key, producer="p", seq=seq, **more)))
        return self.publisher.put(writes, size)

    def kept(self) -> dict:
        shown = picture_of(self.store.since(dict.fromkeys(BOARDS["main"]))).shown()
        return {
            name: {key: value["n"] for key, (_, _, value) in entries.items()} for name, (_, entries) in shown.items()
        }


@pytest.fixture
async def bench(tmp_path):
    yield Bench(f":memory:{tmp_path}", {"keyed": TABLE["keyed"]})
    close_engines()


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


async def test_a_long_flush_is_followed_by_a_longer_pause(bench):
    bench.store.gate.clear()
    done = bench.put()
    await until(lambda: bench.store.calls, 5)
    bench.now += 3.0
    bench.store.gate.set()
    await done
    await bench.tick()
    assert bench.publisher.tick_s == pytest.approx(3.0 / FLUSH_SHARE)
    assert bench.pauses == [pytest.approx(3.0 / FLUSH_SHARE - 3.0)]


async def test_the_pause_is_as_before_once_flushes_are_quick_again(bench):
    await test_a_long_flush_is_followed_by_a_longer_pause(bench)
    await bench.put()
    await bench.tick()
    assert bench.pauses[1:] == [TICK_S]


# what


async def test_a_tick_is_one_call_of_the_store(bench):
    await asyncio.gather(bench.put(("keyed", "a", 1), ("sum", "s", 2)), bench.put(("keyed", "b", 3), ("whole", "", 4)))
    assert bench.store.calls == [{"keyed": 2, "sum": 1, "whole": 1}]


async def test_a_tick_is_one_frame_per_board_that_shows_something_of_it(bench):
    await asyncio.gather(bench.put(("keyed", "a", 1)), bench.put(("whole", "", 1)), bench.put(("keyed", "b", 1)))
    await bench.tick()
    assert [group for group, _ in bench.layer.sent] == ["sticky.board.main", "sticky.board.talk"]
    assert (bench.layer.sections(0), bench.layer.sections(1)) == (["keyed", "whole"], ["keyed"])


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


async def test_frames_leave_in_the_order_of_revisions(bench):
    for n in range(4):
        await bench.put(("keyed", "a", n))
        await bench.tick()
    spans = [frame_from(message).spans[0] for group, message in bench.layer.sent if group == "sticky.board.main"]
    assert [(span.from_revision, span.to_revision) for span in spans] == [(0, 1), (1, 2), (2, 3), (3, 4)]


@given(st.text(), st.lists(st.tuples(st.text(), st.text(), st.integers(), st.integers(), st.booleans())))
def test_a_frame_comes_out_of_its_message_as_it_went_in(text, spans):
    frame = frame_from({"text": text, "spans": [list(span) for span in spans]})
    assert frame_from(message_of(frame)) == frame


# what producers are told


async def test_nothing_is_acknowledged_before_it_is_committed(bench):
    bench.store.gate.clear()
    done = bench.put()
    await until(lambda: bench.store.calls, 5)
    assert not done.done()
    bench.store.gate.set()
    assert await done == {}
    assert bench.kept()["keyed"] == {"a": 1}


async def test_a_failed_policy_is_told_to_whom_it_belongs_by_index(bench):
    good, bad = (
        bench.put(("sum", "a", 1), ("keyed", "a", 1)),
        bench.put(("keyed", "b", 1), ("sum", "a", "x"), ("sum", "a", 1)),
    )
    assert await good == {}
    failed = await bad
    assert list(failed) == [1]
    assert failed[1].code == "policy_failed"
    assert bench.kept()["sum"] == {"a": 2}


async def test_a_frame_that_cannot_be_sent_costs_no_acknowledgement(bench):
    bench.layer.broken = {"sticky.board.main"}
    assert await bench.put() == {}
    await bench.tick()
    assert [group for group, _ in bench.layer.sent] == ["sticky.board.talk"]
    assert await bench.put() == {}


# a store that fails


@pytest.mark.parametrize("failure", [StoreUnavailable("full"), StoreUnusable("damaged")])
async def test_every_message_of_a_failed_flush_is_told_why(bench, failure):
    bench.store.failures.append(failure)
    told = await asyncio.gather(bench.put(), bench.put(), return_exceptions=True)
    assert told == [failure, failure]


async def test_a_failure_of_another_kind_is_told_as_one_that_may_pass(bench):
    bench.store.failures.append(ZeroDivisionError("by zero"))
    with pytest.raises(StoreUnavailable, match="ZeroDivisionError; by zero"):
        await bench.put()


async def test_what_came_during_a_failing_flush_fails_with_it(bench):
    bench.store.failures.append(StoreUnavailable("full"))
    bench.store.gate.clear()
    first = bench.put(("keyed", "a", 1), seq=1)
    await until(lambda: bench.store.calls, 5)
    second = bench.put(("keyed", "a", 2), seq=2)
    bench.store.gate.set()
    assert all(
        isinstance(told, StoreUnavailable) for told in await asyncio.gather(first, second, return_exceptions=True)
    )
    assert bench.kept()["keyed"] == {}


async def test_it_goes_on_once_the_store_is_well_again(bench):
    bench.store.failures.append(StoreUnavailable("full"))
    with pytest.raises(StoreUnavailable):
        await bench.put(("keyed", "a", 1), seq=1)
    await bench.tick()
    assert await bench.put(("keyed", "a", 1), seq=1) == {}
    assert bench.kept()["keyed"] == {"a": 1}


async def test_a_producer_that_has_gone_harms_nobody(bench):
    bench.store.gate.clear()
    gone, stays = bench.put(("keyed", "a", 1)), bench.put(("keyed", "b", 1))
    gone.cancel()
    bench.store.gate.set()
    assert await stays == {}
    assert bench.kept()["keyed"] == {"a": 1, "b": 1}


# room


@pytest.mark.parametrize(
    ("bound", "size"), [({"MAX_PENDING_EVENTS": 2}, 1), ({"MAX_PENDING_BYTES": 20}, 10)], ids=["events", "bytes"]
)
async def test_there_is_room_up_to_the_bound_and_again_after_the_flush(tmp_path, bound, size):
    bench = Bench(f":memory:{tmp_path}", **bound)
    bench.store.gate.clear()
    first = bench.put(size=size)
    await asyncio.wait_for(bench.publisher.room(), 5)
    second = bench.put(size=size)
    waiting = [asyncio.create_task(bench.publisher.room()) for _ in range(2)]
    await until(lambda: bench.store.calls, 5)
    assert not any(task.done() for task in waiting)
    bench.store.gate.set()
    await asyncio.wait_for(asyncio.gather(first, *waiting), 5)
    await bench.tick()
    await asyncio.wait_for(second, 5)
    close_engines()


async def test_room_is_made_by_a_failed_flush_too(tmp_path):
    bench = Bench(f":memory:{tmp_path}", MAX_PENDING_EVENTS=1)
    bench.store.failures.append(StoreUnavailable("full"))
    lost = bench.put()
    await asyncio.wait_for(bench.publisher.room(), 5)
    with pytest.raises(StoreUnavailable):
        await lost


async def test_those_who_waited_do_not_all_go_at_once(tmp_path):
    bench = Bench(f":memory:{tmp_path}", MAX_PENDING_EVENTS=1)
    done = []

    async def send(key: str) -> None:
        await bench.publisher.room()
        done.append(bench.put(("keyed", key, 1)))
        assert bench.publisher._pending_events == 1

    senders = [asyncio.create_task(send(key)) for key in "abc"]
    for _ in senders:
        await bench.tick()
    await asyncio.wait_for(asyncio.gather(*senders, *done), 5)
    assert bench.kept()["keyed"] == {"a": 1, "b": 1, "c": 1}
    close_engines()


# expiry


async def test_a_sweep_asks_for_every_type_that_expires(tmp_path):
    bench = Bench(f":memory:{tmp_path}")
    await bench.publisher.sweep()
    assert bench.store.calls == [{"brief": 0}]
    close_engines()


async def test_a_sweep_is_made_once_a_second_at_most(tmp_path):
    bench = Bench(f":memory:{tmp_path}")
    for passed in (0.0, 0.5, 0.49, 0.01, 0.99):
        bench.now += passed
        sweeping = asyncio.create_task(bench.publisher.sweep())
        await until(lambda done=sweeping: done.done() or bench.is_pausing, 5)
        if bench.is_pausing:
            await bench.tick()
        await sweeping
    assert len(bench.store.calls) == 2
    close_engines()


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
    await asyncio.wait_for(closing, 5)
    assert last.done()
    assert bench.kept()["keyed"] == {"a": 1, "z": 1}
