"""Training runs: 50 runs of 40 metrics and 10,000 steps through `run.log`, the store, the page load and the frame rate.

    python -m benchmarks.runs --runs 50 --metrics 40 --steps 10000

Starts `stickyboard serve` in a temporary folder, logs from a few processes, and opens the page in Chromium while all
runs continue to log. It is bounded by `--timeout` and uses only 127.0.0.1.
"""

import argparse
import asyncio
import bisect
import contextlib
import itertools
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

import stickyboard
from benchmarks.threads import chromium_ms

PROCESSES = 5
WATCH_TASKS = """
window.longestTaskMs = 0;
const watch = ({ duration }) => { longestTaskMs = Math.max(longestTaskMs, duration); };
new PerformanceObserver((list) => list.getEntries().forEach(watch)).observe({ type: "longtask", buffered: true });
"""
FRAMES = """
() => new Promise((done) => {
  const [times, began] = [[], performance.now()];
  const tick = (at) => { times.push(at); at - began < 10000 ? requestAnimationFrame(tick) : done(times); };
  requestAnimationFrame(tick);
})
"""


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run a board; yield its URL."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "XDG_STATE_HOME": str(folder)}
    command = [sys.executable, "-m", "stickyboard", "serve"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            next(line for line in server.stdout if "Stop" in line)
            yield json.loads((folder / ".stickyboard/server.json").read_text())["url"]
        finally:
            server.send_signal(signal.SIGINT)


def folder_of(given: Path | None) -> contextlib.AbstractContextManager[str]:
    """Return a folder that is removed at the end, unless one is given."""
    if given is None:
        return tempfile.TemporaryDirectory()
    given.mkdir(exist_ok=True)
    return contextlib.nullcontext(str(given.absolute()))


def values(run: int, metrics: int, step: int) -> dict[str, float]:
    """Return the numbers of one step, which fall like a loss."""
    return {f"group {n % 8}/metric {n}": (1 + n + run / 50) / (1 + step / 500) + step % 7 / 70 for n in range(metrics)}


def log_runs(folder: str, first: int, count: int, options: argparse.Namespace) -> None:
    """Log some runs at once, then go on once a second until the deadline."""
    os.chdir(folder)
    done = Path(folder, f"done-{first}")
    # With a rank, a run has the same name in the next process.
    runs = [stickyboard.init(f"run-{first + n}", config={"seed": n}, rank=0) for n in range(count)]
    slowest = 0.0
    for step in range(0 if done.exists() else options.steps):
        for number, run in enumerate(runs):
            made = values(first + number, options.metrics, step)
            began = time.perf_counter()
            run.log(made, step=step)
            slowest = max(slowest, time.perf_counter() - began)
    print(f"{count} runs logged; slowest log call {slowest * 1e3:.1f} ms, unlogged {sum(r.problems for r in runs)}")
    deadline = time.monotonic() + options.timeout
    while any(run.unsent_bytes for run in runs) and time.monotonic() < deadline:
        time.sleep(0.5)
    done.touch()
    step = options.steps
    while not Path(folder, "stop").exists() and time.monotonic() < deadline:
        for number, run in enumerate(runs):
            run.log(values(first + number, options.metrics, step), step=step)
        step += 1
        time.sleep(1)
    for run in runs:
        run.finish()


async def measure(url: str) -> dict[str, Any]:
    """Open the page, and count frames while the runs go on."""
    async with async_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await page.add_init_script(WATCH_TASKS)
        began = time.perf_counter()
        await page.goto(f"{url}/b/runs/", wait_until="commit")
        await page.wait_for_selector("[data-scene=run_metric] .plot-panel canvas", timeout=120_000)
        painted_s = time.perf_counter() - began
        await page.wait_for_selector("#connection[data-state=live]", timeout=120_000)
        live_s = time.perf_counter() - began
        before_ms = chromium_ms(os.getpid())
        frames = await frame_times(page)
        busy = {f"{group}_ms_per_s": (ms - before_ms[group]) / 10 for group, ms in chromium_ms(os.getpid()).items()}
        longest = await page.evaluate("longestTaskMs")
        heap = await page.evaluate("performance.memory.usedJSHeapSize")
        panels = await page.locator("[data-scene=run_metric] .plot-panel:not([hidden])").count()
        found = {"painted_s": painted_s, "live_s": live_s, **frames, **busy, "heap_mb": heap / 1e6, "panels": panels}
        found["longest_task_ms"] = longest
        await page.screenshot(path="/tmp/benchmark-runs.png")
        await browser.close()
        return {name: round(value, 2) for name, value in found.items()}


async def frame_times(page: Page) -> dict[str, float]:
    """Return the rate of the frames in ten seconds, in the first two apart, and the slowest of the others.

    In the first two, the page reads the state, 8,000 to 12,500 steps.
    """
    times = await page.evaluate(FRAMES)
    early = bisect.bisect(times, times[0] + 2000)
    gaps = sorted(after - before for before, after in itertools.pairwise(times[early:]))
    return {
        "frames_per_s": len(gaps) / sum(gaps) * 1000,
        "p99_frame_ms": gaps[int(len(gaps) * 0.99)],
        "slowest_frame_ms": gaps[-1],
        "frames_per_s_while_reading": early / 2,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("runs", 50), ("metrics", 40), ("steps", 10_000), ("timeout", 1200)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--folder", type=Path, help="store everything there, and use what is stored there already")
    options = parser.parse_args()
    with folder_of(options.folder) as name, serving(Path(name)) as url:
        Path(name, "stop").unlink(missing_ok=True)
        share = -(-options.runs // PROCESSES)
        firsts = list(range(0, options.runs, share))
        began = time.monotonic()
        workers = [
            multiprocessing.get_context("spawn").Process(
                target=log_runs, args=(name, first, min(share, options.runs - first), options)
            )
            for first in firsts
        ]
        for worker in workers:
            worker.start()
        while not all(Path(name, f"done-{first}").exists() for first in firsts):
            if time.monotonic() - began > options.timeout:
                sys.exit("it took too long")
            time.sleep(1)
        print(f"everything acknowledged after {time.monotonic() - began:.0f} s")
        with urllib.request.urlopen(f"{url}/api/state/runs") as response:
            print(f"state {len(response.read()) / 1e6:.1f} MB")
        stored = sum(path.stat().st_size for path in Path(name, ".stickyboard").glob("sticky.sqlite3*"))
        print(f"store {stored / 1e6:.1f} MB")
        print(asyncio.run(measure(url)))
        Path(name, "stop").touch()
        for worker in workers:
            worker.join()


if __name__ == "__main__":
    main()
