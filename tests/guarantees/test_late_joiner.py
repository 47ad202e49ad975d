"""After every change, a late joiner's state equals that of a browser that was connected from the start."""

import pytest
from channels.layers import InMemoryChannelLayer

from broadcast.delivery.local_layer import LocalChannelLayer
from tests.support.histories import run_history
from tests.support.world import World

LAYERS = {"local": LocalChannelLayer, "memory": InMemoryChannelLayer}


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    "block",
    [0, *(pytest.param(more, marks=pytest.mark.chaos) for more in range(1, 15))],
)
async def test_any_browser_has_the_picture_after_every_change(layer, block):
    for seed in range(block * 10, block * 10 + 10):
        world = World(LAYERS[layer](), f":memory:{layer}-{seed}", is_elsewhere=layer == "memory")
        await run_history(world, seed)
