"""A history in which the first browser joins late."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from broadcast.delivery.local_layer import LocalChannelLayer
from tests.support.faulty_layer import FaultyLayer
from tests.support.server import until
from tests.support.world import Browser, World


@asynccontextmanager
async def one_browser(layer: LocalChannelLayer, store: Any, patience_s: float) -> AsyncIterator[World]:
    """Yield a world with one browser, whose reconciler repairs nothing that the layer breaks."""
    world = World(layer, store, heads_s=3600, is_elsewhere=True)
    world.patience_s = patience_s
    world.browsers.append(Browser(world))
    world.browsers[0].open()
    try:
        yield world
    finally:
        await world.close()


async def first_browser_joins_late(
    patience_s: float = 10.0, store: Any = ":memory:late", *, reads_first: bool = False
) -> None:
    """Publish while the first browser's process is not yet a member of the group, with a bug only when it has read."""
    may_join = asyncio.Event()
    async with one_browser(FaultyLayer(gates={"group_add": may_join}), store, patience_s) as world:
        try:
            if reads_first:
                await until(lambda: world.browsers[0].has({}), what="the browser has read before it is a member")
            for _ in range(20):
                await world.publish({"type": "keyed", "key": "a", "n": 1})
        finally:
            may_join.set()
        await world.settled()
