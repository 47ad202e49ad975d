"""`only_on_change`: events are sent on change, and the last one again periodically."""

import asyncio
from pathlib import Path

import pytest

from tests.support.failing_spool import failing
from tests.support.manual_clock import ManualClock
from tests.support.scripted_server import acknowledge, make_producer, refuse_odd, serving, stay_silent


@pytest.mark.asyncio
async def test_an_unchanged_event_is_sent_again_when_it_is_old() -> None:
    now = [0.0]
    async with serving(acknowledge) as server:
        async with make_producer(server, clock=lambda: now[0]) as producer:
            sent = []
            for model, n, at in (
                ("a", 1, 0),
                ("a", 1, 1),
                ("b", 1, 2),
                ("a", 2, 3),
                ("a", 2, 32),
                ("a", 2, 33),
            ):
                now[0] = at
                sent.append(
                    await producer.publish("t", model=model, n=n, only_on_change=True, every_s=30, identity=("model",))
                )
            assert sent[1] is sent[0]
            assert sent[4] is sent[3]
            assert len(set(sent)) == 4
            with pytest.raises(ValueError, match='no field "host"'):
                await producer.publish("t", n=1, only_on_change=True, identity=("host",))
        assert server.applied == [1, 1, 2, 2]


@pytest.mark.asyncio
async def test_a_change_that_was_cancelled_is_sent_later() -> None:
    async with serving(stay_silent, acknowledge) as server:
        async with make_producer(server, max_events=1) as producer:
            await producer.publish("t", n=1)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(producer.publish("t", n=2, only_on_change=True), 0.01)
            server.is_open.set()
            assert not (await producer.publish("t", n=2, only_on_change=True)).is_done
        assert server.applied == [1, 2]


@pytest.mark.asyncio
async def test_a_change_published_by_two_tasks_is_sent_once() -> None:
    async with serving(stay_silent, acknowledge) as server:
        async with make_producer(server, max_events=1) as producer:
            await producer.publish("t", n=1)
            waiting = [asyncio.create_task(producer.publish("t", n=2, only_on_change=True)) for _ in "ab"]
            await server.wait_for(lambda: bool(server.received))
            server.is_open.set()
            one, other = await asyncio.gather(*waiting)
            assert one is other
        assert server.applied == [1, 2]


@pytest.mark.asyncio
async def test_the_last_event_is_sent_again_periodically() -> None:
    clock = ManualClock()
    async with serving(acknowledge) as server:
        async with make_producer(server, clock=clock, call_later=clock.call_later) as producer:
            await producer.publish("t", n=1, only_on_change=True, every_s=30)
            await producer.publish("t", n=5)
            await producer.flush()
            clock.advance(29.9)
            await producer.flush()
            assert server.applied == [1, 5]
            for _ in range(2):
                clock.advance(0.1)
                await producer.flush()
                clock.advance(29.9)
            await producer.publish("t", n=2, only_on_change=True, every_s=30)
            await producer.flush()
            clock.advance(30)
            await producer.flush()
        assert server.applied == [1, 5, 1, 1, 2, 2]


@pytest.mark.asyncio
async def test_it_sends_nothing_again_after_leaving() -> None:
    clock = ManualClock()
    async with serving(acknowledge) as server:
        async with make_producer(server, clock=clock, call_later=clock.call_later) as producer:
            await producer.publish("t", n=1, only_on_change=True)
        assert clock.timers == []


@pytest.mark.asyncio
async def test_an_unacknowledged_event_is_not_sent_again() -> None:
    clock = ManualClock()
    async with serving(stay_silent, acknowledge) as server:
        async with make_producer(server, clock=clock, call_later=clock.call_later) as producer:
            await producer.publish("t", n=1, only_on_change=True)
            await server.wait_for(lambda: bool(server.received))
            for _ in range(3):
                clock.advance(30)
            assert producer.counts.published == 1
            server.is_open.set()
            await producer.flush()
            clock.advance(30)
            await producer.flush()
        assert server.applied == [1, 1]


@pytest.mark.asyncio
async def test_a_rejected_event_is_not_sent_again() -> None:
    clock = ManualClock()
    options = {"clock": clock, "call_later": clock.call_later, "on_error": lambda _: None}
    async with serving(refuse_odd) as server, make_producer(server, **options) as producer:
        await producer.publish("t", n=1, only_on_change=True)
        await producer.flush()
        clock.advance(30)
        assert producer.counts.published == 1


@pytest.mark.asyncio
async def test_nothing_is_sent_again_while_the_buffer_is_full() -> None:
    clock = ManualClock()
    async with serving(acknowledge) as server:
        async with make_producer(server, clock=clock, call_later=clock.call_later, max_events=1) as producer:
            await producer.publish("t", n=1, only_on_change=True, wait=True)
            await producer.publish("t", n=2)
            clock.advance(30)
            assert producer.counts.published == 2
            await producer.flush()
            clock.advance(30)
            await producer.flush()
        assert server.applied == [1, 2, 1]


@pytest.mark.asyncio
async def test_a_failing_spool_delays_sending_again(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    clock = ManualClock()
    async with serving(acknowledge) as server:
        options = {"clock": clock, "call_later": clock.call_later, "spool": tmp_path / "spool"}
        async with make_producer(server, **options) as producer:
            await producer.publish("t", n=1, only_on_change=True, wait=True)
            db = failing(producer._spool, "INSERT OR REPLACE INTO event")
            clock.advance(30)
            assert "disk is full" in caplog.text
            db.word = ""
            clock.advance(30)
            await producer.flush()
        assert server.applied == [1, 1]


@pytest.mark.asyncio
async def test_an_every_s_of_zero_raises() -> None:
    async with serving(acknowledge) as server, make_producer(server) as producer:
        with pytest.raises(ValueError, match="every_s"):
            await producer.publish("t", n=1, only_on_change=True, every_s=0)
