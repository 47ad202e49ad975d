"""A server without scripts, down, back, full or silent: reported as errors of the store, and recovered from."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from redis import exceptions as said_by_redis

from broadcast.errors import StoreError, StoreUnavailable, StoreUnusable
from broadcast.stores import RedisCache
from broadcast.stores.redis import topology
from broadcast.stores.redis.client import close_links, translated
from broadcast.types import Batch, Bounds, Write
from tests.support.redis_groups import until
from tests.support.redis_server import ENGINES, RedisServer


@pytest.fixture(autouse=True)
def closed_links():
    yield
    close_links()


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (
            said_by_redis.ResponseError(
                f"DENIED Redis is running in protected mode because {'of its settings; ' * 40}"
            ),
            StoreUnusable,
        ),
        (
            said_by_redis.ConnectionError("Error 104 while writing to socket. Connection reset by peer."),
            StoreUnavailable,
        ),
        (said_by_redis.ConnectionError("Error 32 while writing to socket. Broken pipe."), StoreUnavailable),
    ],
)
def test_a_server_in_protected_mode_is_reported_with_a_hint(said, kind):
    with pytest.raises(StoreError) as caught, translated():
        raise said
    assert type(caught.value) is kind
    assert "password (requirepass, and LOCATION)" in caught.value.hint
    assert len(str(caught.value)) < 400


def put(store: RedisCache, key: str, value: str = "1"):
    return store.apply([Batch("k", Bounds(max_keys=100), [Write(key, value=value)])])[0]


@pytest.mark.parametrize("engine", ENGINES)
def test_scripts_are_loaded_again_when_the_server_forgot_them(engine):
    with RedisServer(engine) as server:
        store = RedisCache(server.url, {})
        head = put(store, "a").head
        server.client().script_flush()
        assert put(store, "b").from_revision == head.revision


async def test_a_tick_does_not_wait_for_those_who_read():
    may_end = threading.Event()

    def held_up():
        may_end.wait(60)
        yield []

    with RedisServer("redis") as server:
        store = RedisCache(server.url, {})
        for _ in range(20):
            store.link.submit_read(held_up())
        try:
            async with asyncio.timeout(60):
                ((applied,), _) = await store.aapply([Batch("k", Bounds(max_keys=100), [Write("a", value="1")])])
        finally:
            may_end.set()
        assert applied.has_changes


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_lost_with_the_server_has_a_new_epoch(engine):
    with RedisServer(engine) as server:
        store = RedisCache(server.url, {})
        head = put(store, "a").head
        server.kill()
        with pytest.raises(StoreUnavailable) as caught:
            put(store, "b")
        assert caught.value.retry
        server.start()
        assert store.heads() == {}
        delta = put(store, "b")
        assert delta.reset
        assert delta.epoch != head.epoch


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_kept_over_a_restart_goes_on_in_a_new_epoch(engine):
    with RedisServer(engine, appendonly="yes", appendfsync="always") as server:
        store = RedisCache(server.url, {})
        head = put(store, "a").head
        server.kill()
        server.start()
        restarted = store.heads()["k"]
        assert restarted.epoch != head.epoch, "readers learn of it at once, because there may be no next change"
        assert store.since({"k": head})["k"].reset
        delta = put(store, "b")
        assert (delta.epoch, delta.from_revision, delta.reset) == (restarted.epoch, restarted.revision, False)
        assert [entry.key for entry in store.since({"k": head})["k"].entries] == ["a", "b"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_full_server_refuses_a_whole_tick_and_is_still_read(engine):
    with RedisServer(engine) as server:
        store = RedisCache(server.url, {})
        head = put(store, "a").head
        server.client().config_set("maxmemory", 1)
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            put(store, "b")
        assert store.heads() == {"k": head}
        assert [entry.key for entry in store.since({"k": None})["k"].entries] == ["a"]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_server_that_is_full_is_read_whole(engine):
    with RedisServer(engine) as server:
        store = RedisCache(server.url, {})
        for name in "kl":
            store.apply([Batch(name, Bounds(max_keys=100), [Write("a", value="1")])])
        whole = [store.since({"k": None, "l": None}), store.heads(), store.stats(), store.page("k"), store.export()]
        server.client().config_set("maxmemory", 1)
        assert [
            *(store.since({"k": None, "l": None}), store.heads(), store.stats(), store.page("k"), store.export())
        ] == whole
        assert store.get("k:a") == 1
        with pytest.raises(StoreUnavailable, match="maxmemory"):
            store.apply([Batch(name, Bounds(max_keys=100), [Write("b", value="1")]) for name in "kl"])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_server_that_is_full_can_be_cleared(engine):
    with RedisServer(engine) as server:
        store = RedisCache(server.url, {})
        head = put(store, "a").head
        server.client().config_set("maxmemory", 1)
        assert store.reset("k")
        assert store.since({"k": head})["k"].reset
        assert store.sizes() == {"k": 0}


def test_a_full_server_is_read_again_after_a_change(monkeypatch):
    with RedisServer("redis") as server:  # Valkey takes a MULTI
        store = RedisCache(server.url, {})
        for name in "kl":
            store.apply([Batch(name, Bounds(max_keys=100), [Write("a", value="1")])])
        server.client().config_set("maxmemory", 1)
        exchange, changes = topology.exchange, iter("bc")

        def exchange_and_change(*arguments, **options):
            answers = exchange(*arguments, **options)
            for key in changes:
                server.client().config_set("maxmemory", 0)
                store.apply([Batch("k", Bounds(max_keys=100), [Write(key, value="1")])])
                server.client().config_set("maxmemory", 1)
                break
            return answers

        monkeypatch.setattr(topology, "exchange", exchange_and_change)
        assert [entry.key for entry in store.since({"k": None, "l": None})["k"].entries] == ["a", "b", "c"]


def test_a_replica_says_that_it_takes_nothing():
    with RedisServer(port=True) as server:
        server.client().replicaof("127.0.0.1", 1)
        with pytest.raises(StoreUnavailable, match="must name the primary"):
            put(RedisCache(server.url, {}), "a")


def until_available(ask: Callable[[], Any]) -> Any:
    """Ask until there is an answer; a slow machine may need more than a short timeout."""
    while True:
        with suppress(StoreUnavailable):
            return ask()


def test_a_silent_server_fails_after_its_timeout():
    with RedisServer() as server:
        patient, store = RedisCache(server.url, {}), RedisCache(server.url, {"OPTIONS": {"socket_timeout": 0.2}})
        put(patient, "a")
        server.freeze()
        with pytest.raises(StoreUnavailable):
            store.heads()
        server.thaw()
        assert until_available(store.heads).keys() == {"k"}


def test_several_addresses_are_refused():
    with pytest.raises(StoreUnusable, match="several hosts"):
        RedisCache("redis://a:1,redis://b:1", {})


def test_a_primary_that_was_a_replica_begins_a_new_epoch():
    at_once = {"port": True, "repl_diskless_sync_delay": "0"}
    with RedisServer("redis", **at_once) as one, RedisServer("redis", **at_once) as other:
        store = RedisCache(one.url, {})
        put(store, "a")
        with one.client() as first, other.client() as second:
            follow(second, one)
            until(lambda: second.exists("sticky:{k}:meta"))
            second.replicaof("NO", "ONE")
            lost = put(store, "b").head  # acknowledged by a primary that was replaced
            follow(first, other)
            first.replicaof("NO", "ONE")
        assert store.since({"k": lost})["k"].reset
        assert put(store, "c").head.revision == lost.revision
        assert [entry.key for entry in store.since({"k": lost})["k"].entries] == ["a", "c"]


def follow(client, primary: RedisServer) -> None:
    client.replicaof("127.0.0.1", primary.port)
    until(lambda: client.info("replication")["master_link_status"] == "up")
