"""Frames per second with every widget on one board, and 100 updates a second for each.

`python -m benchmarks.page.all_widgets` prints the figures. A real server, one producer and Chromium share the
machine. The updates are the events of the gallery, over and over, one of each type in a message, whose text is made
before. The first round is not printed, because Chromium and the server read their files from the disk. The CPU time
of the browser's threads, of the server and of this program, in milliseconds per second, depends little on what else
the machine does.
"""

import argparse
import asyncio
import itertools
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from benchmarks import machine, threads
from benchmarks.page.chromium import PageFailed, new_tab
from benchmarks.processes import cpu_s
from broadcast.page.gallery import EXAMPLES
from tests.support.server import Server

SETTINGS = "benchmarks.page.all_widgets_settings"
WIDTH, HEIGHT = 1920, 1440  # in which all scenes are visible; others are not painted
WARM_UP_S = 3.0
FIRST = list({example.widget.kind: example for example in reversed(EXAMPLES)}.values())
FRAMES = """new Promise((done) => {
  const [began, before] = [performance.now(), {...stickyboard.stats.paints}];
  const gaps = [];
  let last = began;
  const frame = () => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    if (now - began < %d) return requestAnimationFrame(frame);
    const paints = Object.entries(stickyboard.stats.paints).map(([name, count]) => count - (before[name] ?? 0));
    done({gaps, seconds: (now - began) / 1000, paints});
  };
  requestAnimationFrame(frame);
})"""
REVISIONS = "stickyboard.mirror.types().reduce((sum, type) => sum + stickyboard.mirror.head(type).revision, 0)"


async def publish(server: Server, rate: int, stop: asyncio.Event) -> None:
    """Send this many events per second of each type, evenly."""
    # Compact, as clients send them: other text is parsed twice.
    texts = [[json.dumps(event, separators=(",", ":")) for event in example.messages()] for example in FIRST]
    headers = {"Authorization": f"Bearer {server.token}"}
    url = f"{server.websocket}/ws/produce/?producer=all-widgets"
    async with connect(url, additional_headers=headers, compression=None) as socket:
        reading = asyncio.create_task(check_replies(socket))
        began = time.monotonic()
        for number in itertools.count():
            if stop.is_set() or reading.done():
                break
            events = ",".join(each[number % len(each)] for each in texts)
            await socket.send(f'{{"seq":{number + 1},"events":[{events}]}}')
            await asyncio.sleep(max(0.0, began + (number + 1) / rate - time.monotonic()))
    await reading


async def check_replies(socket: ClientConnection) -> None:
    """Read acknowledgements until the socket is closed."""
    async for text in socket:
        if '"error"' in str(text):
            raise PageFailed(f"the server refused an event: {text!r}")


def cpu_ms(server: Server) -> dict[str, float]:
    """Return the CPU time of each part so far."""
    assert server.process is not None
    assert server.process.pid is not None
    own = {"server": 1000 * cpu_s(server.process.pid), "producer": 1000 * time.process_time()}
    return {**threads.chromium_ms(os.getpid()), **own}


async def measure(rate: int, seconds: float) -> dict[str, float]:
    """Return the figures of one run."""
    stop = asyncio.Event()
    with tempfile.TemporaryDirectory() as data, Server(Path(data), DJANGO_SETTINGS_MODULE=SETTINGS) as server:
        async with new_tab(WIDTH, HEIGHT) as (tab, _):
            await tab.page.goto(server.http)
            await tab.is_live()  # before the first update, because a busy machine would not load the page
            sending = asyncio.create_task(publish(server, rate, stop))
            try:
                await asyncio.sleep(WARM_UP_S)
                before, cpu_before = await tab.page.evaluate(REVISIONS), cpu_ms(server)
                found = await tab.page.evaluate(FRAMES % (1000 * seconds))
                after, cpu_after = await tab.page.evaluate(REVISIONS), cpu_ms(server)
                tab.check()
            finally:
                stop.set()
                await sending
    gaps = sorted(found["gaps"])
    return {
        "widgets": len(FIRST),
        "updates_per_s": round((after - before) / found["seconds"]),
        "frames_per_s": round(len(gaps) / found["seconds"], 1),
        "gap_p95_ms": round(gaps[int(0.95 * len(gaps))], 1),
        "paints_per_s": round(statistics.median(found["paints"]) / found["seconds"], 1),
        "fewest_paints_per_s": round(min(found["paints"]) / found["seconds"], 1),
        **{f"{name}_ms_per_s": round((cpu_after[name] - cpu_before[name]) / found["seconds"]) for name in cpu_after},
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page.all_widgets", description=__doc__)
    parser.add_argument("--rate", type=int, default=100, help="updates per second and scene")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(machine.describe()))
    asyncio.run(measure(options.rate, seconds=1.0))
    for _ in range(options.rounds):
        print(json.dumps(asyncio.run(measure(options.rate, options.seconds))), flush=True)


if __name__ == "__main__":
    main()
