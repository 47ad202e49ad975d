"""One board in a process: what is committed here or elsewhere reaches every browser once, and gaps cost one read."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from broadcast.conf import Settings
from broadcast.delivery.board_sender import group_of, message_of
from broadcast.delivery.fanout import UNUSED_S, Fanout
from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.delivery.updates import Update, section_of, update_of
from broadcast.errors import StoreUnavailable
from broadcast.ops.counters import Meters
from broadcast.types import LIMITS, Cursor, Delta, Entry
from stickyboard.mirror import Mirror
from tests.support.server import until
from tests.support.table import TABLE

TYPES = {"keyed": TABLE["keyed"]}
OWN, OTHER = "this process", "another process"


def delta(revision: int, before: int | None = None) -> Delta:
    first = revision - 1 if before is None else before
    entries = [Entry(f"k{n}", "", n, 1.0, "1") for n in range(first + 1, revision + 1)]
    return Delta("keyed", "e", first, revision, False, {}, entries)


class Store:
    """A store with one keyspace, at a revision that a test sets."""

    limits = LIMITS

    def __init__(self) -> None:
        self.revision = self.reads = 0
        self.failure: Exception | None = None

    def stamp(self) -> None:
        return None

    async def aheads(self) -> dict[str, Cursor]:
        return {"keyed": Cursor("e", self.revision)}

    async def asince(self, cursors: dict[str, Cursor], unless: object = None) -> dict[str, Delta]:
        self.reads += 1
        if self.failure:
            raise self.failure
        return {"keyed": delta(self.revision, cursors["keyed"].revision)}


class Browser:
    def __init__(self, fanout: Fanout) -> None:
        self.fanout, self.position = fanout, fanout.replica.heads
        self.sent: list[Update] = []
        self.rounds = 0
        self.heartbeats: list[str] = []

    def on_change(self, now: float) -> None:
        self.sent.append(self.fanout.replica.since(self.position))
        self.position = self.fanout.replica.heads

    def on_round(self) -> None:
        self.rounds += 1

    def on_heartbeat(self, text: str) -> None:
        self.heartbeats.append(text)

    @property
    def ends(self) -> list[int]:
        return [head.revision for update in self.sent for head in update.heads.values()]


class Bench:
    def __init__(self) -> None:
        self.now, self.step_s = 100.0, 0.01  # so no delivery waits for its tick
        self.layer, self.store = LocalChannelLayer(), Store()
        self.busy: list[float] = []
        self.publisher = SimpleNamespace(
            sender=OWN, subscribers=[], meters=Meters(), note_delivery=lambda took_s: self.busy.append(took_s)
        )
        conf = Settings(MAILBOX_UPDATES=4, TICK_S=0.001)
        self.fanout = Fanout("main", TYPES, self.store, self.layer, self.publisher, conf, self.clock)  # type: ignore[arg-type]
        self.browsers: list[Browser] = []

    def clock(self) -> float:
        self.now += self.step_s
        return self.now

    async def join(self) -> Browser:
        browser = Browser(self.fanout)
        self.browsers.append(browser)
        self.fanout.join(browser)
        await self.fanout.is_member()
        await self.fanout.refresh()
        browser.position = self.fanout.replica.heads
        browser.sent.clear()
        self.busy.clear()
        return browser

    def commit(self, revision: int) -> None:
        self.store.revision = revision
        for put in self.publisher.subscribers:
            put([delta(revision)])

    async def hear(self, revision: int, sender: str = OTHER, **more: str) -> None:
        """Receive an update through the layer."""
        self.store.revision = max(self.store.revision, revision)
        message = message_of(update_of([section_of(delta(revision))]), sender)
        await self.layer.group_send(group_of("main"), {**message, **more})


@pytest.fixture
async def bench():
    bench = Bench()
    yield bench
    for browser in bench.browsers:
        await bench.fanout.leave(browser)
    assert not bench.layer._mailboxes
    assert bench.fanout._repairing is None


async def test_own_commits_are_sent_directly(bench):
    first, second = await bench.join(), await bench.join()
    bench.commit(1)
    assert (first.ends, second.ends) == ([1], [1])
    assert first.sent[0] is second.sent[0], "it was encoded twice"
    assert len(bench.busy) == 1


async def test_its_own_updates_are_not_delivered_twice(bench):
    browser = await bench.join()
    bench.commit(1)
    await bench.hear(1, OWN, text="this is not even decoded")
    await until(lambda: not any(mailbox.messages for mailbox in bench.layer._mailboxes.values()), 5)
    assert browser.ends == [1]


async def test_updates_of_other_processes_arrive_through_the_layer(bench):
    browser = await bench.join()
    await bench.hear(1)
    await until(lambda: browser.ends == [1], 5)
    assert bench.store.reads == 1, "it was read again"


async def test_other_messages_in_the_group_are_ignored(bench):
    browser = await bench.join()
    await bench.layer.group_send(group_of("main"), {"type": "theirs"})
    await bench.hear(1)
    await until(lambda: browser.ends == [1], 5)


async def test_an_update_that_is_early_waits_for_the_missing_one(bench):
    browser = await bench.join()
    await bench.hear(2)
    await bench.hear(1)
    await until(lambda: browser.ends[-1:] == [2], 5)
    assert bench.store.reads == 1


async def test_an_update_that_is_lost_costs_one_read(bench):
    browsers = [await bench.join() for _ in range(3)]
    reads = bench.store.reads
    await bench.hear(2)
    await until(lambda: all(browser.ends == [2] for browser in browsers), 5)
    assert (bench.store.reads - reads, bench.publisher.meters.catch_ups["gap"]) == (1, 1)
    assert browsers[0].sent[0] is browsers[2].sent[0]


async def test_a_large_update_is_read_from_the_store(bench):
    browser = await bench.join()
    await bench.hear(1, text="")
    await until(lambda: browser.ends == [1], 5)
    reads = bench.store.reads
    await bench.hear(1, text="")
    await bench.hear(2)
    await until(lambda: browser.ends == [1, 2], 5)
    assert bench.store.reads == reads, "what it has was read again"


async def test_what_another_process_committed_is_read_once(bench):
    browsers = [await bench.join() for _ in range(3)]
    reads, bench.store.revision = bench.store.reads, 2
    for heads in ({"keyed": Cursor("e", 2)}, {"keyed": Cursor("e", 1)}, {"other": Cursor("f", 1)}):
        bench.fanout.on_commit(heads)
    await until(lambda: all(browser.ends == [2] for browser in browsers), 5)
    assert (bench.store.reads - reads, bench.publisher.meters.catch_ups) == (1, {"notified": 1})
    bench.fanout.on_commit({"keyed": Cursor("e", 2)})
    assert bench.fanout._repairing is None, "what it has is read again"
    bench.fanout.on_commit(None)
    await until(lambda: bench.store.reads - reads == 2, 5)


async def test_a_board_without_browsers_is_not_read(bench):
    bench.fanout.on_commit(None)
    assert (bench.fanout._repairing, bench.store.reads) == (None, 0)


async def test_other_commits_are_read_at_most_once_per_tick(bench):
    browser = await bench.join()
    bench.step_s, reads = 0.0, bench.store.reads
    for revision in range(1, 100):
        bench.store.revision = revision
        bench.fanout.on_commit({"keyed": Cursor("e", revision)})
        await asyncio.sleep(0)
    assert bench.store.reads - reads == 1
    bench.step_s = 0.01
    await until(lambda: browser.ends[-1:] == [99], 5)
    assert bench.store.reads - reads == 2


async def test_a_store_that_fails_is_asked_again_by_the_reconciler(bench, caplog):
    browser = await bench.join()
    bench.store.failure = StoreUnavailable("full")
    await bench.hear(2)
    await until(lambda: "full" in caplog.text, 5)
    bench.store.failure = None
    await bench.fanout.reconcile()
    assert browser.ends == [2]


async def test_a_change_that_no_update_reported_is_found(bench):
    browser = await bench.join()
    bench.store.revision = 3
    await bench.fanout.reconcile()
    assert (browser.ends, browser.rounds, bench.publisher.meters.catch_ups["heads"]) == ([3], 1, 1)
    await bench.fanout.reconcile()
    assert (browser.ends, browser.rounds, bench.publisher.meters.catch_ups["heads"]) == ([3], 2, 1)


async def test_a_heartbeat_has_heads_unless_the_store_cannot_be_read(bench):
    browser = await bench.join()
    bench.commit(1)
    bench.fanout.heartbeat()
    bench.store.failure = StoreUnavailable("full")
    with pytest.raises(StoreUnavailable):
        await bench.fanout.reconcile()
    bench.fanout.heartbeat()
    assert ['"heads":{"keyed":["e",1]}' in text for text in browser.heartbeats] == [True, False]


async def test_a_heartbeat_describes_what_browsers_have(bench):
    browser = await bench.join()
    bench.step_s = 0.0  # so that the second delivery waits for its tick
    for revision in (1, 2):
        bench.commit(revision)
    assert browser.ends == [1]
    bench.fanout.heartbeat()
    assert browser.ends == [1, 2]
    mirror = Mirror()
    mirror.apply(json.loads(bench.fanout.replica.since({}).text))
    assert json.loads(browser.heartbeats[0])["digests"] == {"keyed": mirror.copies["keyed"].digest}


async def test_a_browser_that_left_receives_nothing(bench):
    gone, stays = await bench.join(), await bench.join()
    await bench.fanout.leave(gone)
    bench.commit(1)
    assert (gone.ends, stays.ends, len(bench.fanout)) == ([], [1], 1)


async def test_a_board_without_browsers_costs_nothing(bench):
    await bench.fanout.leave(await bench.join())
    reads = bench.store.reads
    bench.commit(1)
    await bench.hear(2)
    assert not bench.layer._groups
    assert (bench.fanout.replica.heads["keyed"].revision, bench.store.reads) == (0, reads)
    browser = await bench.join()
    assert browser.position == {"keyed": Cursor("e", 2)}
    assert bench.store.reads == reads + 1, "it was read from the beginning"


async def test_the_copy_of_an_unused_board_is_released(bench):
    bench.store.revision = 1
    await bench.fanout.refresh()
    bench.fanout._release_when_unused()
    assert bench.fanout.replica.heads
    bench.now += UNUSED_S
    bench.fanout._release_when_unused()
    assert not bench.fanout.replica.heads
    await bench.fanout.refresh()
    assert bench.fanout.replica.heads == {"keyed": Cursor("e", 1)}


async def test_updates_within_a_tick_are_sent_as_one(bench):
    browser = await bench.join()
    bench.step_s = 0.0
    for revision in range(1, 6):
        bench.commit(revision)
    assert browser.ends == [1]
    await until(lambda: browser.ends == [1, 5], 5)
