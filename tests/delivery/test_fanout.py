"""One board in a process: what is committed here or elsewhere reaches every browser once, and gaps cost one read."""

import asyncio
import json

import pytest

from broadcast.delivery.board_sender import UPDATE, group_of
from broadcast.delivery.fanout import UNUSED_S
from broadcast.errors import StoreUnavailable
from broadcast.types import Cursor
from stickyboard.mirror import Mirror
from tests.support.one_board import OWN, OneBoard
from tests.support.server import until


@pytest.fixture
async def board():
    board = OneBoard()
    yield board
    await board.leave()
    assert not board.layer._mailboxes
    assert board.fanout._repairing is None


async def test_own_commits_are_sent_directly(board):
    first, second = await board.join(), await board.join()
    board.commit(1)
    assert (first.ends, second.ends) == ([1], [1])
    assert first.sent[0] is second.sent[0], "it was encoded twice"
    assert len(board.busy) == 1


async def test_its_own_updates_are_not_delivered_twice(board):
    browser = await board.join()
    board.commit(1)
    await board.hear(1, OWN, text="this is not even decoded")
    await until(lambda: not any(mailbox.messages for mailbox in board.layer._mailboxes.values()), 5)
    assert browser.ends == [1]
    assert board.foreign == []


async def test_updates_of_other_processes_arrive_through_the_layer(board):
    browser = await board.join()
    await board.hear(1)
    await until(lambda: browser.ends == [1], 5)
    assert board.store.reads == 1, "it was read again"
    assert board.foreign == [board.fanout]


async def test_other_messages_in_the_group_are_ignored(board):
    browser = await board.join()
    await board.layer.group_send(group_of("main"), {"type": "theirs"})
    await board.hear(1)
    await until(lambda: browser.ends == [1], 5)


async def test_an_update_that_is_early_waits_for_the_missing_one(board):
    browser = await board.join()
    await board.hear(2)
    await board.hear(1)
    await until(lambda: browser.ends[-1:] == [2], 5)
    assert board.store.reads == 1


async def test_an_update_that_is_lost_costs_one_read(board):
    browsers = [await board.join() for _ in range(3)]
    reads = board.store.reads
    await board.hear(2)
    await until(lambda: all(browser.ends == [2] for browser in browsers), 5)
    assert (board.store.reads - reads, board.publisher.meters.catch_ups["gap"]) == (1, 1)
    assert browsers[0].sent[0] is browsers[2].sent[0]


async def test_a_large_update_is_read_from_the_store(board):
    browser = await board.join()
    await board.hear(1, text="")
    await until(lambda: browser.ends == [1], 5)
    reads = board.store.reads
    await board.hear(1, text="")
    await board.hear(2)
    await until(lambda: browser.ends == [1, 2], 5)
    assert board.store.reads == reads, "what it has was read again"


async def test_a_large_update_of_another_version_is_read(board):
    browser = await board.join()
    member, board.store.revision = board.fanout._member._task, 1
    message = {"type": UPDATE, "sender": "older", "text": "", "spans": [["keyed", "e", 0, 1]]}
    await board.layer.group_send(group_of("main"), message)
    await until(lambda: browser.ends == [1], 5)
    assert board.fanout._member._task is member


async def test_what_another_process_committed_is_read_once(board):
    browsers = [await board.join() for _ in range(3)]
    reads, board.store.revision = board.store.reads, 2
    for heads in ({"keyed": Cursor("e", 2)}, {"keyed": Cursor("e", 1)}, {"other": Cursor("f", 1)}):
        board.fanout.on_commit(heads)
    assert board.foreign == [board.fanout] * 3
    await until(lambda: all(browser.ends == [2] for browser in browsers), 5)
    assert (board.store.reads - reads, board.publisher.meters.catch_ups) == (1, {"notified": 1})
    board.fanout.on_commit({"keyed": Cursor("e", 2)})
    assert board.fanout._repairing is None, "what it has is read again"
    board.fanout.on_commit(None)
    await until(lambda: board.store.reads - reads == 2, 5)


async def test_a_board_without_browsers_is_not_read(board):
    board.fanout.on_commit(None)
    assert (board.fanout._repairing, board.store.reads) == (None, 0)


async def test_other_commits_are_read_at_most_once_per_tick(board):
    browser = await board.join()
    board.step_s, reads = 0.0, board.store.reads
    for revision in range(1, 100):
        board.store.revision = revision
        board.fanout.on_commit({"keyed": Cursor("e", revision)})
        await asyncio.sleep(0)
    assert board.store.reads - reads == 1
    board.step_s = 0.01
    await until(lambda: browser.ends[-1:] == [99], 5)
    assert board.store.reads - reads == 2


