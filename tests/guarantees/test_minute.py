"""Four processes on one Redis for a minute: 500 events a second, 400 browsers, two kills, and a Redis that restarts.

Run as `make chaos PYTEST="-k minute -s"`; its output is in docs/explanation/failures.md.
"""

import asyncio
import statistics
from typing import Any

import pytest

from broadcast.ops.processes import reports
from tests.support.cluster import Cluster, check, check_memory
from tests.support.redis_server import RedisServer
from tests.support.server import until

pytestmark = pytest.mark.chaos

WEB, BROWSERS, PRODUCERS, EVENTS_PER_S, SECONDS = 4, 400, 4, 500, 60
MEBIBYTE = 1024 * 1024


async def kill(cluster: Cluster, index: int) -> None:
    await asyncio.to_thread(cluster.servers[index].kill)
    await asyncio.to_thread(cluster.servers[index].start)


async def restart_redis(cluster: Cluster) -> None:
    await asyncio.to_thread(cluster.redis.kill)
    await asyncio.to_thread(cluster.redis.start)


async def go_through(cluster: Cluster) -> None:
    """Let a minute pass, with what happens in it."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    for at_s, happens in ((12, kill(cluster, 0)), (25, kill(cluster, 1)), (40, restart_redis(cluster))):
        await asyncio.sleep(started + at_s - loop.time())
        await happens
    await asyncio.sleep(started + SECONDS - loop.time())


@pytest.mark.timeout(600)
async def test_a_minute_in_which_two_processes_and_redis_are_killed(tmp_path, capsys):
    with (
        RedisServer("redis", appendonly="yes", appendfsync="always") as redis,
        Cluster(tmp_path, redis, WEB) as cluster,
    ):
        browsers = cluster.browsers(BROWSERS)
        await until(lambda: all(browser.is_caught_up for browser in browsers), 60, "all browsers are connected")
        before = cluster.memory()
        async with cluster.sending(PRODUCERS, EVENTS_PER_S):
            await go_through(cluster)
        after, process_reports = cluster.memory(), reports(cluster.store())
        await cluster.settle(browsers)
        with capsys.disabled():
            print_figures(cluster, browsers, process_reports, before, after)
        compared = check(cluster, browsers)
        with capsys.disabled():
            print(f"0 violations, {compared} pictures compared with the store's, nothing lost, nothing twice")
        check_memory(before, after)


def print_figures(cluster: Cluster, browsers: list[Any], process_reports: list[Any], before: Any, after: Any) -> None:
    away = sorted(seconds for browser in browsers for seconds in browser.away_s)
    catch_ups: dict[str, int] = {}
    for report in process_reports:
        for cause, count in report["meters"]["catch_ups"].items():
            catch_ups[cause] = catch_ups.get(cause, 0) + count
    print(f"\nevents acknowledged: {2 * len(cluster.acknowledged)}")
    print(f"updates received: {sum(browser.updates for browser in browsers)}")
    print(f"browsers that came back: {len(away)}, median {statistics.median(away):.2f} s, last {away[-1]:.2f} s")
    print(f"reads of the store to bring a browser up to date, by cause: {catch_ups}")
    for pid in before.keys() & after.keys():
        print(f"a process that lived all along: {before[pid] / MEBIBYTE:.0f} MiB, then {after[pid] / MEBIBYTE:.0f} MiB")
    for pid in after.keys() - before.keys():
        print(f"a process that was started again: {after[pid] / MEBIBYTE:.0f} MiB")
    with cluster.redis.client() as client:
        print(f"Redis: {client.info('memory')['used_memory'] / MEBIBYTE:.1f} MiB")
