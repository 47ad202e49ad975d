"""On a page that stays open, nothing moves when values change, and memory does not grow."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from dashboard_project.event_types import EVENT_TYPES
from stickyboard import Producer
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import shows_all_of
from tests.support.server import Server
from tests.support.tab import LIVE, Tab
from tests.support.table import FEW_PREDICTIONS

pytestmark = needs_chromium

# One second of the test is a minute of the page, once it is live: timers, ages and heartbeats run faster. Sockets,
# animation frames and paints are real, and so is the clock that measures paints. Heartbeats are late on a busy machine,
# so the page expects them a quarter as often.
SPEED = 60
HEARTBEAT_S = 15 / SPEED
FASTER = f"""
window.pace = 1;
const [setLater, setEvery] = [setTimeout.bind(window), setInterval.bind(window)];
window.setTimeout = (run, ms = 0) => setLater(run, ms / window.pace);
window.setInterval = (run, ms = 0) => setEvery(run, ms / {SPEED});
const now = Date.now;
let beganAt = 0;
window.hurry = () => {{ [beganAt, window.pace] = [now(), {SPEED}]; }};
Date.now = () => beganAt === 0 ? now() : beganAt + (now() - beganAt) * {SPEED};
const parse = JSON.parse;
JSON.parse = (text) => {{
  const found = parse(text);
  if (found.op === 'hello') found.heartbeat_s *= 4 * {SPEED};
  return found;
}};
"""
SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const {value, sources} of list.getEntries()) {
    // The bar has room for the connection's state, which comes before values.
    const counted = sources.filter(({node}) => !['controls', 'status'].includes(node?.className));
    const moved = counted.map(({node, previousRect: a, currentRect: b}) =>
      [node?.className ?? node?.data, a.x, a.y, a.width, '->', b.x, b.y, b.width].join(' '));
    window.shifts.push([value, moved]);
  }
}).observe({type: 'layout-shift', buffered: true});
"""
FULL = FEW_PREDICTIONS + 40  # rounds until all bounds are reached, so that memory has a reason to grow no longer
MODELS = ["gbt", "mlp", "cnn", "knn_semi", "gru", "lstm", "bert", "knn", "a model of one's own"]
CLASSES = ["benign", "dos", "phishing", "scan"]


def events(rng: random.Random, number: int) -> list[tuple[str, dict[str, Any]]]:
    """Return one event of each kind, with values of all lengths; episodes go on for ever, the rest is replaced."""
    long = rng.random() ** 6
    model, host = rng.choice(MODELS), f"host-{rng.randrange(8)}"
    label, truth = rng.choices(CLASSES, k=2)
    share = rng.random()
    low, high = sorted((rng.random(), rng.random()))
    points = [[rng.random(), rng.random()] for _ in range(50)]
    return [
        ("model_metric", {"model": model, "macro_f1": share, "macro_f1_ci": [low, high], "rows": int(1e6 * long)}),
        (
            "model_perf",
            {"model": model, "latency_ms": 1e3 * long, "throughput_per_s": 1e6 * long, "size_bytes": int(1e12 * long)},
        ),
        ("live_detection", {"host_id": host, "score": share, "alert": share > 0.9, "label": label}),
        (
            "prediction",
            {
                "episode_id": f"e-{number // 40}",
                "window_idx": number % 40,
                "label": label,
                "truth": truth,
                "probabilities": {label: share, truth: 1 - share},
            },
        ),
        ("attack_profile", {"name": model, "x": [0, 0.1, 1], "y": [low, high, 1]}),
        ("embedding", {"points": points, "labels": rng.choices(CLASSES, k=50)}),
        ("host_counts", {"counts": {f"host-{each}": int(10 ** (7 - each) * (1 + share)) for each in range(8)}}),
        ("phase_mix", {"shares": {"benign": share, "scan": 1 - share}}),
        (
            "recent_episodes",
            {
                "episode_id": f"e-{number}",
                "host_id": host,
                "label": label,
                "windows": number % 99,
                "alerts": number % 9,
            },
        ),
        ("total_alerts", {"alerts": int(1e3 * long)}),
        ("total_bytes", {"bytes": int(1e11 * long)}),
        ("total_episodes", {"episodes": int(1e6 * long)}),
    ]


async def publish(producer: Producer, rng: random.Random, numbers: range) -> None:
    for number in numbers:
        for name, fields in events(rng, number):
            await producer.publish(name, fields)
    await producer.flush(60)


