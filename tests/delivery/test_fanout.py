"""One member per board delivers each update to every browser, and logs the newest for those that are busy."""

import asyncio

import pytest

from broadcast.delivery.board_sender import group_of, message_of
from broadcast.delivery.fanout import LAYER_S, LOG_BYTES, RETRY_S, retry_s
from broadcast.delivery.position import Verdict
from broadcast.delivery.updates import Span, Update, section_of, size_of, update_of
from broadcast.types import Cursor, Delta
from tests.support.bench import Bench, Recipient
from tests.support.server import until

pytestmark = pytest.mark.virtual_time

IS_AWAY = {"new_channel", "group_discard"}  # the calls that fail while a layer's server is away


def span(revision: int) -> Span:
    return Span("keyed", "e", revision - 1, revision)


def update_to(revision: int, text: str = "") -> Update:
    if text:
        return Update(text, [span(revision)], size_of(text))
    return update_of([section_of(Delta("keyed", "e", revision - 1, revision))])


async def join(bench: Bench, revision: int = 0) -> Recipient:
    bench.recipients.append(Recipient(revision))
    bench.fanout.join(bench.recipients[-1])
    await bench.fanout.is_member()
    return bench.recipients[-1]


async def publish(bench: Bench, revision: int, text: str = "{}") -> None:
    number = bench.fanout.number
    await bench.layer.group_send(group_of("main"), message_of(update_to(revision, text)))
    await until(lambda: bench.fanout.number == number + 1, 5)


@pytest.fixture
async def bench(make_bench):
    bench = make_bench(MAILBOX_UPDATES=4)
    yield bench
    for recipient in bench.recipients:
        await bench.fanout.leave(recipient)
    assert bench.layer.calls["group_add"] == bench.layer.calls["group_discard"]
    assert not bench.layer._mailboxes


async def test_one_update_reaches_every_browser_as_one_delivery(bench):
    first, second = await join(bench), await join(bench)
    await publish(bench, 1)
    assert first.deliveries[0] is second.deliveries[0]
    assert (first.deliveries[0].updates[0].text, first.deliveries[0].number) == ("{}", 1)
    assert bench.layer.calls["group_add"] == 1


async def test_an_unresponsive_layer_blocks_no_browser(bench, caplog):
    bench.layer.gates["group_add"] = asyncio.Event()
    browser = await asyncio.wait_for(join(bench), LAYER_S + 1)
    assert "retrying" in caplog.text
    bench.layer.gates.clear()
    await bench.layer.flush()  # the channel that could not join
    await until(lambda: bench.layer._groups, RETRY_S + 1)
    await publish(bench, 1)
    assert len(browser.deliveries) == 1


async def test_a_failing_layer_is_retried_with_backoff(bench):
    assert [retry_s(failures) for failures in (0, 1, 4, 5, 10**6)] == [1.0, 2.0, 16.0, 30.0, 30.0]
    bench.layer.down |= IS_AWAY
    await join(bench)
    for delay_s in (1.0, 2.0):
        before, attempts = asyncio.get_running_loop().time(), bench.layer.calls["new_channel"]
        await until(lambda attempts=attempts: bench.layer.calls["new_channel"] > attempts, 60)
        assert asyncio.get_running_loop().time() - before == pytest.approx(delay_s, abs=0.01)
    bench.layer.down.clear()
    await until(lambda: bench.layer._groups, 60)
    assert bench.fanout._failures == 0


async def test_a_browser_that_left_receives_nothing(bench):
    gone, stays = await join(bench), await join(bench)
    await bench.fanout.leave(gone)
    await publish(bench, 1)
    assert (len(gone.deliveries), len(stays.deliveries), len(bench.fanout)) == (0, 1, 1)


async def test_the_last_browser_leaves_the_group_and_the_next_joins(bench):
    await bench.fanout.leave(await join(bench))
    assert (bench.layer.calls["group_add"], bench.layer.calls["group_discard"]) == (1, 1)
    browser = await join(bench)
    await publish(bench, 1)
    assert len(browser.deliveries) == 1


async def test_the_newest_updates_can_be_asked_for(bench):
    await join(bench)
    for revision in range(1, 7):
        await publish(bench, revision)
    assert [delivery.number for delivery in bench.fanout.after(4)] == [5, 6]
    assert bench.fanout.after(6) == []
    assert [delivery.number for delivery in bench.fanout.after(2)] == [3, 4, 5, 6]
    assert bench.fanout.after(1) is None


