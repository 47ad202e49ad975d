"""The store and the layer work with TLS, behind Sentinels and on a Cluster, each a real one."""

import asyncio
import gc
import shutil
from collections.abc import Iterator

import pytest
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.cluster import NodesManager

from broadcast.errors import StoreUnavailable
from broadcast.events.policies import counter
from broadcast.stores import RedisCache
from broadcast.stores.redis.address import layer_hosts
from broadcast.stores.redis.client import close_links
from broadcast.types import Batch, Bounds, Write
from tests.support.redis_groups import SERVICE, Nodes, Watched, move_slot, tls_server, until
from tests.support.redis_server import program_of
from tests.support.server import free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(program_of("redis") is None, reason="there is no redis-server"),
]
NAMES = ("one", "two", "three", "four", "five", "six")  # of keyspaces, on three nodes


@pytest.fixture(autouse=True)
def closed_links():
    yield
    close_links()


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with Nodes() as running:
        yield running


def batches(number: int, *, names=NAMES, producer: str = "", seq: int = 0) -> list[Batch]:
    write = Write("a", value=str(number), producer=producer, seq=seq)
    return [Batch(name, Bounds(max_keys=10), [write]) for name in names]


def values(store: RedisCache, names=NAMES) -> list[str | None]:
    return [delta.entries[0].value for delta in store.since(dict.fromkeys(names)).values()]


async def carries(url: str) -> bool:
    """Whether a message gets from one layer to another, as between two processes."""
    here, there = (RedisPubSubChannelLayer(hosts=layer_hosts(url), prefix="test") for _ in range(2))
    try:
        channel = await there.new_channel()
        await there.group_add("board", channel)
        return await reaches(here, there, channel)
    finally:
        await here.flush()
        await there.flush()
        gc.collect()  # unclosed resources are reported here, not in the next test


async def reaches(sender: RedisPubSubChannelLayer, receiver: RedisPubSubChannelLayer, channel: str) -> bool:
    """Send until something is received: a message that overtakes the subscription to its group is lost."""
    message = {"type": "update", "text": "{}"}
    received = asyncio.create_task(receiver.receive(channel))
    async with asyncio.timeout(60):
        while not received.done():
            await sender.group_send("board", message)
            await asyncio.wait([received], timeout=1)
    return received.result() == message


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl to make a certificate")
async def test_store_and_layer_use_tls_and_check_certificates():
    with tls_server() as (url, certificate):
        trusted = f"{url}?ssl_ca_certs={certificate}"
        store = RedisCache(trusted, {})
        store.apply(batches(1))
        assert values(store) == ["1"] * len(NAMES)
        assert await carries(trusted)
        with pytest.raises(StoreUnavailable, match="certificate"):
            RedisCache(url, {}).heads()


# channels_redis never closes what it asked the Sentinels on.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_replica_takes_over_under_the_same_address():
    with Watched(down_after_ms=60_000) as watched:  # not before it is killed, however slow the machine is
        store = RedisCache(watched.url, {})
        store.apply(batches(1))
        head = store.heads()["one"]
        assert await carries(watched.url)
        with watched.primary.client() as client:
            assert client.wait(1, 10_000) == 1, "the replica has all of it"
        watched.primary.kill()
        with pytest.raises(StoreUnavailable):
            store.apply(batches(2))
        watched.sentinel().sentinel_set(SERVICE, "down-after-milliseconds", 500)
        until(lambda: applied(store, batches(2)))
        assert values(store) == ["2"] * len(NAMES)
        assert store.since({"one": head})["one"].reset, "a history goes on under its name only where it was written"
        assert await carries(watched.url)


def applied(store: RedisCache, tick: list[Batch]) -> bool:
    try:
        store.apply(tick)
    except StoreUnavailable:
        return False
    return True


def test_keyspaces_on_several_nodes_are_applied_together(nodes):
    store = RedisCache(nodes.url, {"KEY_PREFIX": "spread"})
    store.apply(batches(1))
    with nodes.client() as client:
        assert len({client.get_node_from_key(f"spread:{{{name}}}:meta").name for name in NAMES}) == 3
    assert values(store) == ["1"] * len(NAMES)
    assert set(store.heads()) == set(NAMES)
    assert store.stats()["one"][:3] == (1, 1, 1)


def test_braces_around_the_prefix_put_keyspaces_on_one_node(nodes):
    store = RedisCache(nodes.url, {"KEY_PREFIX": "{together}"})
    store.apply(batches(1))
    with nodes.client() as client:
        assert len({client.keyslot(f"{{together}}:{{{name}}}:meta") for name in NAMES}) == 1
    assert values(store) == ["1"] * len(NAMES)


def test_missing_scripts_of_a_node_are_loaded_once(nodes):
    store = RedisCache(nodes.url, {"KEY_PREFIX": "forgot"})
    total = counter("n", "key", max_keys=10)
    tick = [Batch(name, total.bounds, [Write("a", event={"n": 1})], total.decide) for name in NAMES]
    store.apply(tick)
    with nodes.servers[1].client() as client:
        client.script_flush()
    store.apply(tick)
    assert all('"n":2' in (value or "") for value in values(store))


def test_a_slot_that_was_moved_is_found_on_its_new_node(nodes, monkeypatch):
    store = RedisCache(nodes.url, {"KEY_PREFIX": "moved"})
    store.apply(batches(1))
    monkeypatch.setattr(NodesManager, "initialize", lambda _: None)  # as if it asked a node that does not know it yet
    key = "moved:{one}:meta"
    old = nodes.primary_of(key)
    move_slot(key, old, next(server for server in nodes.servers if server is not old))
    store.apply(batches(2))
    assert values(store) == ["2"] * len(NAMES)


def test_a_tick_is_applied_once_despite_a_missing_node(nodes):
    store = RedisCache(nodes.url, {"KEY_PREFIX": "away"})
    hasty = RedisCache(nodes.url, {"KEY_PREFIX": "away", "OPTIONS": {"socket_timeout": 0.3}})
    store.apply(batches(1, producer="p", seq=1))
    heads = store.heads()
    nodes.servers[2].freeze()
    try:
        with pytest.raises(StoreUnavailable):
            hasty.apply(batches(2, producer="p", seq=2))
    finally:
        nodes.servers[2].thaw()
    until(lambda: applied(store, batches(2, producer="p", seq=2)))
    assert values(store) == ["2"] * len(NAMES)
    assert {name: head.revision - heads[name].revision for name, head in store.heads().items()} == dict.fromkeys(
        NAMES, 1
    )


async def test_a_layer_passes_over_nodes_that_are_gone(nodes):
    gone = f"127.0.0.1:{free_port()}"
    assert await carries(nodes.url.replace("://", f"://{gone},"))


async def test_layers_at_different_nodes_reach_each_other(nodes):
    here, there = (f"redis+cluster://127.0.0.1:{server.port}" for server in nodes.servers[:2])
    sender, receiver = (RedisPubSubChannelLayer(hosts=layer_hosts(url), prefix="far") for url in (here, there))
    channel = await receiver.new_channel()
    await receiver.group_add("board", channel)
    assert await reaches(sender, receiver, channel)
    await sender.flush()
    await receiver.flush()
