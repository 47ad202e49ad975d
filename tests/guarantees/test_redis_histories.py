"""Random histories and planted bugs again, on Redis and on Valkey."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from broadcast.stores.redis import apply
from broadcast.stores.redis.read import Reading
from tests.support import planted_bugs as planted
from tests.support.histories import first_browser_joins_late
from tests.support.picture import Gap
from tests.support.planted_bugs import script_with
from tests.support.processes import simulated
from tests.support.redis_clock import ClockedRedisCache
from tests.support.redis_server import ENGINES
from tests.support.simulations import close_redis, play_seeds
from tests.support.stores import ONE_ENGINE, shared_server

Make = Callable[[], Any]
SEEDS = range(7, 47)  # the first one finds most


@pytest.fixture(params=ENGINES)
def make_store(request) -> Iterator[Make]:
    names = map("late-{}".format, itertools.count())
    yield lambda: simulated(ClockedRedisCache)(shared_server(request.param).url, {"KEY_PREFIX": next(names)})
    close_redis(request.param)


@pytest.mark.parametrize("engine", ["valkey", pytest.param("redis", marks=pytest.mark.slow)])
def test_no_history_of_the_fixed_seeds_ends_wrong(engine):
    play_seeds(range(3), engine)


def delta_with(change: Callable[[Any], Any]) -> Callable[[Any], None]:
    result = Reading.result

    def plant(patch) -> None:
        patch.setattr(Reading, "result", lambda self: (delta := result(self)) and change(delta))

    return plant


def bounds_are_ignored(patch) -> None:
    argument = apply._argument
    no_bounds = dict.fromkeys(["per_lane", "max_lanes", "max_keys"], 10**9)
    patch.setattr(apply, "_argument", lambda *given: {**argument(*given), **no_bounds})


# Those of the store; the others are found by the same histories on SQLite.
BUGS = {
    "the revision is one ahead": delta_with(lambda delta: replace(delta, to_revision=delta.to_revision + 1)),
    "the revision is one behind": delta_with(
        lambda delta: replace(delta, to_revision=max(delta.from_revision, delta.to_revision - 1))
    ),
    "removed entries stay": script_with("since", r"\n  redis.call\('ZRANGE', REMOVED,[^\n]*", " {}"),
    "evicted entries stay": script_with("apply", r"floor_texts\[#floor_texts \+ 1\] = [^\n]*", ""),
    "evicted entries stay with who returns": script_with(
        "since", r"redis.call\('ZRANGE', RAISED,[^\n]*'BYSCORE'\)", "{}"
    ),
    "expired entries stay": script_with("apply", r"local expired = [^\n]*", "local expired = {}"),
    "nothing is evicted": bounds_are_ignored,
    "a delta misses its first entry": delta_with(lambda delta: replace(delta, entries=delta.entries[1:])),
    "thinned entries stay with who returns": script_with("since", r"strides\[#strides \+ 1\] = [^\n]*", ""),
    "thinning removes the wrong half": script_with("apply", r"number % stride ~= 0", "number % stride == 0"),
    "thinned entries stay": script_with("apply", r"\n    drop_between\([^\n]*", ""),
}


def test_each_bug_is_planted_in_the_other_store_too():
    assert set(BUGS) < set(planted.BUGS)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ONE_ENGINE)
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug, engine, monkeypatch):
    BUGS[bug](monkeypatch)
    with pytest.raises((AssertionError, Gap)):
        play_seeds(SEEDS, engine)


@pytest.mark.virtual_time
async def test_reading_before_the_group_was_joined_is_found(make_store, monkeypatch):
    await first_browser_joins_late(make_store())
    planted.the_group_is_joined_after_the_read(monkeypatch)
    with pytest.raises(AssertionError, match=r"not within .* reaches"):
        await first_browser_joins_late(make_store(), planted.FOUND_S, reads_first=True)
