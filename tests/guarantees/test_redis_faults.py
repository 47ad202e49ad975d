"""Several real server processes on one Redis: whatever fails, no browser ends wrong."""

import asyncio
import time

import pytest

from tests.support.cluster import Cluster, ask, check, check_memory
from tests.support.redis_server import RedisServer
from tests.support.server import until

pytestmark = pytest.mark.chaos

BROWSERS = 12


async def a_server_is_killed(cluster: Cluster) -> None:
    for server in (cluster.servers[0], cluster.servers[1]):
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)


async def all_are_restarted_in_turn(cluster: Cluster) -> None:
    for server in cluster.servers:
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)


async def redis_is_killed_and_started_again(cluster: Cluster) -> None:
    await asyncio.to_thread(cluster.redis.kill)
    await asyncio.to_thread(cluster.redis.start)


async def redis_connections_are_killed(cluster: Cluster) -> None:
    with cluster.redis.client() as client:
        for kind in ("pubsub", "normal", "pubsub"):
            client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")
            await asyncio.sleep(0.5)


async def redis_is_stopped_for_ten_seconds(cluster: Cluster) -> None:
    cluster.redis.freeze()
    await asyncio.sleep(10)
    cluster.redis.thaw()


async def redis_is_emptied(cluster: Cluster) -> None:
    with cluster.redis.client() as client:
        client.flushdb()


async def redis_is_full(cluster: Cluster) -> None:
    """Producers get a retryable error, operators the cause, and new browsers the stored state."""
    with cluster.redis.client() as client:
        client.config_set("maxmemory", 1)
        try:
            await see_it_full(cluster)
        finally:
            client.config_set("maxmemory", 0)


async def see_it_full(cluster: Cluster) -> None:
    for server in cluster.servers:
        status, answer = await asyncio.to_thread(ask, server, "/api/events", {"type": "whole", "n": 1})
        assert (status, answer["code"], answer["retry"]) == (503, "store_unavailable", True)
        status, answer = await asyncio.to_thread(ask, server, "/readyz")
        assert (status, answer["code"]) == (503, "store_unavailable")
    (late,) = cluster.browsers(1)
    await until(lambda: late.is_caught_up, 20, "a browser that connects meanwhile gets the stored state")
    await late.leave()


ALWAYS = {"appendonly": "yes", "appendfsync": "always"}
FAULTS = [
    (a_server_is_killed, {}, True),
    (all_are_restarted_in_turn, {}, True),
    (redis_is_killed_and_started_again, ALWAYS, True),
    (redis_is_killed_and_started_again, {}, False),
    (redis_connections_are_killed, {}, True),
    (redis_is_stopped_for_ten_seconds, {}, True),
    (redis_is_emptied, {}, False),
    (redis_is_full, {}, True),
]


NAMES = [f"{fault.__name__}{'_with_aof' * bool(options)}" for fault, options, _ in FAULTS]


@pytest.mark.parametrize(("happens", "options", "is_durable"), FAULTS, ids=NAMES)
async def test_no_browser_ends_wrong_when(happens, options, is_durable, tmp_path):
    with RedisServer("redis", **options) as redis, Cluster(tmp_path, redis) as cluster:
        browsers, before = cluster.browsers(BROWSERS), cluster.memory()
        async with cluster.sending():
            await happens(cluster)
        check_memory(before, cluster.memory())
        await cluster.settle(browsers)
        assert check(cluster, browsers, is_durable=is_durable) > 50 * BROWSERS, "hardly a picture was compared"


HOUR_S = 3600


async def test_no_browser_ends_wrong_where_clocks_are_an_hour_apart(tmp_path):
    started = time.time()
    with RedisServer("redis") as redis, Cluster(tmp_path, redis, ahead_s=(0, HOUR_S, -HOUR_S)) as cluster:
        browsers = cluster.browsers(BROWSERS)
        async with cluster.sending(producers=3):
            await cluster.more()
        times = [entry.at for delta in cluster.stored().values() for entry in delta.entries]
        assert started - 1 < min(times) <= max(times) < time.time() + 1, "they are not Redis' own"
        await cluster.settle(browsers)
        assert check(cluster, browsers) > 50 * BROWSERS, "hardly a picture was compared"
