"""A process stays a member of a board's group, whatever its layer does."""

import asyncio

import pytest

from broadcast.delivery.board_sender import group_of
from broadcast.delivery.group_member import LAYER_S, RETRY_S, retry_s
from tests.support.bench import Bench
from tests.support.server import until

pytestmark = pytest.mark.virtual_time

IS_AWAY = {"new_channel", "group_discard"}  # the calls that fail while a layer's server is away


async def join(bench: Bench) -> None:
    bench.member.join()
    await bench.member.is_joined.wait()


async def hear(bench: Bench, text: str) -> None:
    await until(lambda: bench.layer._groups, 60)
    await bench.layer.group_send(group_of("main"), {"text": text})
    await until(lambda: bench.heard[-1:] == [{"text": text}], 5)


@pytest.fixture
async def bench(make_bench):
    bench = make_bench()
    yield bench
    await bench.member.leave()
    assert bench.layer.calls["group_add"] == bench.layer.calls["group_discard"]
    assert not bench.layer._mailboxes


async def test_it_joins_once_and_hears_every_message(bench):
    await join(bench)
    await join(bench)
    await hear(bench, "one")
    await hear(bench, "two")
    assert (bench.layer.calls["group_add"], len(bench.heard)) == (1, 2)


async def test_it_leaves_and_joins_again(bench):
    await join(bench)
    await bench.member.leave()
    assert bench.layer.calls["group_discard"] == 1
    await join(bench)
    await hear(bench, "one")


async def test_an_unresponsive_layer_blocks_no_browser(bench, caplog):
    bench.layer.gates["group_add"] = asyncio.Event()
    await asyncio.wait_for(join(bench), LAYER_S + 1)
    assert "retrying" in caplog.text
    bench.layer.gates.clear()
    await bench.layer.flush()  # the channel that could not join
    await until(lambda: bench.layer._groups, RETRY_S + 1)
    await hear(bench, "one")


async def test_a_failing_layer_is_retried_with_backoff(bench):
    assert [retry_s(failures) for failures in (0, 1, 4, 5, 10**6)] == [1.0, 2.0, 16.0, 30.0, 30.0]
    bench.layer.down |= IS_AWAY
    await asyncio.wait_for(join(bench), 0.001)
    for delay_s in (1.0, 2.0):
        before, attempts = asyncio.get_running_loop().time(), bench.layer.calls["new_channel"]
        await until(lambda attempts=attempts: bench.layer.calls["new_channel"] > attempts, 60)
        assert asyncio.get_running_loop().time() - before == pytest.approx(delay_s, abs=0.01)
    bench.layer.down.clear()
    await hear(bench, "one")
    assert bench.member._failures == 0


async def test_a_layer_that_failed_is_joined_again(bench, caplog):
    await join(bench)
    bench.layer.down.add("receive")
    await bench.layer.group_send(group_of("main"), {})
    await until(lambda: bench.layer.calls["group_add"] == 2, 5)
    bench.layer.down.clear()
    await hear(bench, "one")
    assert "retrying" in caplog.text


async def test_a_layer_is_joined_again_when_it_is_back(bench, caplog):
    await join(bench)
    bench.layer.down |= {"receive", *IS_AWAY}
    await bench.layer.group_send(group_of("main"), {})
    await until(lambda: "new_channel is down" in caplog.text, 5)
    await bench.layer.flush()
    bench.layer.down.clear()
    await until(lambda: bench.layer.calls["group_add"] == 2, 5)
    await hear(bench, "one")


async def test_a_layer_that_swallows_a_cancellation_gets_another(bench):
    cancelled = []

    async def receive(channel: str):
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(channel)
                if len(cancelled) > 1:
                    raise

    bench.layer.receive = receive
    await join(bench)
    for _ in range(3):
        await asyncio.sleep(0)
    await asyncio.wait_for(bench.member.leave(), 60)
    assert len(cancelled) == 2
