"""`python -m benchmarks.page.curves`: what a chart of many curves costs the page per update, in Chromium."""

import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.page.chromium import new_tab
from tests.support.server import Server

SETTINGS = "benchmarks.page.curves_settings"
CASES = {"lines": "64 series of 2,000 points", "runs": "40 metrics of 50 runs of 500 points"}
UPDATES = 100
UPDATES_PER_S = 60
FIGURES = ("model_and_paint_ms", "messages_p50_ms", "work_p50_ms", "work_p95_ms", "frames_per_s", "late_percent")

# Model and paint of each update, as the painter counts them; an update that no frame painted counts with the next.
MEDIAN = """async ([scene, updates]) => {
  const { stats } = stickyboard, took = [];
  gauge.start();
  for (let paints = stats.paints[scene], ms = stats.paintMs[scene]; took.length < updates;) {
    await new Promise(requestAnimationFrame);
    if (stats.paints[scene] > paints) took.push(stats.paintMs[scene] - ms);
    [paints, ms] = [stats.paints[scene], stats.paintMs[scene]];
  }
  return { model_and_paint_ms: took.sort((a, b) => a - b)[updates >> 1], ...gauge.figures() };
}"""


async def measure_curves(server: Server, case: str) -> dict[str, float]:
    """Return the figures of one case, in a fresh browser.

    Raises:
        PageFailed: the page logged an error, or Chromium is missing.
    """
    async with new_tab(1920, 1080) as (tab, _):
        await tab.page.goto(f"{server.http}/b/{case}/?rate={UPDATES_PER_S}&curves={case}")
        await tab.is_live()
        await tab.page.evaluate(MEDIAN, [case, UPDATES_PER_S])  # warms up
        figures = await tab.page.evaluate(MEDIAN, [case, UPDATES])
        tab.check()
    return figures


async def main(cases: list[str]) -> None:
    with tempfile.TemporaryDirectory() as data, Server(Path(data), DJANGO_SETTINGS_MODULE=SETTINGS) as server:
        for case in cases or CASES:
            figures = await measure_curves(server, case)
            print(CASES[case], ", ".join(f"{name} {figures[name]:.1f}" for name in FIGURES), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