async def test_a_store_that_fails_is_asked_again_by_the_reconciler(board, caplog):
    browser = await board.join()
    board.store.failure = StoreUnavailable("full")
    await board.hear(2)
    await until(lambda: "full" in caplog.text, 5)
    board.store.failure = None
    await board.fanout.reconcile()
    assert browser.ends == [2]


async def test_a_change_that_no_update_reported_is_found(board):
    browser = await board.join()
    board.store.revision = 3
    await board.fanout.reconcile()
    assert (browser.ends, browser.rounds, board.publisher.meters.catch_ups["heads"]) == ([3], 1, 1)
    await board.fanout.reconcile()
    assert (browser.ends, browser.rounds, board.publisher.meters.catch_ups["heads"]) == ([3], 2, 1)


async def test_a_heartbeat_has_heads_unless_the_store_cannot_be_read(board):
    browser = await board.join()
    board.commit(1)
    board.fanout.heartbeat()
    board.store.failure = StoreUnavailable("full")
    with pytest.raises(StoreUnavailable):
        await board.fanout.reconcile()
    board.fanout.heartbeat()
    assert ['"heads":{"keyed":["e",1]}' in text for text in browser.heartbeats] == [True, False]


async def test_a_heartbeat_describes_what_browsers_have(board):
    browser = await board.join()
    board.step_s = 0.0  # so that the second delivery waits for its tick
    for revision in (1, 2):
        board.commit(revision)
    assert browser.ends == [1]
    board.fanout.heartbeat()
    assert browser.ends == [1, 2]
    mirror = Mirror()
    mirror.apply(json.loads(board.fanout.replica.since({}).text))
    assert json.loads(browser.heartbeats[0])["digests"] == {"keyed": mirror.copies["keyed"].digest}


async def test_a_browser_that_left_receives_nothing(board):
    gone, stays = await board.join(), await board.join()
    board.fanout.drop(gone)
    await board.fanout.leave()
    board.commit(1)
    assert (gone.ends, stays.ends, len(board.fanout)) == ([], [1], 1)


async def test_a_board_without_browsers_costs_nothing(board):
    await board.join()
    await board.leave()
    reads = board.store.reads
    board.commit(1)
    await board.hear(2)
    assert not board.layer._groups
    assert (board.fanout.replica.heads["keyed"].revision, board.store.reads) == (0, reads)
    browser = await board.join()
    assert browser.position == {"keyed": Cursor("e", 2)}
    assert board.store.reads == reads + 1, "it was read from the beginning"


async def test_the_copy_of_an_unused_board_is_released(board):
    board.store.revision = 1
    await board.fanout.refresh()
    board.fanout._release_when_unused()
    assert board.fanout.replica.heads
    board.now += UNUSED_S
    board.fanout._release_when_unused()
    assert not board.fanout.replica.heads
    await board.fanout.refresh()
    assert board.fanout.replica.heads == {"keyed": Cursor("e", 1)}


async def test_browsers_that_come_at_once_cost_one_comparison(board):
    board.store.has_stamp = True
    await board.join()
    comparisons = board.store.comparisons
    first = await board.fanout.greeting()
    assert await board.fanout.greeting() is first
    assert board.store.comparisons == comparisons + 1
    await asyncio.sleep(0)
    assert await board.fanout.greeting() is not first
    assert board.store.comparisons == comparisons + 2


async def test_a_read_greets_only_who_came_before_it(board):
    await board.join()
    await board.fanout.greeting()
    board.store.revision = 1  # another process has committed during the read, and its update is not here yet
    await board.fanout.greeting()  # in the same iteration of the event loop
    assert board.fanout.replica.heads["keyed"].revision == 1


async def test_a_commit_after_the_last_browser_left_is_compared(board):
    browser = await board.join()
    await board.fanout.greeting()
    board.fanout.drop(browser)
    board.commit(1)
    board.fanout.join(browser)
    await board.fanout.greeting()
    assert board.fanout.replica.heads["keyed"].revision == 1


async def test_updates_within_a_tick_are_sent_as_one(board):
    browser = await board.join()
    board.step_s = 0.0
    for revision in range(1, 6):
        board.commit(revision)
    assert browser.ends == [1]
    await until(lambda: browser.ends == [1, 5], 5)
