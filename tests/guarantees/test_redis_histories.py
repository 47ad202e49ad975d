"""Late joiners, faulty layers and planted bugs again, on Redis and on Valkey."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from broadcast.consumers import BoardConsumer
from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.stores.redis import apply, keys
from broadcast.stores.redis.keys import SCRIPTS, script_of
from broadcast.stores.redis.read import Reading
from tests.guarantees import test_planted_bugs as planted
from tests.guarantees.histories import run_history
from tests.guarantees.test_faulty_layers import (
    FaultyLayer,
    first_browser_joins_late,
    the_group_is_joined_after_the_read,
)
from tests.guarantees.world import World
from tests.support.picture import Gap
from tests.support.recording import RecordingRedisCache
from tests.support.redis_server import ENGINES
from tests.support.stores import stores

Make = Callable[[], Any]


@pytest.fixture(params=ENGINES)
def make_store(request, tmp_path) -> Iterator[Make]:
    with stores(request.param, tmp_path, RecordingRedisCache) as make:
        yield make


async def run_histories(make_store: Make, seeds: range) -> None:
    """Run each history once over a sound layer, and once over one that loses, doubles and delays."""
    for seed in seeds:
        await run_history(World(LocalChannelLayer(), make_store()), seed)
        await run_history(World(FaultyLayer(seed), make_store(), heads_s=0.01), seed)


async def test_any_browser_has_the_picture_after_every_change(make_store):
    await run_histories(make_store, range(8))


@pytest.mark.chaos
@pytest.mark.timeout(3000)
async def test_a_thousand_histories_end_with_the_picture(make_store):
    await run_histories(make_store, range(1000, 1500))


def script_with(name: str, pattern: str, instead: str) -> Callable[[Any], None]:
    """Plant a bug by changing a script; the pattern must be found, so that no bug goes missing."""

    def plant(patch) -> None:
        text, count = re.subn(pattern, instead, SCRIPTS[name].text)
        assert count, pattern
        patch.setitem(keys.SCRIPTS, name, script_of(text))

    return plant


def delta_with(change: Callable[[Any], Any]) -> Callable[[Any], None]:
    result = Reading.result

    def plant(patch) -> None:
        patch.setattr(Reading, "result", lambda self: (delta := result(self)) and change(delta))

    return plant


def bounds_are_ignored(patch) -> None:
    argument = apply._argument
    no_bounds = {"per_lane": None, "max_lanes": None, "max_keys": None}
    patch.setattr(apply, "_argument", lambda tick: {**argument(tick), **no_bounds})


# Those of the browser's side are the same, whatever the store.
BUGS = {
    "updates are not compared with the cursor": planted.updates_are_not_compared,
    "updates that come during a replay are forgotten": planted.updates_after_a_replay_are_forgotten,
    "the revision is one ahead": delta_with(lambda delta: replace(delta, to_revision=delta.to_revision + 1)),
    "the revision is one behind": delta_with(
        lambda delta: replace(delta, to_revision=max(delta.from_revision, delta.to_revision - 1))
    ),
    "removed entries stay": script_with("since", r"\n  redis.call\('ZRANGE', REMOVED,[^\n]*", " {}"),
    "evicted entries stay": script_with("apply", r"floor_texts\[#floor_texts \+ 1\] = [^\n]*", ""),
    "evicted entries stay with who returns": script_with("since", r"if can_tell then\n  for", "if false then\n  for"),
    "expired entries stay": script_with("apply", r"local expired = [^\n]*", "local expired = {}"),
    "nothing is evicted": bounds_are_ignored,
    "a delta misses its first entry": delta_with(lambda delta: replace(delta, entries=delta.entries[1:])),
    "a floor is ignored": planted.floors_are_ignored,
    "a reset is ignored": planted.resets_are_ignored,
}


async def find(make_store: Make) -> int | None:
    """Return the first seed whose history shows a wrong picture."""
    for seed in range(planted.SEEDS):
        world = World(LocalChannelLayer(), make_store(), BoardConsumer)
        world.patience_s = planted.FOUND_S
        try:
            await run_history(world, seed)
        except (TimeoutError, AssertionError, Gap):
            return seed
    return None


def test_each_bug_of_the_other_store_is_planted_here_too():
    assert set(BUGS) == set(planted.BUGS)


@pytest.mark.parametrize("bug", BUGS)
async def test_a_planted_bug_is_found(bug, make_store, monkeypatch):
    BUGS[bug](monkeypatch)

    assert await find(make_store) is not None


async def test_reading_before_the_group_was_joined_is_found(make_store, monkeypatch):
    await first_browser_joins_late(store=make_store())
    the_group_is_joined_after_the_read(monkeypatch)
    with pytest.raises(AssertionError, match="not within"):
        await first_browser_joins_late(planted.FOUND_S, make_store())
