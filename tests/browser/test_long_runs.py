"""A browser that joins after a million steps of a run draws its first and its newest point."""

import asyncio
import json
import time

import pytest

from broadcast.stores import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from broadcast.types import Batch, Write
from stickyboard import Producer
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.long_runs import BOUND, EVENT_TYPES
from tests.support.server import Server
from tests.support.tab import Tab

pytestmark = [*needs_chromium, pytest.mark.chaos]

STEPS = {"course": 1_000_000, "ring": 100_000}
TICK = 1000
CONF = {"EVENT_TYPES": "tests.support.long_runs.EVENT_TYPES"}


def loss_at(step: int) -> dict[str, object]:
    return {"run": "run-1", "step": step, "loss": 1 / (1 + step / 1000)}


def log_run(server: Server, kind: str) -> float:
    """Store every step of a run, as a publisher does, and return the processor time of an event, in microseconds."""
    store = SQLiteCache(str(server.store_file), {"OPTIONS": {"synchronous": "NORMAL"}})
    [bounds] = [each.policy.bounds for each in EVENT_TYPES if each.name == kind]
    began = time.process_time()
    for first in range(0, STEPS[kind], TICK):
        values = [json.dumps({"type": kind, **loss_at(step)}) for step in range(first, first + TICK)]
        store.apply([Batch(kind, bounds, [Write(None, lane="run-1", value=value) for value in values])])
    return (time.process_time() - began) / STEPS[kind] * 1e6


async def has_tooltip(tab: Tab, key: str, title: str) -> None:
    """Wait until a key moves the crosshair to the first or the last point, which may not be painted yet."""
    plot = tab.page.locator("[data-scene=course] .plot-frame")

    async def is_shown() -> bool:
        await plot.blur()
        await tab.has_painted()
        await plot.press(key)
        await tab.has_painted()
        return await tab.page.locator("[data-scene=course] .tooltip-title").inner_text() == title

    async with asyncio.timeout(20):
        while not await is_shown():
            pass


async def test_draws_the_first_and_newest_of_a_million_steps(tmp_path, capsys):
    newest = STEPS["course"]
    server = BuiltServer(tmp_path, TEST_BROADCAST=json.dumps(CONF))
    cost_us = {kind: log_run(server, kind) for kind in STEPS}
    close_engines()
    with server:
        async with Producer(server.http, server.token) as producer, chromium() as open_tab:
            tab = await open_tab(server)
            await tab.is_live()
            await producer.publish("course", **loss_at(newest), wait=True)
            await tab.until(f"stickyboard.mirror.entries('course').at(-1).value.step === {newest}")
            steps = await tab.ask("stickyboard.mirror.entries('course').map(({value}) => value.step)")
            await has_tooltip(tab, "ArrowRight", "x: 0")
            await has_tooltip(tab, "ArrowLeft", f"x: {newest:,}")
            assert tab.complaints == []
    with capsys.disabled():
        print(f"\nprocessor time of an event, µs: {cost_us}; stored: {len(steps)} of {newest + 1:,} steps")
    assert (steps[0], steps[-1]) == (0, newest)
    assert BOUND / 2 <= len(steps) <= BOUND
    assert cost_us["course"] < 1.2 * cost_us["ring"]
