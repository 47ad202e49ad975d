"""The producer with a spool, over the end of its process."""

import asyncio
from pathlib import Path

import pytest

from stickyboard import Producer, SpoolUnusable, at_exit
from tests.support.scripted_server import (
    acknowledge,
    apply_and_drop,
    make_producer,
    serving,
    stay_silent,
)


async def crash(producer: Producer) -> None:
    """End a producer as a killed process would: nothing is sent, and the file is unlocked."""
    for task in producer._tasks:
        task.cancel()
    await asyncio.gather(*producer._tasks, return_exceptions=True)
    at_exit.remove(producer)
    assert producer._spool is not None
    producer._spool.close()


@pytest.mark.asyncio
async def test_it_delivers_events_of_an_earlier_process(tmp_path: Path) -> None:
    async with serving(stay_silent, acknowledge) as server:
        options = {"spool": tmp_path / "spool"}
        producer = await make_producer(server, **options).__aenter__()
        for n in (1, 2):
            await producer.publish("t", n=n)
        await server.wait_for(lambda: bool(server.received))
        await producer.publish("t", n=3)
        await crash(producer)
        server.is_open.set()
        async with make_producer(server, **options) as after:
            assert after.name == producer.name
            await after.publish("t", n=4)
        assert server.applied == [1, 2, 3, 4]


@pytest.mark.asyncio
async def test_it_sends_applied_messages_again_under_their_number(tmp_path: Path) -> None:
    async with serving(apply_and_drop, stay_silent, acknowledge) as server:
        options = {"spool": tmp_path / "spool"}
        producer = await make_producer(server, **options).__aenter__()
        await producer.publish("t", n=1)
        await server.wait_for(lambda: len(server.received) == 2)
        await crash(producer)
        server.is_open.set()
        async with make_producer(server, **options) as after:
            await after.publish("t", n=2)
        assert [message for message in server.received if message[0] == 1] == [(1, [1])] * 3
        assert server.applied == [1, 2]


@pytest.mark.asyncio
async def test_leaving_stores_the_rest_for_the_next_process(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with serving(stay_silent, acknowledge) as server:
        async with make_producer(server, spool=tmp_path / "spool", drain_s=0) as producer:
            await producer.publish("t", n=1)
        assert f": 1 event left in {tmp_path / 'spool'}" in caplog.text
        server.is_open.set()
        async with make_producer(server, spool=tmp_path / "spool"):
            pass
        assert server.applied == [1]


@pytest.mark.asyncio
async def test_two_producers_cannot_share_a_spool(tmp_path: Path) -> None:
    async with serving(acknowledge) as server, make_producer(server, spool=tmp_path / "spool"):
        with pytest.raises(SpoolUnusable, match="another process"):
            await make_producer(server, spool=tmp_path / "spool").__aenter__()
