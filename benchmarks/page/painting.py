"""What the page's main thread does for each frame while updates come at a rate."""

import asyncio
import statistics

from benchmarks.page.chromium import new_tab
from tests.support.server import Server

SETTINGS = "benchmarks.page.settings"
WIDTH, HEIGHT = 1920, 1080
WARM_UP_S = 2.0

APPLIED = """({
  at: performance.now(), shift: metrics.shift, paints: {...stickyboard.stats.paints},
  updates: stickyboard.mirror.types().reduce((sum, type) => sum + stickyboard.mirror.head(type).revision, 0),
})"""


async def measure_painting(server: Server, rate: int, seconds: float) -> dict[str, float]:
    """Return the figures of one run, in a fresh browser.

    Raises:
        PageFailed: the page logged an error, or Chromium is missing.
    """
    async with new_tab(WIDTH, HEIGHT) as (tab, _):
        await tab.page.goto(f"{server.http}/?rate={rate}")
        await tab.is_live()
        await asyncio.sleep(WARM_UP_S)
        await tab.devtools.send("Performance.enable")
        before, busy_before_s = await tab.page.evaluate(f"gauge.start(), {APPLIED}"), await _busy_s(tab.devtools)
        await asyncio.sleep(seconds)
        figures = await tab.page.evaluate("gauge.figures()")
        after, busy_after_s = await tab.page.evaluate(APPLIED), await _busy_s(tab.devtools)
        tab.check()
    took_s = (after["at"] - before["at"]) / 1000
    paints = [after["paints"][scene] - count for scene, count in before["paints"].items()]
    return {
        **figures,
        "updates_per_s": (after["updates"] - before["updates"]) / took_s,
        "paints_per_s": statistics.median(paints) / took_s,
        "busy_percent": 100 * (busy_after_s - busy_before_s) / took_s,
        "shift": after["shift"],
    }


async def _busy_s(devtools) -> float:
    """Return how long the page's main thread has worked, as Chromium counts its tasks."""
    metrics = (await devtools.send("Performance.getMetrics"))["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
