"""Late joiners, faulty layers and planted bugs again, on Redis and on Valkey."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.stores.redis import apply
from broadcast.stores.redis.read import Reading
from tests.support import planted_bugs as planted
from tests.support.faulty_layer import FaultyLayer, Network, random_faults
from tests.support.histories import first_browser_joins_late, run_history
from tests.support.planted_bugs import script_with
from tests.support.recording import RecordingRedisCache
from tests.support.redis_server import ENGINES
from tests.support.stores import ONE_ENGINE, stores
from tests.support.world import World

Make = Callable[[], Any]


@pytest.fixture(params=ENGINES)
def make_store(request, tmp_path) -> Iterator[Make]:
    with stores(request.param, tmp_path, RecordingRedisCache) as make:
        yield make


async def run_histories(make_store: Make, seeds: range) -> None:
    """Run each history once over a sound layer, and once over one that loses, doubles and delays."""
    for seed in seeds:
        await run_history(World(LocalChannelLayer(), make_store()), seed)
        layer = FaultyLayer(Network(random_faults(seed)))
        await run_history(World(layer, make_store(), heads_s=0.01, is_elsewhere=True), seed)


async def test_any_browser_has_the_picture_after_every_change(make_store):
    await run_histories(make_store, range(3))


@pytest.mark.chaos
@pytest.mark.timeout(3000)
async def test_a_thousand_histories_end_with_the_picture(make_store):
    await run_histories(make_store, range(1000, 1500))


def delta_with(change: Callable[[Any], Any]) -> Callable[[Any], None]:
    result = Reading.result

    def plant(patch) -> None:
        patch.setattr(Reading, "result", lambda self: (delta := result(self)) and change(delta))

    return plant


def bounds_are_ignored(patch) -> None:
    argument = apply._argument
    no_bounds = dict.fromkeys(["per_lane", "max_lanes", "max_keys"], 10**9)
    patch.setattr(apply, "_argument", lambda tick: {**argument(tick), **no_bounds})


# Those of the browser's side are the same, whatever the store.
BUGS = {
    "updates are not compared with the cursor": planted.updates_are_not_compared,
    "updates that come during a replay are forgotten": planted.updates_after_a_replay_are_forgotten,
    "the revision is one ahead": delta_with(lambda delta: replace(delta, to_revision=delta.to_revision + 1)),
    "the revision is one behind": delta_with(
        lambda delta: replace(delta, to_revision=max(delta.from_revision, delta.to_revision - 1))
    ),
    "removed entries stay with who returns": planted.removals_are_not_remembered,
    "removed entries stay": script_with("since", r"\n  redis.call\('ZRANGE', REMOVED,[^\n]*", " {}"),
    "evicted entries stay": script_with("apply", r"floor_texts\[#floor_texts \+ 1\] = [^\n]*", ""),
    "evicted entries stay with who returns": script_with(
        "since", r"redis.call\('ZRANGE', RAISED,[^\n]*'BYSCORE'\)", "{}"
    ),
    "expired entries stay": script_with("apply", r"local expired = [^\n]*", "local expired = {}"),
    "nothing is evicted": bounds_are_ignored,
    "a delta misses its first entry": delta_with(lambda delta: replace(delta, entries=delta.entries[1:])),
    "a floor is ignored": planted.floors_are_ignored,
    "a stride is ignored": planted.strides_are_ignored,
    "thinned entries stay with who returns": script_with("since", r"strides\[#strides \+ 1\] = [^\n]*", ""),
    "thinning removes the wrong half": script_with("apply", r"number % stride ~= 0", "number % stride == 0"),
    "thinned entries stay": script_with("apply", r"\n    drop_between\([^\n]*", ""),
    "a reset is ignored": planted.resets_are_ignored,
}


def test_each_bug_of_the_other_store_is_planted_here_too():
    assert set(BUGS) == set(planted.BUGS)


@pytest.mark.slow
@pytest.mark.parametrize("make_store", ONE_ENGINE, indirect=True)
@pytest.mark.parametrize("bug", BUGS)
async def test_a_planted_bug_is_found(bug, make_store, monkeypatch):
    BUGS[bug](monkeypatch)

    def new_world(seed: int) -> World:
        if seed % 2:
            return World(FaultyLayer(Network(random_faults(seed))), make_store(), heads_s=0.01, is_elsewhere=True)
        return World(LocalChannelLayer(), make_store())

    assert await planted.find(new_world) is not None


async def test_reading_before_the_group_was_joined_is_found(make_store, monkeypatch):
    await first_browser_joins_late(store=make_store())
    planted.the_group_is_joined_after_the_read(monkeypatch)
    with pytest.raises(AssertionError, match="not within"):
        await first_browser_joins_late(planted.FOUND_S, make_store())
