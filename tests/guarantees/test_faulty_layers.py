"""Updates that a channel layer silently loses are repaired by the cursor."""

import pytest

from broadcast.delivery.replica import Replica
from broadcast.stores import SQLiteCache
from broadcast.stores.base import StickyCache
from tests.support.faulty_layer import FORWARD, LOSE, FaultyLayer, Network
from tests.support.histories import first_browser_joins_late, one_browser
from tests.support.planted_bugs import FOUND_S, the_group_is_joined_after_the_read
from tests.support.processes import simulated

pytestmark = pytest.mark.virtual_time


@pytest.fixture
def store(tmp_path):
    return simulated(SQLiteCache)(f":memory:{tmp_path}", {})


async def one_update_is_lost(store: StickyCache, patience_s: float = 10.0) -> None:
    """Lose one update, forward the next one, and wait for both; the reconciler does not help."""
    async with one_browser(FaultyLayer(Network([FORWARD, LOSE])), store, patience_s) as world:
        for number, key in enumerate("abc", start=1):
            await world.publish({"type": "keyed", "key": key, "n": number})
            if number != 2:
                await world.settled()
        assert world.browsers[0].picture.contents() == world.truth()


async def test_a_gap_is_repaired_at_the_next_update(store):
    await one_update_is_lost(store)


async def test_dropping_what_does_not_continue_is_found(store, monkeypatch):
    monkeypatch.setattr(Replica, "gap_since", None)
    with pytest.raises(AssertionError, match="not within"):
        await one_update_is_lost(store, FOUND_S)


async def test_nothing_is_read_before_the_group_was_joined(store):
    await first_browser_joins_late(store)


async def test_reading_before_the_group_was_joined_is_found(store, monkeypatch):
    the_group_is_joined_after_the_read(monkeypatch)
    with pytest.raises(AssertionError, match=r"not within .* reaches"):
        await first_browser_joins_late(store, FOUND_S, reads_first=True)
