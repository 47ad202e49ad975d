"""Updates that a channel layer loses, doubles or swaps without a word are repaired by the cursor."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from broadcast.delivery import coalesce
from broadcast.delivery.fanout import Fanout
from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.delivery.position import Verdict
from tests.guarantees.histories import run_history
from tests.guarantees.test_planted_bugs import FOUND_S
from tests.guarantees.world import Browser, World


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


@asynccontextmanager
async def one_browser(layer: LocalChannelLayer, store: Any, patience_s: float) -> AsyncIterator[World]:
    """Yield a world with a browser in it, and no reconciler that would mend what a layer does to it."""
    world = World(layer, store, heads_s=3600)
    world.patience_s = patience_s
    world.browsers.append(Browser(world))
    world.browsers[0].open()
    try:
        yield world
    finally:
        await world.close()


class ForgetfulLayer(LocalChannelLayer):
    """Loses as many of the next updates as it is told to."""

    losses = 0

    async def group_send(self, group: str, message: dict) -> None:
        if self.losses:
            self.losses -= 1
        else:
            await super().group_send(group, message)


async def gap_is_mended(patience_s: float = 10.0) -> None:
    """Lose one update, pass the next one on, and wait for both; no reconciler comes in between."""
    layer = ForgetfulLayer()
    async with one_browser(layer, ":memory:gap", patience_s) as world:
        await world.publish({"type": "keyed", "key": "a", "n": 1})
        await world.settled()
        layer.losses = 1
        await world.publish({"type": "keyed", "key": "b", "n": 2})
        await world.publish({"type": "keyed", "key": "c", "n": 3})
        await world.settled()
        assert world.browsers[0].picture.shown() == world.truth()


async def test_a_gap_is_repaired_at_the_next_update():
    await gap_is_mended()


async def test_dropping_what_does_not_continue_is_found(monkeypatch):
    judge = coalesce.judge

    def careless(position, spans):
        return Verdict.DROP if judge(position, spans) is Verdict.CATCH_UP else judge(position, spans)

    monkeypatch.setattr(coalesce, "judge", careless)
    with pytest.raises(AssertionError, match="not within"):
        await gap_is_mended(FOUND_S)


class LateLayer(LocalChannelLayer):
    """Lets nobody into a group before it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.lets_in = asyncio.Event()

    async def group_add(self, group: str, channel: str) -> None:
        await self.lets_in.wait()
        await super().group_add(group, channel)


async def first_browser_joins_late(patience_s: float = 10.0, store: Any = ":memory:late") -> None:
    """Publish while the first browser's process is not yet a member of the group; no reconciler comes in between."""
    layer = LateLayer()
    async with one_browser(layer, store, patience_s) as world:
        try:
            for _ in range(20):
                await world.publish({"type": "keyed", "key": "a", "n": 1})
        finally:
            layer.lets_in.set()
        await world.settled()


async def test_nothing_is_read_before_the_group_was_joined():
    await first_browser_joins_late()


def the_group_is_joined_after_the_read(patch) -> None:
    async def does_not_wait(self) -> None:
        pass

    patch.setattr(Fanout, "is_member", does_not_wait)


async def test_reading_before_the_group_was_joined_is_found(monkeypatch):
    the_group_is_joined_after_the_read(monkeypatch)
    with pytest.raises(AssertionError, match="not within"):
        await first_browser_joins_late(FOUND_S)
