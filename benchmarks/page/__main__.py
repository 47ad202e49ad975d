"""`python -m benchmarks.page`: measure painting and loading, and write docs/measurements/page.md."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

from benchmarks import machine
from benchmarks.page.chromium import PageFailed, new_tab
from benchmarks.page.loading import ENTRIES, PLACES, fill, measure_loading
from benchmarks.page.painting import SETTINGS, measure_painting
from benchmarks.page.report import LOADING, PAINTING, median_of, page
from tests.support.deployment import ACTIVATE, NEEDED, Deployment
from tests.support.redis_server import RedisServer
from tests.support.server import ROOT, Server

PAGE = ROOT / "docs" / "measurements" / "page.md"


def main(words: list[str]) -> int:
    arguments = read_arguments(words)
    try:
        if arguments.show:
            return show()
        return asyncio.run(measure(arguments))
    except PageFailed as failed:
        print(f"No figures: {failed}")
    except KeyboardInterrupt:
        print("\nstopped")
    return 1


def show() -> int:
    """Serve the benchmark page until it is interrupted."""
    with tempfile.TemporaryDirectory() as data, Server(Path(data), DJANGO_SETTINGS_MODULE=SETTINGS) as server:
        print(f"{server.http}/?rate=10000 (Ctrl-C ends it)", flush=True)
        assert server.process is not None
        return server.process.wait()


async def measure(arguments: argparse.Namespace) -> int:
    """Measure all rounds, print them, write the page."""
    facts = {**machine.describe(), "browser": f"Chromium {await version()}, headless, without a GPU"}
    painting = await paint(arguments)
    alone, behind_nginx = await load_alone(arguments.rounds), await load_behind_nginx(arguments.rounds)
    facts["load average at the end, of 1, 5 and 15 minutes"] = ", ".join(f"{load:.0f}" for load in os.getloadavg())
    arguments.page.write_text(page(painting, alone, behind_nginx, ENTRIES, facts))
    print(f"written: {arguments.page}")
    return 0


async def version() -> str:
    async with new_tab(100, 100) as (_, found):
        return found


async def paint(arguments: argparse.Namespace) -> dict:
    """Return the runs at each rate."""
    runs = defaultdict(list)
    with tempfile.TemporaryDirectory() as data, Server(Path(data), DJANGO_SETTINGS_MODULE=SETTINGS) as server:
        for _ in range(arguments.rounds):
            for rate in arguments.rates:
                run = await measure_painting(server, rate, arguments.seconds)
                runs[rate].append(run)
                found = ", ".join(f"{line.name} {median_of(line, [run])}" for line in PAINTING)
                print(f"{rate:,} updates/s: {found}", flush=True)
    return runs


async def load_alone(rounds: int) -> dict:
    """Return the runs at each place, by visit, of a process that answers browsers itself."""
    with tempfile.TemporaryDirectory() as data:
        server = Server(Path(data), STICKYBOARD_COLLECTED="1")
        server.manage("collectstatic", "--noinput", "--verbosity", "0")
        with server:
            fill(server.http, server.token)
            return await load(server.http, rounds)


async def load_behind_nginx(rounds: int) -> dict:
    """Return the runs as `deploy/` has it; none where what that needs is missing."""
    if not (NEEDED and ACTIVATE):
        print("not behind nginx: that needs nginx, redis-server, openssl and systemd-socket-activate")
        return {}
    with tempfile.TemporaryDirectory() as data, RedisServer("redis", appendonly="yes") as redis, ExitStack() as running:
        deployment = Deployment(running, Path(data), redis.url, STICKYBOARD_PUBLIC="1")
        fill(deployment.http, deployment.token, deployment.certificate)
        return await load(deployment.http, rounds)


async def load(http: str, rounds: int) -> dict:
    runs = defaultdict(list)
    for _ in range(rounds):
        for place in PLACES:
            for visit, run in (await measure_loading(http, place)).items():
                runs[place, visit].append(run)
                found = ", ".join(f"{line.name} {median_of(line, [run])}" for line in LOADING)
                print(f"{place.name}, {visit}: {found}", flush=True)
    return runs


def read_arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--show", action="store_true", help="serve the benchmark page alone, and measure nothing")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=6.0, help="of painting, in each run")
    parser.add_argument("--rates", type=_rates, default=(10_000,), help="updates a second, separated by commas")
    parser.add_argument("--page", type=Path, default=PAGE, help="what to write")
    return parser.parse_args(words)


def _rates(text: str) -> tuple[int, ...]:
    return tuple(int(rate) for rate in text.split(","))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
