"""Random histories: concurrent producers, browsers that connect, disconnect and stall, and operators' actions."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.testing.guarantees import check_all
from tests.support.faulty_layer import FaultyLayer
from tests.support.world import Browser, World

STEPS = 25
MAX_BROWSERS = 6


def random_event(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice(
        ["keyed", "keyed", "brief", "laned", "laned", "course", "course", "recent", "whole", "sum", "own"]
    )
    return {
        "type": kind,
        "key": rng.choice("abcdef"),
        "lane": rng.choice("xyz"),
        "n": rng.randrange(100),
    }


async def publish_some(world: World, rng: random.Random) -> None:
    """Up to three producers send batches at the same time."""
    batches = [[random_event(rng) for _ in range(rng.randrange(1, 8))] for _ in range(rng.randrange(1, 4))]
    await asyncio.gather(*(world.publish(*batch) for batch in batches))


async def come_while_it_goes_on(world: World, rng: random.Random) -> None:
    """A browser connects or reconnects while producers send."""
    away = [browser for browser in world.browsers if not browser.is_open]
    sending = asyncio.create_task(publish_some(world, rng))
    for _ in range(rng.randrange(4)):
        await asyncio.sleep(0)
    if away and rng.random() < 0.6:
        rng.choice(away).open(forget=rng.random() < 0.2)
    elif len(world.browsers) < MAX_BROWSERS:
        world.browsers.append(Browser(world))
        world.browsers[-1].open()
    await sending


async def leave(world: World, rng: random.Random) -> None:
    here = [browser for browser in world.browsers if browser.is_open]
    if here:
        await rng.choice(here).close()


async def stall(world: World, rng: random.Random) -> None:
    """A browser stops or resumes acknowledging or reading."""
    here = [browser for browser in world.browsers if browser.is_open]
    if not here:
        return
    browser = rng.choice(here)
    if not browser.acks:
        browser.acks = True
        browser.ack()
    elif not browser.reads.is_set():
        browser.reads.set()
    elif rng.random() < 0.5:
        browser.acks = False
    else:
        browser.reads.clear()


async def remove(world: World, rng: random.Random) -> None:
    keyspace = rng.choice(["keyed", "sum", "whole", "laned", "course"])
    entries = world.store.since({keyspace: None})[keyspace].entries
    if entries:
        await asyncio.to_thread(world.store.delete, f"{keyspace}:{rng.choice(entries).key}")


async def clear(world: World, rng: random.Random) -> None:
    await asyncio.to_thread(world.store.reset, rng.choice(["keyed", "laned", "course", "sum"]))


async def wait(world: World, rng: random.Random) -> None:
    """Time passes, and expired entries are swept."""
    world.now += rng.choice([1, 4, 11])
    await world.publisher.sweep()


STEPS_BY_WEIGHT = [
    (publish_some, 8),
    (come_while_it_goes_on, 6),
    (leave, 3),
    (stall, 3),
    (remove, 2),
    (wait, 2),
    (clear, 1),
]


async def run_history(world: World, seed: int, steps: int = STEPS) -> None:
    """Run one history; after every change, check that every browser that can has the store's state."""
    rng = random.Random(seed)
    choices, weights = zip(*STEPS_BY_WEIGHT, strict=True)
    world.browsers.append(Browser(world))
    world.browsers[0].open()
    try:
        for _ in range(steps):
            await rng.choices(choices, weights)[0](world, rng)
            await world.settled()
            world.heartbeat()
            world.check_bounds()
            truth = world.truth()
            for browser in world.browsers:
                if browser.is_open and browser.acks and browser.reads.is_set():
                    assert browser.picture.contents() == truth, f"seed {seed}"
        await bring_all_back(world)
        truth = world.truth()
        assert world.store.history, "no commit was noted, so nothing could be compared with it"
        for browser in world.browsers:
            check_all(browser.transcript, world.store.history, truth)
    finally:
        await world.close()


async def bring_all_back(world: World) -> None:
    for browser in world.browsers:
        browser.reads.set()
        if not browser.is_open:
            browser.open()
        if not browser.acks:
            browser.acks = True
            browser.ack()
    await world.settled()
    world.heartbeat()


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


async def first_browser_joins_late(patience_s: float = 10.0, store: Any = ":memory:late") -> None:
    """Publish while the first browser's process is not yet a member of the group."""
    may_join = asyncio.Event()
    async with one_browser(FaultyLayer(gates={"group_add": may_join}), store, patience_s) as world:
        try:
            for _ in range(20):
                await world.publish({"type": "keyed", "key": "a", "n": 1})
        finally:
            may_join.set()
        await world.settled()
