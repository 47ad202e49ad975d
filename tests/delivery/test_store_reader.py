"""A read brings a replica up to the store: once for all callers, and with the history that the store has."""

import asyncio
import json
import random

import pytest

from broadcast.delivery.replica import Replica
from broadcast.delivery.store_reader import StoreReader
from broadcast.errors import StoreUnavailable
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from broadcast.types import LIMITS, Batch, Bounds, Cursor, Write
from tests.support.picture import picture_of

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
        self.commits: int | None = None  # unknown, as in a store that other processes write to

    def stamp(self):
        return self.commits

    async def aheads(self):
        return self.heads()

    async def asince(self, cursors, unless=None):
        self.asked.append(dict(cursors))
        read = self.since(cursors, unless)
        await self.gate.wait()
        if self.failure:
            raise self.failure
        return read


class Bench:
    def __init__(self, location: str) -> None:
        self.store = Counting(location)
        self.replica = Replica(NAMES, max_early=9)
        self.reader = StoreReader(self.store, self.replica)

    def put(self, name: str, *writes: Write) -> None:
        self.store.apply([Batch(name, BOUNDS[name], list(writes))])

    def fill(self, changes: int = 300, seed: int = 1) -> list[dict[str, Cursor]]:
        """Change keyspaces at random, removing and evicting; return the position after each change."""
        rng, positions = random.Random(seed), []
        self.put("quiet", Write("a", value="1"))
        for number in range(changes):
            self.put("laned", Write(None, rng.choice("xyz"), str(number)))
            value = None if rng.random() < 0.2 else str(number)
            self.put("keyed", Write(str(rng.randrange(60)), value=value))
            positions.append(self.store.heads())
        return positions

    def sections(self, position: dict) -> dict[str, tuple[int, int, bool]]:
        update = json.loads(self.replica.replay(position).text)
        return {each["type"]: (each["from"], each["to"], each.get("reset", False)) for each in update["sections"]}

    def revision(self) -> int:
        return self.replica.heads["quiet"].revision


@pytest.fixture
def bench(tmp_path):
    yield Bench(f":memory:{tmp_path}")
    close_engines()


async def test_500_callers_at_once_cost_one_read(bench):
    bench.fill(3)
    await asyncio.gather(*(bench.reader.refresh() for _ in range(500)))
    assert len(bench.store.asked) == 1


async def test_a_caller_during_a_read_gets_the_next_one(bench):
    bench.put("quiet", Write("a", value="1"))
    bench.store.gate.clear()
    early = asyncio.create_task(bench.reader.refresh())
    while not bench.store.asked:
        await asyncio.sleep(0)
    bench.put("quiet", Write("b", value="1"))
    late = [asyncio.create_task(bench.reader.refresh()) for _ in range(3)]
    await asyncio.sleep(0)
    bench.store.gate.set()
    await asyncio.gather(early, *late)
    assert (bench.revision(), len(bench.store.asked)) == (2, 2)


async def test_while_nothing_is_committed_nothing_is_read(bench):
    bench.store.commits = 7
    await bench.reader.refresh()
    await bench.reader.refresh()
    assert len(bench.store.asked) == 1
    bench.put("quiet", Write("a", value="1"))
    bench.store.commits = 8
    await bench.reader.refresh()
    assert bench.revision() == 1


async def test_what_was_committed_during_a_read_is_read_again(bench):
    bench.store.commits = 7
    bench.store.gate.clear()
    early = asyncio.create_task(bench.reader.refresh())
    while not bench.store.asked:
        await asyncio.sleep(0)
    bench.put("quiet", Write("a", value="1"))
    bench.store.commits = 8
    bench.store.gate.set()
    await early
    await bench.reader.refresh()
    assert bench.revision() == 1


async def test_a_failure_reaches_all_callers_and_is_not_stored(bench):
    bench.store.commits, bench.store.failure = 7, StoreUnavailable("locked")
    answers = await asyncio.gather(*(bench.reader.refresh() for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
    bench.store.failure = None
    await bench.reader.refresh()
    assert bench.replica.is_loaded


async def test_a_cancelled_caller_cancels_no_read(bench):
    bench.store.gate.clear()
    gone, stays = (asyncio.create_task(bench.reader.refresh()) for _ in range(2))
    while not bench.store.asked:
        await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    bench.store.gate.set()
    await stays
    assert gone.cancelled()


async def test_cursors_of_another_process_get_only_what_they_lack(bench):
    pictures = []
    for seed in range(40):
        (position,) = bench.fill(1, seed)
        pictures.append((position, picture_of(bench.store.since(dict.fromkeys(NAMES)))))
    await bench.reader.refresh()
    wanted = picture_of(bench.store.since(dict.fromkeys(NAMES))).contents()
    for position, picture in pictures:
        picture.apply(json.loads(bench.replica.replay(position).text))
        assert picture.contents() == wanted
        assert not any(reset for _, _, reset in bench.sections(position).values())
    assert len(bench.store.asked) == 1


async def test_a_cursor_that_is_too_old_resets_its_type_only(bench):
    old = bench.fill()[-1]
    for first in range(0, LIMITS.removals + 40, 40):
        keys = [f"k{first + number}" for number in range(40)]
        bench.put("keyed", *(Write(key, value="1") for key in keys))
        bench.put("keyed", *(Write(key) for key in keys))
    near = bench.store.heads()
    bench.put("quiet", Write("b", value="1"))
    bench.put("keyed", Write("new", value="1"))
    await bench.reader.refresh()
    assert len(bench.store.asked) == 2
    assert {name: reset for name, (_, _, reset) in bench.sections(old).items()} == {"keyed": True, "quiet": False}
    assert not any(reset for _, _, reset in bench.sections(near).values())


async def test_made_up_cursors_cost_no_reads(bench):
    *_, position = bench.fill()
    await bench.reader.refresh()
    ahead = {**position, "keyed": Cursor(position["keyed"].epoch, position["keyed"].revision + 1)}
    unknown = {**position, "keyed": Cursor("e", 1)}
    for stranger in (ahead, unknown, {name: head for name, head in position.items() if name != "keyed"}):
        assert bench.sections(stranger) == {"keyed": (0, position["keyed"].revision, True)}
    assert bench.sections(position) == {}
    assert len(bench.store.asked) == 1
