"""A read brings a replica up to the store: once for all callers, and with the history that the store has."""

import asyncio
import json
import random

import pytest

from broadcast.errors import StoreUnavailable
from broadcast.types import LIMITS, Batch, Bounds, Cursor, Write
from tests.support.bench import BOARDS, Bench
from tests.support.picture import picture_of

NAMES = BOARDS["main"]
BOUNDS = {"keyed": Bounds(max_keys=40), "sum": Bounds(per_lane=3, max_lanes=2), "whole": Bounds(max_keys=9)}


def put(bench: Bench, name: str, *writes: Write) -> None:
    bench.store.apply([Batch(name, BOUNDS[name], list(writes))])


def fill(bench: Bench, changes: int = 300, seed: int = 1) -> list[dict[str, Cursor]]:
    """Change keyspaces at random, removing and evicting; return the position after each change."""
    rng, positions = random.Random(seed), []
    put(bench, "whole", Write("a", value="1"))
    for number in range(changes):
        put(bench, "sum", Write(None, rng.choice("xyz"), str(number)))
        value = None if rng.random() < 0.2 else str(number)
        put(bench, "keyed", Write(str(rng.randrange(60)), value=value))
        positions.append(bench.store.heads())
    return positions


def sections(bench: Bench, position: dict) -> dict[str, tuple[int, int, bool]]:
    update = json.loads(bench.replica.replay(position).text)
    return {each["type"]: (each["from"], each["to"], each.get("reset", False)) for each in update["sections"]}


def revision(bench: Bench) -> int:
    return bench.replica.heads["whole"].revision


@pytest.fixture
def bench(make_bench) -> Bench:
    return make_bench()


async def test_500_callers_at_once_cost_one_read(bench):
    fill(bench, 3)
    await asyncio.gather(*(bench.reader.refresh() for _ in range(500)))
    assert len(bench.store.asked) == 1


async def test_while_nothing_is_committed_nothing_is_read(bench):
    bench.store.commits = 7
    await bench.reader.refresh()
    await bench.reader.refresh()
    assert len(bench.store.asked) == 1
    put(bench, "whole", Write("a", value="1"))
    bench.store.commits = 8
    await bench.reader.refresh()
    assert revision(bench) == 1


async def test_what_was_committed_during_a_read_is_read_again(bench):
    bench.store.commits = 7
    bench.store.gate.clear()
    early = asyncio.create_task(bench.reader.refresh())
    while not bench.store.asked:
        await asyncio.sleep(0)
    put(bench, "whole", Write("a", value="1"))
    bench.store.commits = 8
    bench.store.gate.set()
    await early
    await bench.reader.refresh()
    assert revision(bench) == 1


async def test_a_failure_reaches_all_callers_and_is_not_stored(bench):
    bench.store.commits = 7
    bench.store.failures.append(StoreUnavailable("locked"))
    answers = await asyncio.gather(*(bench.reader.refresh() for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable] * 3
    await bench.reader.refresh()
    assert bench.replica.is_loaded


async def test_cursors_of_another_process_get_only_what_they_lack(bench):
    pictures = []
    for seed in range(40):
        (position,) = fill(bench, 1, seed)
        pictures.append((position, picture_of(bench.store.since(dict.fromkeys(NAMES)))))
    await bench.reader.refresh()
    wanted = picture_of(bench.store.since(dict.fromkeys(NAMES))).contents()
    for position, picture in pictures:
        picture.apply(json.loads(bench.replica.replay(position).text))
        assert picture.contents() == wanted
        assert not any(reset for _, _, reset in sections(bench, position).values())
    assert len(bench.store.asked) == 1


async def test_a_cursor_that_is_too_old_resets_its_type_only(bench):
    old = fill(bench)[-1]
    for first in range(0, LIMITS.removals + 40, 40):
        keys = [f"k{first + number}" for number in range(40)]
        put(bench, "keyed", *(Write(key, value="1") for key in keys))
        put(bench, "keyed", *(Write(key) for key in keys))
    near = bench.store.heads()
    put(bench, "whole", Write("b", value="1"))
    put(bench, "keyed", Write("new", value="1"))
    await bench.reader.refresh()
    assert len(bench.store.asked) == 2
    assert {name: reset for name, (_, _, reset) in sections(bench, old).items()} == {"keyed": True, "whole": False}
    assert not any(reset for _, _, reset in sections(bench, near).values())


async def test_made_up_cursors_cost_no_reads(bench):
    *_, position = fill(bench)
    await bench.reader.refresh()
    ahead = {**position, "keyed": Cursor(position["keyed"].epoch, position["keyed"].revision + 1)}
    unknown = {**position, "keyed": Cursor("e", 1)}
    for stranger in (ahead, unknown, {name: head for name, head in position.items() if name != "keyed"}):
        assert sections(bench, stranger) == {"keyed": (0, position["keyed"].revision, True)}
    assert sections(bench, position) == {}
    assert len(bench.store.asked) == 1