async def test_the_log_is_bounded_in_bytes_and_keeps_the_newest(bench):
    await join(bench)
    for revision in (1, 2):
        await publish(bench, revision, "x" * (LOG_BYTES // 2 + 1))
    assert bench.fanout.after(0) is None
    assert len(bench.fanout.after(1)) == 1
    await publish(bench, 3, "x" * (2 * LOG_BYTES))
    assert len(bench.fanout.after(2)) == 1


async def test_updates_within_a_tick_are_sent_as_one(bench):
    browser = await join(bench)
    for revision in range(1, 6):
        await bench.layer.group_send(group_of("main"), message_of(update_to(revision)))
    await until(lambda: sum(len(delivery.updates) for delivery in browser.deliveries) == 5, 5)
    assert [len(delivery.updates) for delivery in browser.deliveries] == [1, 4]


async def test_a_browser_between_two_updates_gets_the_second(bench):
    first = await join(bench)
    for revision in range(1, 4):
        await bench.layer.group_send(group_of("main"), message_of(update_to(revision)))
    await until(lambda: sum(len(delivery.updates) for delivery in first.deliveries) == 3, 5)
    decision = first.deliveries[-1].decide_at({"keyed": Cursor("e", 2)})
    assert (decision.verdict, decision.position) == (Verdict.FORWARD, {"keyed": Cursor("e", 3)})
    assert decision.update.spans == [Span("keyed", "e", 2, 3)]


async def test_heads_only_make_browsers_that_lack_them_read(bench):
    browser = await join(bench)
    message = message_of(update_to(1, "x" * 100), max_bytes=99)
    assert message["text"] == ""
    await bench.layer.group_send(group_of("main"), message)
    await until(lambda: browser.deliveries, 5)
    assert browser.deliveries[0].decide_at({"keyed": Cursor("e", 0)}).verdict is Verdict.CATCH_UP
    assert browser.deliveries[0].decide_at({"keyed": Cursor("e", 1)}).verdict is Verdict.DROP


async def test_the_duration_of_a_delivery_is_reported(bench):
    await join(bench)
    await publish(bench, 1)
    assert len(bench.delivery_s) == 1
    assert bench.delivery_s[0] >= 0


async def test_only_browsers_that_lack_something_catch_up(bench):
    behind, level = await join(bench, 3), await join(bench, 4)
    bench.fanout.on_heads({"keyed": Cursor("e", 4), "elsewhere": Cursor("f", 9)})
    assert (behind.behind, level.behind) == (1, 0)
    bench.fanout.on_heads({})  # a new and empty store file
    assert (behind.behind, level.behind) == (2, 1)


async def test_a_heartbeat_is_passed_on_to_all(bench):
    first, second = await join(bench), await join(bench)
    bench.fanout.on_heartbeat("heartbeat")
    assert first.heartbeats == second.heartbeats == ["heartbeat"]


async def test_a_layer_that_failed_is_joined_again(bench, caplog):
    browser = await join(bench)
    bench.layer.down.add("receive")
    await bench.layer.group_send(group_of("main"), message_of(Update("{}", [], 2)))
    await until(lambda: bench.layer.calls["group_add"] == 2, 5)
    bench.layer.down.clear()
    await publish(bench, 1)
    assert len(browser.deliveries) == 1
    assert "retrying" in caplog.text


async def test_a_layer_is_joined_again_when_it_is_back(bench, caplog):
    browser = await join(bench)
    bench.layer.down |= {"receive", *IS_AWAY}
    await bench.layer.group_send(group_of("main"), message_of(Update("{}", [], 2)))
    await until(lambda: "new_channel is down" in caplog.text, 5)
    await bench.layer.flush()
    bench.layer.down.clear()
    await until(lambda: bench.layer.calls["group_add"] == 2, 5)
    await publish(bench, 1)
    assert len(browser.deliveries) == 1


async def test_a_layer_that_swallows_a_cancellation_gets_another(bench):
    browser, renewed = await join(bench), []

    async def receive(channel: str):
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                renewed.append(channel)
                if len(renewed) > 1:
                    raise

    bench.layer.receive = receive
    await bench.fanout.leave(browser)
    bench.fanout.join(browser)
    await bench.fanout.is_member()
    for _ in range(3):
        await asyncio.sleep(0)
    await asyncio.wait_for(bench.fanout.leave(browser), 5)
    assert len(renewed) == 2


async def test_nobody_waits_for_a_layer_that_is_down(bench):
    bench.layer.down |= IS_AWAY
    await asyncio.wait_for(join(bench), 0.001)
