"""The late-joiner property finds each bug that such a system is known to have. A check needs to be able to fail."""

import pytest

from broadcast.delivery.local_layer import LocalChannelLayer
from tests.support.planted_bugs import BUGS, find
from tests.support.world import World


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
async def test_a_planted_bug_is_found(bug, monkeypatch):
    BUGS[bug](monkeypatch)

    assert await find(lambda seed: World(LocalChannelLayer(), f":memory:bug-{bug}-{seed}")) is not None


@pytest.mark.slow
async def test_the_same_histories_are_right_without_a_bug():
    assert await find(lambda seed: World(LocalChannelLayer(), f":memory:no-bug-{seed}"), patience_s=10.0) is None
