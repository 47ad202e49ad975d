"""A replica takes a killed primary's place under load, behind Sentinels and in a Cluster: no browser ends wrong.

Run as `make chaos PYTEST="-k failover -s"`; its output is in docs/explanation/failures.md.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from tests.support.cluster import Cluster, ask, check, check_memory
from tests.support.many_browsers import LightBrowser
from tests.support.redis_groups import Nodes, Watched, copy_all, is_primary, move_slot, until
from tests.support.redis_server import RedisServer
from tests.support.server import until as until_seen
from tests.support.table import BOARD, LOG

pytestmark = [
    pytest.mark.chaos,
    # channels_redis never closes its connections to the Sentinels.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

WEB, BROWSERS = 2, 12
# What befalls a primary and its replica; returns since when the primary was away.
Happens = Callable[[Cluster, RedisServer, RedisServer], Awaitable[float]]


async def it_is_killed(cluster: Cluster, primary: RedisServer, replica: RedisServer) -> float:
    await asyncio.to_thread(primary.kill)
    return time.monotonic()


async def it_is_killed_while_its_replica_lacks_events(
    cluster: Cluster, primary: RedisServer, replica: RedisServer
) -> float:
    cut_off(primary, replica)
    await cluster.more()
    await asyncio.to_thread(primary.kill)
    replica.thaw()
    return time.monotonic()


async def it_hangs_until_it_was_replaced(cluster: Cluster, primary: RedisServer, replica: RedisServer) -> float:
    """For some seconds there are two primaries; clients that are still connected to the old one use it."""
    primary.freeze()
    gone_at = time.monotonic()
    await asyncio.to_thread(until, lambda: is_primary(replica))
    primary.thaw()
    await asyncio.to_thread(until, lambda: not is_primary(primary))
    return gone_at


def cut_off(primary: RedisServer, replica: RedisServer) -> None:
    """Isolate the primary: no other server has what it accepts from now on."""
    replica.freeze()
    with primary.client() as client:
        client.client_kill_filter(_type="replica")  # otherwise it would still read what was sent


async def fail_over(
    cluster: Cluster, browsers: Sequence[LightBrowser], primary: RedisServer, replica: RedisServer, happens: Happens
) -> set[int]:
    """Stop a primary until updates arrive again; return the acknowledged events that its replica already had."""
    had = cluster.acknowledged
    await asyncio.to_thread(copy_all, primary, replica)
    gone_at = await happens(cluster, primary, replica)
    await asyncio.to_thread(until, lambda: is_primary(replica))
    await cluster.more(50)
    # Without the channel layer a browser would be sent one a second, as heads are compared.
    wanted = {browser: browser.updates + 60 for browser in browsers}
    await until_seen(
        lambda: all(browser.updates > count for browser, count in wanted.items()), 20, "updates come again"
    )
    print(f"\nall in order {time.monotonic() - gone_at:.1f} s after the primary went")
    return had


def check_all_right(cluster: Cluster, browsers: Sequence[LightBrowser], had: set[int]) -> set[int]:
    """Check everything that the replica had; return the acknowledged events that it lacked."""
    compared = check(cluster, browsers, is_durable=False)
    assert compared > 50 * len(browsers), "hardly a picture was compared"
    lost = cluster.acknowledged - set(cluster.stored_numbers())
    assert not lost & had, "what the replica had is not lost"
    print(f"{compared} pictures compared; {len(lost)} of {len(cluster.acknowledged)} acknowledged events lost")
    return lost


async def lost_in(
    tmp_path: Path, redis: Watched | Nodes, primary: RedisServer, replica: RedisServer, happens: Happens
) -> set[int]:
    """Stop a primary under load, check the guarantees, and return the acknowledged events that were lost."""
    with Cluster(tmp_path, redis, WEB) as cluster:
        browsers, before = cluster.browsers(BROWSERS), cluster.memory()
        async with cluster.sending():
            had = await fail_over(cluster, browsers, primary, replica, happens)
        check_memory(before, cluster.memory())
        await cluster.settle(browsers)
        return check_all_right(cluster, browsers, had)


async def test_sentinels_replace_a_primary(tmp_path):
    with Watched() as redis:
        await lost_in(tmp_path, redis, redis.primary, redis.replica, it_is_killed)


async def test_sentinels_replace_a_primary_whose_replica_lacks_events(tmp_path):
    with Watched() as redis:
        lost = await lost_in(tmp_path, redis, redis.primary, redis.replica, it_is_killed_while_its_replica_lacks_events)
        assert lost, "nothing was lost, so the test proves nothing"


async def test_sentinels_replace_a_primary_that_comes_back(tmp_path):
    with Watched() as redis:
        await lost_in(tmp_path, redis, redis.primary, redis.replica, it_hangs_until_it_was_replaced)


async def test_a_primary_that_lost_its_replica_loses_no_event(tmp_path):
    needs_one = {"min_replicas_to_write": "1", "min_replicas_max_lag": "1"}
    with Watched(**needs_one) as redis, Cluster(tmp_path, redis, WEB) as cluster:
        browsers, server = cluster.browsers(BROWSERS), cluster.servers[0]

        async def it_refuses_and_is_killed(cluster: Cluster, primary: RedisServer, replica: RedisServer) -> float:
            cut_off(primary, replica)
            for _ in range(2):  # after the second, senders know about everything before the first
                await asyncio.to_thread(until, lambda: ask(server, "/api/events", {"type": "whole", "n": 1})[0] == 503)
            taken_alone.update(cluster.acknowledged)
            gone_at = await it_is_killed(cluster, primary, replica)
            replica.thaw()
            await asyncio.to_thread(until, lambda: is_primary(replica))
            await asyncio.to_thread(primary.start)  # the new primary must have a replica too
            return gone_at

        taken_alone: set[int] = set()
        async with cluster.sending():
            had = await fail_over(cluster, browsers, redis.primary, redis.replica, it_refuses_and_is_killed)
        await cluster.settle(browsers)
        assert check_all_right(cluster, browsers, had) <= taken_alone


async def test_a_cluster_replaces_a_primary(tmp_path):
    with Nodes(replicas=True) as redis:
        primary = redis.primary_of(key_of(LOG.name))
        await lost_in(tmp_path, redis, primary, redis.replicas[redis.servers.index(primary)], it_is_killed)


async def test_keyspaces_of_a_cluster_move_to_other_nodes(tmp_path):
    with Nodes() as redis, Cluster(tmp_path, redis, WEB) as cluster:
        browsers = cluster.browsers(BROWSERS)
        async with cluster.sending():
            for name in (*BOARD, LOG.name):
                source = redis.primary_of(key_of(name))
                target = redis.servers[redis.servers.index(source) - 1]
                # Between the steps, neither node has the whole keyspace.
                await asyncio.to_thread(move_slot, key_of(name), source, target, lambda: time.sleep(0.2))
                await cluster.more(20)
        await cluster.settle(browsers)
        assert check(cluster, browsers) > 50 * BROWSERS, "hardly a picture was compared"


def key_of(keyspace: str) -> str:
    return f"sticky:{{{keyspace}}}:meta"
