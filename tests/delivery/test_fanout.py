"""One member per board delivers each update to every browser, and logs the newest for those that are busy."""

import asyncio

import pytest

from broadcast.conf import Settings
from broadcast.delivery.board_sender import group_of, message_of
from broadcast.delivery.coalesce import Delivery
from broadcast.delivery.fanout import LOG_BYTES, Fanout, retry_s
from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.delivery.position import Verdict
from broadcast.delivery.updates import Span, Update, section_of, size_of, update_of
from broadcast.types import Cursor, Delta
from tests.support.server import until
from tests.support.table import TABLE


def span(revision: int) -> Span:
    return Span("keyed", "e", revision - 1, revision)


class Browser:
    def __init__(self, revision: int = 0) -> None:
        self.position = {"keyed": Cursor("e", revision)}
        self.deliveries: list[Delivery] = []
        self.behind = 0
        self.heartbeats: list[str] = []

    def on_delivery(self, delivery: Delivery, now: float) -> None:
        self.deliveries.append(delivery)

    def on_behind(self) -> None:
        self.behind += 1

    def on_heartbeat(self, text: str) -> None:
        self.heartbeats.append(text)


class CountingLayer(LocalChannelLayer):
    """Counts members, and fails on a chosen number of reads."""

    failures = 0
    is_down = is_silent = False
    joined = left = 0

    async def new_channel(self, prefix: str = "specific.") -> str:
        if self.is_down:
            raise ConnectionError("nobody listens")
        return await super().new_channel(prefix)

    async def group_add(self, group: str, channel: str) -> None:
        self.joined += 1
        await super().group_add(group, channel)
        if self.is_silent:
            await asyncio.Event().wait()

    async def group_discard(self, group: str, channel: str) -> None:
        self.left += 1
        if self.is_down:
            raise ConnectionError("nobody listens")
        await super().group_discard(group, channel)

    async def receive(self, channel: str):
        message = await super().receive(channel)
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the other side closed it")
        return message


class Bench:
    def __init__(self) -> None:
        self.layer = CountingLayer()
        self.busy: list[float] = []
        self.fanout = Fanout("main", TABLE, self.layer, Settings(MAILBOX_UPDATES=4), self.busy.append)
        self.browsers: list[Browser] = []

    async def join(self, revision: int = 0) -> Browser:
        self.browsers.append(Browser(revision))
        self.fanout.join(self.browsers[-1])
        await self.fanout.is_member()
        return self.browsers[-1]

    def update(self, revision: int, text: str = "") -> Update:
        if text:
            return Update(text, [span(revision)], size_of(text))
        return update_of([section_of(Delta("keyed", "e", revision - 1, revision))])

    async def publish(self, revision: int, text: str = "{}") -> None:
        number = self.fanout.number
        await self.layer.group_send(group_of("main"), message_of(self.update(revision, text)))
        await until(lambda: self.fanout.number == number + 1, 5)


@pytest.fixture
async def bench():
    bench = Bench()
    yield bench
    for browser in bench.browsers:
        await bench.fanout.leave(browser)
    assert bench.layer.joined == bench.layer.left
    assert not bench.layer._mailboxes


async def test_one_update_reaches_every_browser_as_one_delivery(bench):
    first, second = await bench.join(), await bench.join()
    await bench.publish(1)
    assert first.deliveries[0] is second.deliveries[0]
    assert (first.deliveries[0].updates[0].text, first.deliveries[0].number) == ("{}", 1)
    assert bench.layer.joined == 1


async def test_an_unresponsive_layer_blocks_no_browser(bench, monkeypatch, caplog):
    monkeypatch.setattr("broadcast.delivery.fanout.LAYER_S", 0.01)
    monkeypatch.setattr("broadcast.delivery.fanout.RETRY_S", 0.01)
    bench.layer.is_silent = True
    browser = await asyncio.wait_for(bench.join(), 5)
    assert "retrying" in caplog.text
    bench.layer.is_silent = False
    await until(lambda: bench.layer._groups, 5)
    await bench.publish(1)
    assert len(browser.deliveries) == 1


async def test_a_failing_layer_is_retried_with_backoff(bench, monkeypatch):
    assert [retry_s(failures) for failures in (0, 1, 4, 5, 10**6)] == [1.0, 2.0, 16.0, 30.0, 30.0]
    monkeypatch.setattr("broadcast.delivery.fanout.RETRY_S", 0.001)
    bench.layer.is_down = True
    await bench.join()
    await until(lambda: bench.fanout._failures >= 3, 5)
    bench.layer.is_down = False
    await until(lambda: bench.layer._groups, 5)
    assert bench.fanout._failures == 0


async def test_a_browser_that_left_receives_nothing(bench):
    gone, stays = await bench.join(), await bench.join()
    await bench.fanout.leave(gone)
    await bench.publish(1)
    assert (len(gone.deliveries), len(stays.deliveries), len(bench.fanout)) == (0, 1, 1)


async def test_the_last_browser_leaves_the_group_and_the_next_joins(bench):
    await bench.fanout.leave(await bench.join())
    assert (bench.layer.joined, bench.layer.left) == (1, 1)
    browser = await bench.join()
    await bench.publish(1)
    assert len(browser.deliveries) == 1


