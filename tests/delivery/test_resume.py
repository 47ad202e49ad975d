"""Reconnecting with a cursor, real or made up: many cost one read, and each gets the part after its cursor."""

import asyncio
import json
import random

import pytest

from broadcast.delivery.resume import NEAR
from broadcast.delivery.store_reader import StoreReader
from broadcast.errors import StoreUnavailable
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from broadcast.types import Batch, Bounds, Cursor, Write
from tests.support.picture import Picture, picture_of

NAMES = ("keyed", "laned", "quiet")
BOUNDS = {"keyed": Bounds(max_keys=40), "laned": Bounds(per_lane=3, max_lanes=2), "quiet": Bounds(max_keys=9)}


class Counting(SQLiteCache):
    """Records its reads, and answers only while its gate is open."""

    def __init__(self, location: str) -> None:
        super().__init__(location, {})
        self.asked: list[dict[str, Cursor | None]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failure: Exception | None = None

    def stamp(self):
        return None  # like a store that other processes write to

    async def asince(self, cursors, unless=None):
        self.asked.append(dict(cursors))
        await self.gate.wait()
        if self.failure:
            raise self.failure
        return self.since(cursors, unless)


@pytest.fixture
def store(tmp_path):
    yield Counting(f":memory:{tmp_path}")
    close_engines()


@pytest.fixture
def reader(store):
    async def sweep() -> None:
        pass

    return StoreReader(store, sweep)


def put(store, name: str, *writes: Write) -> Cursor:
    return store.apply([Batch(name, BOUNDS[name], list(writes))])[0].head


def fill(store, changes: int = 300, seed: int = 1) -> list[dict[str, Cursor]]:
    """Change keyspaces at random, removing and evicting; return the position after each change."""
    rng, positions = random.Random(seed), []
    put(store, "quiet", Write("a", value="1"))
    for number in range(changes):
        lane = rng.choice("xyz")
        put(store, "laned", Write(None, lane, str(number)))
        value = None if rng.random() < 0.2 else str(number)
        put(store, "keyed", Write(str(rng.randrange(60)), value=value))
        positions.append(store.heads())
    return positions


async def come_back(reader, position) -> dict:
    return json.loads((await reader.since(NAMES, position, is_replay=True)).text)


def sections(update: dict) -> dict[str, tuple[int, int, bool]]:
    return {each["type"]: (each["from"], each["to"], each.get("reset", False)) for each in update["sections"]}


async def test_a_thousand_made_up_epochs_cost_one_read(store, reader):
    fill(store)
    updates = await asyncio.gather(
        *(reader.since(NAMES, {"keyed": Cursor(f"e{n}", n)}, is_replay=True) for n in range(1000))
    )
    assert len(store.asked) == 1
    assert all(update is updates[0] for update in updates)
    assert all(reset for _, _, reset in sections(json.loads(updates[0].text)).values())


async def test_a_thousand_valid_cursors_cost_two_reads(store, reader):
    positions = fill(store, NEAR + 500)
    random.Random(2).shuffle(positions)
    updates = await asyncio.gather(*(come_back(reader, position) for position in positions[:1000]))
    assert len(store.asked) == 2
    assert len({sections(update)["keyed"] for update in updates if update["sections"]}) > 900


async def test_every_cursor_reaches_the_stores_state(store, reader):
    pictures = {}
    for seed in range(40):
        (position,) = fill(store, 1, seed)
        pictures[frozenset(position.items())] = picture_of(store.since(dict.fromkeys(NAMES)))
    positions = [dict(position) for position in pictures]
    updates = await asyncio.gather(*(come_back(reader, position) for position in positions))
    wanted = picture_of(store.since(dict.fromkeys(NAMES))).contents()
    for position, update in zip(positions, updates, strict=True):
        picture: Picture = pictures[frozenset(position.items())]
        picture.apply(update)
        assert picture.contents() == wanted
        assert not any(reset for _, _, reset in sections(update).values())
    assert len(store.asked) == 1


async def test_a_distant_cursor_resets_no_near_one(store, reader):
    old = fill(store)[-1]
    for first in range(0, NEAR + 40, 40):
        keys = [f"k{first + number}" for number in range(40)]
        put(store, "keyed", *(Write(key, value="1") for key in keys))
        put(store, "keyed", *(Write(key) for key in keys))
    near = store.heads()
    put(store, "quiet", Write("b", value="1"))
    assert store.since({"keyed": old["keyed"]})["keyed"].reset, "its removals are forgotten"
    old_update, near_update = await asyncio.gather(come_back(reader, old), come_back(reader, near))
    assert sections(old_update)["keyed"][2]
    assert sections(near_update) == {"quiet": (near["quiet"].revision, near["quiet"].revision + 1, False)}


async def test_a_future_revision_gets_the_whole_board(store, reader):
    *_, behind, position = fill(store)
    ahead = {**position, "keyed": Cursor(position["keyed"].epoch, position["keyed"].revision + 1)}
    update, _ = await asyncio.gather(come_back(reader, ahead), come_back(reader, behind))
    assert sections(update)["keyed"][2]
    assert sections(await come_back(reader, {"keyed": position["keyed"]}))["quiet"][2], "it lacks a keyspace"


async def test_a_browser_that_has_everything_gets_only_the_marker(store, reader):
    position = fill(store)[-1]
    assert await come_back(reader, position) == {"op": "update", "caught_up": True, "sections": []}


async def test_a_browser_that_resumes_during_a_read_gets_the_next_one(store, reader):
    position = fill(store)[-1]
    put(store, "quiet", Write("b", value="1"))
    store.gate.clear()
    early = asyncio.create_task(come_back(reader, position))
    while not store.asked:
        await asyncio.sleep(0)
    late = [asyncio.create_task(come_back(reader, position)) for _ in range(3)]
    for _ in range(5):
        await asyncio.sleep(0)
    store.gate.set()
    await early
    put(store, "quiet", Write("c", value="1"))
    revision = position["quiet"].revision
    assert [sections(await task)["quiet"] for task in late] == [(revision, revision + 2, False)] * 3
    assert len(store.asked) == 2


async def test_a_failure_reaches_all_callers_and_is_not_stored(store, reader):
    position = fill(store)[-1]
    store.failure = StoreUnavailable("locked")
    answers = await asyncio.gather(*(come_back(reader, position) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in answers] == [StoreUnavailable] * 3
    store.failure = None
    assert (await come_back(reader, position))["caught_up"]


async def test_a_cancelled_caller_cancels_no_read(store, reader):
    position = fill(store)[-1]
    store.gate.clear()
    gone, stays = (asyncio.create_task(come_back(reader, position)) for _ in range(2))
    while not store.asked:
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    store.gate.set()
    assert (await stays)["caught_up"]
    assert gone.cancelled()
