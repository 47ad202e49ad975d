"""Frames that a channel layer loses, doubles or swaps without a word are repaired by the cursor."""

import random

import pytest

from broadcast.layers import LocalChannelLayer
from tests.guarantees.histories import run_history
from tests.guarantees.world import World


class FaultyLayer(LocalChannelLayer):
    """Loses, doubles, delays or passes on each message, by chance."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._rng = random.Random(seed)
        self._held: list[tuple[str, dict]] = []

    async def group_send(self, group: str, message: dict) -> None:
        fate = self._rng.choice(["lose", "double", "hold", "pass"])
        if fate == "hold":
            self._held.append((group, message))
            return
        for _ in range({"lose": 0, "double": 2, "pass": 1}[fate]):
            await super().group_send(group, message)
        held, self._held = self._held, []
        for late_group, late in held:
            await super().group_send(late_group, late)


@pytest.mark.parametrize("block", range(2))
async def test_a_faulty_layer_costs_time_but_nothing_else(block):
    for seed in range(block * 20, block * 20 + 20):
        world = World(FaultyLayer(seed), f":memory:faulty-{seed}", heads_s=0.01)
        await run_history(world, seed)