async def test_the_newest_updates_can_be_asked_for(bench):
    await bench.join()
    for revision in range(1, 7):
        await bench.publish(revision)
    assert [delivery.number for delivery in bench.fanout.after(4)] == [5, 6]
    assert bench.fanout.after(6) == []
    assert [delivery.number for delivery in bench.fanout.after(2)] == [3, 4, 5, 6]
    assert bench.fanout.after(1) is None


async def test_the_log_is_bounded_in_bytes_and_keeps_the_newest(bench):
    await bench.join()
    for revision in (1, 2):
        await bench.publish(revision, "x" * (LOG_BYTES // 2 + 1))
    assert bench.fanout.after(0) is None
    assert len(bench.fanout.after(1)) == 1
    await bench.publish(3, "x" * (2 * LOG_BYTES))
    assert len(bench.fanout.after(2)) == 1


async def test_updates_within_a_tick_are_sent_as_one(bench):
    browser = await bench.join()
    for revision in range(1, 6):
        await bench.layer.group_send(group_of("main"), message_of(bench.update(revision)))
    await until(lambda: sum(len(delivery.updates) for delivery in browser.deliveries) == 5, 5)
    assert [len(delivery.updates) for delivery in browser.deliveries] == [1, 4]


async def test_a_browser_between_two_updates_gets_the_second(bench):
    first = await bench.join()
    for revision in range(1, 4):
        await bench.layer.group_send(group_of("main"), message_of(bench.update(revision)))
    await until(lambda: sum(len(delivery.updates) for delivery in first.deliveries) == 3, 5)
    decision = first.deliveries[-1].decide_at({"keyed": Cursor("e", 2)})
    assert (decision.verdict, decision.position) == (Verdict.FORWARD, {"keyed": Cursor("e", 3)})
    assert decision.update.spans == [Span("keyed", "e", 2, 3)]


async def test_heads_only_make_browsers_that_lack_them_read(bench):
    browser = await bench.join()
    message = message_of(bench.update(1, "x" * 100), max_bytes=99)
    assert message["text"] == ""
    await bench.layer.group_send(group_of("main"), message)
    await until(lambda: browser.deliveries, 5)
    assert browser.deliveries[0].decide_at({"keyed": Cursor("e", 0)}).verdict is Verdict.CATCH_UP
    assert browser.deliveries[0].decide_at({"keyed": Cursor("e", 1)}).verdict is Verdict.DROP


async def test_the_duration_of_a_delivery_is_reported(bench):
    await bench.join()
    await bench.publish(1)
    assert len(bench.busy) == 1
    assert bench.busy[0] >= 0


async def test_only_browsers_that_lack_something_catch_up(bench):
    behind, level = await bench.join(3), await bench.join(4)
    bench.fanout.on_heads({"keyed": Cursor("e", 4), "elsewhere": Cursor("f", 9)})
    assert (behind.behind, level.behind) == (1, 0)
    bench.fanout.on_heads({})  # a new and empty store file
    assert (behind.behind, level.behind) == (2, 1)


async def test_a_heartbeat_is_passed_on_to_all(bench):
    first, second = await bench.join(), await bench.join()
    bench.fanout.on_heartbeat("heartbeat")
    assert first.heartbeats == second.heartbeats == ["heartbeat"]


async def test_a_layer_that_failed_is_joined_again(bench, monkeypatch, caplog):
    monkeypatch.setattr("broadcast.delivery.fanout.RETRY_S", 0)
    browser = await bench.join()
    bench.layer.failures = 1
    await bench.layer.group_send(group_of("main"), message_of(Update("{}", [], 2)))
    await until(lambda: bench.layer.joined == 2, 5)
    await bench.publish(1)
    assert len(browser.deliveries) == 1
    assert "retrying" in caplog.text


async def test_a_layer_is_joined_again_when_it_is_back(bench, monkeypatch, caplog):
    monkeypatch.setattr("broadcast.delivery.fanout.RETRY_S", 0.001)
    browser = await bench.join()
    bench.layer.is_down, bench.layer.failures = True, 1
    await bench.layer.group_send(group_of("main"), message_of(Update("{}", [], 2)))
    await until(lambda: "nobody listens" in caplog.text, 5)
    bench.layer._mailboxes.clear()
    bench.layer._groups.clear()
    bench.layer.is_down = False
    await until(lambda: bench.layer.joined == 2, 5)
    await bench.publish(1)
    assert len(browser.deliveries) == 1


async def test_a_layer_that_swallows_a_cancellation_gets_another(bench, monkeypatch):
    monkeypatch.setattr("broadcast.delivery.fanout.RETRY_S", 0.001)
    browser, renewed = await bench.join(), []

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


async def test_nobody_waits_for_a_layer_that_is_down(bench, monkeypatch):
    monkeypatch.setattr("broadcast.delivery.fanout.RETRY_S", 0.001)
    bench.layer.is_down = True
    await asyncio.wait_for(bench.join(), 5)
