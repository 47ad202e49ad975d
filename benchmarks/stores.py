"""`python -m benchmarks.stores`: what ticks and readings cost on each store, in turns within the same minute.

In process, as no socket shows what a store costs. The event loop is kept busy for a part of the time, as a
server's is. Starts a Redis and a Valkey of its own on Unix sockets, and prints a table in Markdown.
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import django

TICKS = 150
ROUNDS = 4  # in turns, so that a slow half minute of the machine is shared by all
TICK_EVENTS = 100
KEYS = 1000
BUSY_S = 0.0015  # of computing between two ticks of the loop, at BUSY_SHARE of the time

Measured = dict[str, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ticks", type=int, default=TICKS)
    parser.add_argument("--appendonly", action="store_true", help="let Redis and Valkey write each change down")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("STICKYBOARD_DATA", tempfile.mkdtemp(prefix="stickyboard-bench-"))
    django.setup()
    with ExitStack() as stack:
        stores = {name: stack.enter_context(opened) for name, opened in kinds(appends=options.appendonly).items()}
        found: dict[str, Measured] = {name: {} for name in stores}
        for _ in range(ROUNDS):
            for name, store in stores.items():
                asyncio.run(measure(store, options.ticks, found[name]))
    print(table(found))


def kinds(*, appends: bool) -> dict[str, Any]:
    """Return what opens each kind of store."""
    return {
        "SQLite, FULL": sqlite("FULL"),
        "SQLite, NORMAL": sqlite("NORMAL"),
        **{engine: redis(engine, appends=appends) for engine in ("redis", "valkey")},
    }


@contextmanager
def sqlite(synchronous: str) -> Iterator[Any]:
    from broadcast.stores import SQLiteCache
    from broadcast.stores.sqlite.engine import close_engines

    with tempfile.TemporaryDirectory() as folder:
        yield SQLiteCache(str(Path(folder) / "sticky.sqlite3"), {"OPTIONS": {"synchronous": synchronous}})
        close_engines()


@contextmanager
def redis(engine: str, *, appends: bool) -> Iterator[Any]:
    from broadcast.stores import RedisCache
    from broadcast.stores.redis.client import close_links
    from tests.support.redis_server import RedisServer

    options = {"appendonly": "yes", "appendfsync": "everysec"} if appends else {}
    with RedisServer(engine, **options) as server:
        yield RedisCache(server.url, {})
        close_links()


async def measure(store: Any, ticks: int, found: Measured) -> None:
    """Time ticks of values, rings, a course and a counter, then readings; each alone and beside a busy loop."""
    from broadcast.events.policies import counter, course, last_value, ring
    from broadcast.types import Batch, Write

    values = last_value("key", max_keys=2 * KEYS)
    lanes = ring(60, lane="lane", max_lanes=64)
    total = counter("n", "key", max_keys=KEYS)
    runs = {"ring": ring(KEYS, lane="run"), "course": course(KEYS, lane="run")}
    padding = "x" * 150

    def batches(tick: int) -> list[Batch]:
        numbers = range(tick * TICK_EVENTS, (tick + 1) * TICK_EVENTS)
        texts = {number: json.dumps({"n": number, "pad": padding}) for number in numbers}
        return [
            Batch("values", values.bounds, [Write(str(n * 7919 % KEYS), value=texts[n]) for n in numbers]),
            Batch("lanes", lanes.bounds, [Write(None, f"l{n % 8}", texts[n]) for n in numbers]),
        ]

    def counting(tick: int) -> list[Batch]:
        writes = [Write(str(n % 10), event={"n": 1, "tick": tick}) for n in range(TICK_EVENTS)]
        return [Batch("sum", total.bounds, writes, total.decide)]

    def running(name: str, tick: int) -> list[Batch]:
        texts = (json.dumps({"step": tick * TICK_EVENTS + number, "pad": padding}) for number in range(TICK_EVENTS))
        return [Batch(f"run_{name}", runs[name].bounds, [Write(None, "run", text) for text in texts])]

    async def time_all(name: str, ask: Callable[[int], Any]) -> None:
        for number in range(ticks):
            started = time.perf_counter()
            await ask(number)
            found.setdefault(name, []).append(time.perf_counter() - started)

    for number in range(20):  # so that what is read is there
        for some in (batches(number), running("ring", number), running("course", number)):
            await store.aapply(some)
    await time_all("ring of 1000", lambda number: store.aapply(running("ring", number)))
    await time_all("course of 1000", lambda number: store.aapply(running("course", number)))
    await time_all("tick", lambda number: store.aapply(batches(number)))
    await time_all("counting tick", lambda number: store.aapply(counting(number)))
    await time_all("whole", lambda _: store.asince({"values": None, "lanes": None}))
    busy = asyncio.create_task(compute())
    await time_all("tick, busy loop", lambda number: store.aapply(batches(number)))
    await time_all("whole, busy loop", lambda _: store.asince({"values": None, "lanes": None}))
    busy.cancel()


async def compute() -> None:
    """Keep the loop busy, and let others have a turn every now and then."""
    while True:
        until = time.perf_counter() + BUSY_S
        while time.perf_counter() < until:
            pass
        await asyncio.sleep(0)


def table(found: dict[str, Measured]) -> str:
    """Return p50 in milliseconds, by store and what was asked."""
    names = list(next(iter(found.values())))
    lines = [f"| store | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for store, measured in found.items():
        cells = (f"{statistics.median(measured[name]) * 1000:.2f} ms" for name in names)
        lines.append(f"| {store} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
