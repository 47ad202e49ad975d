"""Histories of one browser, on virtual time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from broadcast.delivery.compression import Deflater
from broadcast.delivery.group_member import LAYER_S
from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.stores.base import StickyCache
from tests.support.faulty_layer import FaultyLayer
from tests.support.processes import compressing
from tests.support.server import until
from tests.support.world import Browser, World


@asynccontextmanager
async def one_browser(layer: LocalChannelLayer, store: StickyCache, patience_s: float) -> AsyncIterator[World]:
    """Yield a world with one browser, whose reconciler repairs nothing that the layer breaks.

    The store takes virtual time, see `simulated`.
    """
    deflater = Deflater(min_bytes=100, max_inline_bytes=300, run=compressing)
    world = World(layer, store, heads_s=3600, is_elsewhere=True, deflater=deflater)
    world.patience_s = patience_s
    world.browsers.append(Browser(world))
    world.browsers[0].open()
    try:
        yield world
    finally:
        await world.close()


async def first_browser_joins_late(store: StickyCache, patience_s: float = 10.0, *, reads_first: bool = False) -> None:
    """Publish while the first browser's process is not yet a member of the group, with a bug only when it has read."""
    may_join = asyncio.Event()
    async with one_browser(FaultyLayer(gates={"group_add": may_join}), store, patience_s) as world:
        try:
            if reads_first:
                # Before the layer's time is over, after which a browser is not kept waiting.
                await until(lambda: world.browsers[0].has({}), LAYER_S / 10, "the browser reads before it is a member")
            for _ in range(20):
                await world.publish({"type": "keyed", "key": "a", "n": 1})
        finally:
            may_join.set()
        await world.settled()