@asynccontextmanager
async def flowing(server: Server, rng: random.Random) -> AsyncIterator[list[int]]:
    """Publish on and on during a block, as fast as acknowledgements come; yield how often all kinds were sent."""
    rounds = [0]

    async def flow() -> None:
        async with Producer(server.http, server.token) as producer:
            while True:
                await publish(producer, rng, range(rounds[0], rounds[0] + 10))
                rounds[0] += 10

    task = asyncio.create_task(flow())
    try:
        yield rounds
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def weighed(tab: Tab, session: Any) -> dict[str, float]:
    """Return what the page holds once its garbage is collected."""
    await session.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    return {name: found[name] for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners")}


async def minutes_pass(tab: Tab, minutes: float) -> None:
    """Wait until so many of the page's minutes have passed."""
    until = await tab.ask("Date.now()") + minutes * 60_000
    await tab.until(f"new Promise((tell) => setTimeout(() => tell(Date.now() >= {until}), 5000))", 600)


async def soak(tmp_path, minutes: int) -> tuple[list[dict[str, float]], dict[str, Any]]:
    """Have a page watch for that long; return what it weighed in each tenth of it, and what it did."""
    broadcast = {"HEARTBEAT_S": HEARTBEAT_S, "EVENT_TYPES": "tests.support.table.EVENT_TYPES_OF_FEW_PREDICTIONS"}
    with BuiltServer(tmp_path, TEST_BROADCAST=json.dumps(broadcast)) as server:
        async with chromium() as open_tab, flowing(server, random.Random(3)) as rounds:
            tab = await open_tab(server, before=FASTER)
            await tab.ask("(() => { window.frameNotes.push = () => 0; })()")  # this test's own notes would weigh, too
            await tab.until(LIVE)  # frames never end to be due while values come
            await tab.ask("window.hurry()")
            async with asyncio.timeout(120):
                while rounds[0] < FULL:
                    await minutes_pass(tab, 0.1)
            session = await tab.page.context.new_cdp_session(tab.page)
            await session.send("Performance.enable")
            weights, before = [], rounds[0]
            for _ in range(10):
                await minutes_pass(tab, minutes / 10)
                weights.append(await weighed(tab, session))
            did = await tab.ask("""({paints: window.stickyboard.stats.paints,
                frames: window.stickyboard.stats.updatesApplied, state: window.stickyboard.connection.state.name})""")
            assert tab.complaints == []
            return weights, {**did, "updates": (rounds[0] - before) * len(EVENT_TYPES)}


def grew(weights: list[dict[str, float]], name: str) -> float:
    """Return by how much the last third weighs more than the first after the warm-up, each at its lightest.

    What came a moment before a weighing is still in use, and makes single ones heavy.
    """
    values = [weight[name] for weight in weights[1:]]
    return min(values[-3:]) - min(values[:3])


@pytest.mark.chaos
async def test_leaks_no_memory_or_nodes_in_half_an_hour(tmp_path):
    weights, did = await soak(tmp_path, 30)
    print(json.dumps({"weights": weights, "did": did}))  # `pytest -s` shows the figures
    assert did["state"] == "live"
    assert min(did["paints"].values()) > 100
    assert grew(weights, "Nodes") <= 50
    assert grew(weights, "JSEventListeners") <= 0
    # Six tenths of the updates lie between the thirds; an empty object that stayed of each would weigh 12 bytes.
    assert grew(weights, "JSHeapUsedSize") < 12 * 0.6 * did["updates"]


async def test_moves_nothing_when_values_change(server):
    rng = random.Random(11)
    # A new episode comes first in its list and moves the others down, as it must: here none is new.
    known = range(40)
    async with Producer(server.http, server.token) as producer, chromium() as open_tab:
        await publish(producer, rng, known)
        tab = await open_tab(server, before=SHIFTS)
        for width, height in ((1920, 1080), (1280, 720), (390, 844)):
            await tab.resize(width, height)
            await tab.page.reload()
            await tab.is_live()
            for number in rng.sample(known, 4):
                for name, fields in events(rng, number):
                    if name != "recent_episodes":
                        await producer.publish(name, fields)
                await producer.flush(20)
                await shows_all_of(server, tab)
                await tab.has_painted()
            moved = await tab.ask("window.shifts.flatMap(([, moved]) => moved)")
            assert not moved, f"at {width} by {height}:\n" + "\n".join(moved)
        assert tab.complaints == []
