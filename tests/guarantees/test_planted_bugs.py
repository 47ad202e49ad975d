"""The late-joiner property finds each bug that such a system is known to have. A check needs to be able to fail."""

import pytest

from broadcast.delivery.local_layer import LocalChannelLayer
from tests.support.faulty_layer import FaultyLayer, Network, random_faults
from tests.support.planted_bugs import BUGS, find
from tests.support.world import World


def world_of(seed: int, location: str) -> World:
    """Return a world whose process publishes itself, or one that hears of all updates through a faulty layer."""
    if seed % 2:
        return World(FaultyLayer(Network(random_faults(seed))), location, heads_s=0.01, is_elsewhere=True)
    return World(LocalChannelLayer(), location)


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
async def test_a_planted_bug_is_found(bug, monkeypatch):
    BUGS[bug](monkeypatch)

    assert await find(lambda seed: world_of(seed, f":memory:bug-{bug}-{seed}")) is not None


@pytest.mark.chaos  # other tests run the first of these histories
async def test_the_same_histories_are_right_without_a_bug():
    assert await find(lambda seed: world_of(seed, f":memory:no-bug-{seed}"), patience_s=10.0) is None
