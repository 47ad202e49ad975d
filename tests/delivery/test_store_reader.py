"""Shared reads: a read answers callers that asked before it started, and is encoded once until the store changes."""

import asyncio
import json

import pytest

from broadcast.delivery.store_reader import StoreReader
from broadcast.errors import StoreUnavailable
from broadcast.types import Cursor, Delta, Entry


class Store:
    """Answers while the gate is open, and records the questions."""

    def __init__(self) -> None:
        self.revisions = {"a": 1, "b": 1}
        self.asked: list[tuple[dict, dict]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None
        self.commits: int | None = None  # unknown

    def stamp(self) -> int | None:
        return self.commits

    def _delta(self, name, cursor) -> Delta:
        head = self.revisions[name]
        entries = [Entry(f"k{n}", "", n, 1.0, "1") for n in range(1, head + 1) if not cursor or n > cursor.revision]
        return Delta(name, "e", cursor.revision if cursor else 0, head, cursor is None, {}, entries)

    async def aheads(self):
        return {name: Cursor("e", revision) for name, revision in self.revisions.items()}

    async def asince(self, cursors, unless=None):
        self.asked.append((dict(cursors), dict(unless or {})))
        answer = {
            name: self._delta(name, cursor)
            for name, cursor in cursors.items()
            if (unless or {}).get(name) != Cursor("e", self.revisions[name])
        }
        await self.gate.wait()
        if self.failure:
            raise self.failure
        return answer


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def reader(store):
    async def sweep() -> None:
        store.swept = getattr(store, "swept", 0) + 1

    return StoreReader(store, sweep)


def spans_of(update) -> dict[str, tuple]:
    return {section["type"]: (section["from"], section["to"]) for section in json.loads(update.text)["sections"]}


async def test_500_callers_at_once_cost_one_read(store, reader):
    updates = await asyncio.gather(*(reader.since(["a", "b"], {}, is_replay=True) for _ in range(500)))
    assert len(store.asked) == 1
    assert all(update is updates[0] for update in updates)


async def test_a_caller_during_a_read_gets_the_next_one(store, reader):
    store.gate.clear()
    early = asyncio.create_task(reader.since(["a"], {}, is_replay=True))
    while not store.asked:
        await asyncio.sleep(0)
    store.revisions["a"] = 2
    late = [asyncio.create_task(reader.since(["a"], {}, is_replay=True)) for _ in range(3)]
    await asyncio.sleep(0)
    store.gate.set()
    assert spans_of(await early) == {"a": (0, 1)}
    assert [spans_of(await task) for task in late] == [{"a": (0, 2)}] * 3
    assert len(store.asked) == 2


async def test_what_did_not_change_is_neither_read_nor_encoded_again(store, reader):
    first = await reader.since(["a", "b"], {}, is_replay=True)
    assert await reader.since(["a", "b"], {}, is_replay=True) is first
    assert store.asked[1][1] == {"a": Cursor("e", 1), "b": Cursor("e", 1)}
    store.revisions["b"] = 2
    again = await reader.since(["a", "b"], {}, is_replay=True)
    assert spans_of(again) == {"a": (0, 1), "b": (0, 2)}


async def test_boards_share_what_they_both_show(store, reader):
    await reader.since(["a"], {}, is_replay=True)
    assert spans_of(await reader.since(["b", "a"], {}, is_replay=True)) == {"b": (0, 1), "a": (0, 1)}
    assert store.asked[1][1] == {"a": Cursor("e", 1)}


async def test_an_update_is_one_cut_even_while_another_board_reads(store, reader):
    await reader.since(["a", "b"], {}, is_replay=True)
    store.gate.clear()
    store.revisions["b"] = 2
    both = asyncio.create_task(reader.since(["a", "b"], {}, is_replay=True))
    while len(store.asked) < 2:
        await asyncio.sleep(0)
    store.revisions["a"] = 2
    alone = asyncio.create_task(reader.since(["a"], {}, is_replay=True))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    store.gate.set()
    assert spans_of(await alone) == {"a": (0, 2)}
    assert spans_of(await both) == {"a": (0, 1), "b": (0, 2)}


async def test_browsers_at_one_position_share_and_others_do_not(store, reader):
    store.revisions["a"] = 5
    position = {"a": Cursor("e", 3)}
    first, second, other = await asyncio.gather(
        reader.since(["a"], position), reader.since(["a"], dict(position)), reader.since(["a"], {"a": Cursor("e", 4)})
    )
    assert first is second
    assert (spans_of(first), spans_of(other)) == ({"a": (3, 5)}, {"a": (4, 5)})
    assert len(store.asked) == 2


async def test_a_keyspace_without_a_cursor_is_read_whole(store, reader):
    update = await reader.since(["a", "b"], {"a": Cursor("e", 1)})
    assert spans_of(update) == {"b": (0, 1)}


async def test_only_a_replay_bears_the_marker_and_sweeps_first(store, reader):
    position = {"a": Cursor("e", 1)}
    assert "caught_up" not in (await reader.since(["a"], position)).text
    assert not hasattr(store, "swept")
    assert '"caught_up":true' in (await reader.since(["a"], position, is_replay=True)).text
    assert store.swept == 1


async def test_a_failure_reaches_all_callers_and_is_not_stored(store, reader):
    store.failure = StoreUnavailable("locked")
    answers = await asyncio.gather(*(reader.since(["a"], {}, is_replay=True) for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
    store.failure = None
    assert spans_of(await reader.since(["a"], {}, is_replay=True)) == {"a": (0, 1)}


async def test_a_cancelled_caller_cancels_no_read(store, reader):
    store.gate.clear()
    gone, stays = (asyncio.create_task(reader.since(["a"], {}, is_replay=True)) for _ in range(2))
    while not store.asked:
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    store.gate.set()
    assert spans_of(await stays) == {"a": (0, 1)}
    assert gone.cancelled()


async def test_while_nothing_is_committed_nothing_is_read(store, reader):
    store.commits = 7
    first = await reader.since(["a"], {}, is_replay=True)
    assert await reader.since(["a"], {}, is_replay=True) is first
    assert len(store.asked) == 1
    store.commits, store.revisions["a"] = 8, 2
    assert spans_of(await reader.since(["a"], {}, is_replay=True)) == {"a": (0, 2)}


async def test_what_was_committed_during_a_read_is_read_again(store, reader):
    store.commits = 7
    store.gate.clear()
    early = asyncio.create_task(reader.since(["a"], {}, is_replay=True))
    while not store.asked:
        await asyncio.sleep(0)
    store.commits, store.revisions["a"] = 8, 2
    store.gate.set()
    await early
    assert spans_of(await reader.since(["a"], {}, is_replay=True)) == {"a": (0, 2)}


async def test_answers_to_cursors_are_not_cached(store, reader):
    store.commits, store.revisions["a"] = 7, 100
    for revision in range(1, 20):
        await reader.since(["a"], {"a": Cursor("e", revision)}, is_replay=True)
    assert len(reader._answers) == 0
