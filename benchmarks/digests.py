"""`python -m benchmarks.digests [ENTRIES …]`: what the digests of a heartbeat cost, beside ticks of the same run.

In process: a publisher on the file store, and a board with so many entries in 64 lanes. Each tick applies 100 events;
between ticks, digests are computed. Prints one JSON object per size: medians in milliseconds, and the share of the
digests in the time of all ticks between two heartbeats. Ticks come 1/60 s apart, so these are 900.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django

TICK_EVENTS, TICKS, LANES, LOAD = 100, 100, 64, 5000


class Silent:
    """A browser to which nothing is sent; a board with one applies every update."""

    def on_change(self, now: float) -> None:
        pass

    on_round = on_heartbeat = on_change


async def figures(entries: int, folder: Path) -> dict[str, Any]:
    from broadcast.conf import Settings
    from broadcast.delivery.fanout import Fanout
    from broadcast.delivery.local_layer import LocalChannelLayer
    from broadcast.delivery.publisher import Publisher
    from broadcast.events.policies import ring
    from broadcast.stores.sqlite.cache import SQLiteCache
    from broadcast.types import Write
    from dashboard_project.event_types import EVENT_TYPES

    (kind,) = (each for each in EVENT_TYPES if each.name == "live_detection")
    kind = replace(kind, policy=ring(entries // LANES, lane="host_id", max_lanes=LANES))
    table, conf = {kind.name: kind}, Settings()
    store, layer = SQLiteCache(str(folder / f"{entries}.sqlite3"), {}), LocalChannelLayer()
    publisher = Publisher(store, layer, table, {"main": [*table]}, conf, sleep=lambda _: asyncio.sleep(0))
    fanout, browser = Fanout("main", table, store, layer, publisher, conf), Silent()
    value = json.dumps({"type": kind.name, "score": 0.5, "alert": False, "pad": "x" * 150})

    async def tick(events: int) -> None:
        writes = [Write(None, f"host-{number % LANES}", value) for number in range(events)]
        await publisher.put([(kind, write) for write in writes], 100)
        await publisher.close()

    fanout.join(browser)
    await fanout.is_member()
    await fanout.refresh()
    for _ in range(0, entries, LOAD):
        await tick(LOAD)
    ticks, digests = [], []
    for _ in range(TICKS):
        before = publisher.meters.tick.sum_s
        await tick(TICK_EVENTS)
        ticks.append(publisher.meters.tick.sum_s - before)
        begin = time.perf_counter()
        found = fanout.replica.digests()
        digests.append(time.perf_counter() - begin)
        assert found, "no digest was computed"
    await fanout.leave(browser)
    tick_s, digests_s = statistics.median(ticks), statistics.median(digests)
    share = digests_s / (tick_s * conf.HEARTBEAT_S / conf.TICK_S)
    return {
        "entries": entries,
        "tick_ms": round(tick_s * 1000, 3),
        "digests_ms": round(digests_s * 1000, 3),
        "share": f"{share:.4%}",
    }


def main(sizes: list[int]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    with TemporaryDirectory() as folder:
        for size in sizes:
            print(json.dumps(asyncio.run(figures(size, Path(folder)))))


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [600, 3840, 20_000])
