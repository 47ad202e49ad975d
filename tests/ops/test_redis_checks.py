"""The checks of what is between several processes find what they are for, and nothing else."""

import pytest
from django.core.checks import Error

from broadcast.checks.deploy import check_usable
from broadcast.checks.redis import check_idle_layer, check_server, check_shared
from broadcast.stores import RedisCache
from broadcast.stores.redis.client import close_links
from broadcast.stores.redis.topology import ServerFacts
from tests.support.redis_server import RedisServer

SAFE = ServerFacts("7.0.15", "noeviction", is_appending=True, saves="")


@pytest.fixture(autouse=True)
def closed_links():
    yield
    close_links()


def ids(found) -> list[str]:
    return [problem.id for problem in found]


def set_layer(settings, backend: str, **config) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": config}}


@pytest.mark.parametrize(
    ("hosts", "found"),
    [
        (["redis://127.0.0.1:1"], ["stickyboard.W007"]),
        ([{"address": "redis://127.0.0.1:1"}], ["stickyboard.W007"]),
        ([{"address": "redis://127.0.0.1:1", "socket_timeout": None}], []),
    ],
)
def test_the_core_layer_must_be_configured_to_wait(settings, monkeypatch, hosts, found):
    monkeypatch.setattr("redis.__version__", "8.1.0")
    set_layer(settings, "channels_redis.core.RedisChannelLayer", hosts=hosts)
    assert ids(check_idle_layer()) == found
    monkeypatch.setattr("redis.__version__", "7.4.1")
    assert ids(check_idle_layer()) == []


def test_the_pubsub_layer_needs_no_telling(settings):
    set_layer(settings, "channels_redis.pubsub.RedisPubSubChannelLayer", hosts=["redis://127.0.0.1:1"])
    assert ids(check_idle_layer()) == []


@pytest.mark.parametrize(
    "layer", ["broadcast.delivery.local_layer.LocalChannelLayer", "channels.layers.InMemoryChannelLayer"]
)
@pytest.mark.parametrize(
    ("store", "found"),
    [
        ({"BACKEND": "broadcast.stores.RedisCache", "LOCATION": "redis://127.0.0.1:1"}, ["stickyboard.W008"]),
        ({"BACKEND": "broadcast.stores.SQLiteCache", "LOCATION": ":memory:checks"}, ["stickyboard.W009"]),
        ({"BACKEND": "broadcast.stores.SQLiteCache", "LOCATION": "/nowhere/sticky.sqlite3"}, []),
    ],
)
def test_several_processes_need_a_shared_layer_or_file(settings, layer, store, found):
    set_layer(settings, layer)
    settings.CACHES = {**settings.CACHES, "sticky": store}
    assert ids(check_shared()) == []
    settings.BROADCAST = {**settings.BROADCAST, "PROCESSES": 4}
    problems = list(check_shared())
    assert ids(problems) == found
    assert all("4 processes" in problem.msg and "REDIS_URL" in problem.hint for problem in problems)


def test_several_processes_on_redis_are_right(settings):
    set_layer(settings, "channels_redis.pubsub.RedisPubSubChannelLayer", hosts=["redis://127.0.0.1:1"])
    settings.CACHES = {
        **settings.CACHES,
        "sticky": {"BACKEND": "broadcast.stores.RedisCache", "LOCATION": "redis://127.0.0.1:1"},
    }
    settings.BROADCAST = {**settings.BROADCAST, "PROCESSES": 4}
    assert ids(check_shared()) == []


@pytest.mark.parametrize(
    ("facts", "found", "said"),
    [
        (SAFE, [], ""),
        (SAFE._replace(version="6.2.14"), ["stickyboard.E022"], "Redis 6.2.14"),
        (SAFE._replace(eviction="allkeys-lru"), ["stickyboard.E023"], "allkeys-lru"),
        (SAFE._replace(is_appending=False), ["stickyboard.W025"], "the whole store"),
        (SAFE._replace(is_appending=False, saves="3600 1"), ["stickyboard.W025"], "since its last snapshot"),
    ],
)
def test_a_server_is_asked_what_it_keeps(monkeypatch, facts, found, said):
    kept = RedisCache("redis://127.0.0.1:1", {})
    monkeypatch.setattr(type(kept.link), "facts", lambda self: {facts})
    problems = list(check_server(kept))
    assert ids(problems) == found
    assert all(said in problem.msg for problem in problems)


@pytest.mark.parametrize("engine", ["redis", "valkey"])
def test_a_real_server_answers(engine):
    with RedisServer(engine, maxmemory="100mb", maxmemory_policy="allkeys-lru", save="3600 1") as server:
        (facts,) = RedisCache(server.url, {}).link.facts()
        assert int(facts.version.split(".")[0]) >= 7
        assert facts[1:] == ("allkeys-lru", False, "3600 1")
        assert ids(check_server(RedisCache(server.url, {}))) == ["stickyboard.E023", "stickyboard.W025"]


def test_a_server_that_is_away_is_one_error(settings, tmp_path):
    nobody = {"BACKEND": "broadcast.stores.RedisCache", "LOCATION": f"unix://{tmp_path}/nobody"}
    settings.CACHES = {**settings.CACHES, "sticky": nobody}
    (problem,) = check_usable()
    assert isinstance(problem, Error)
    assert problem.id == "stickyboard.E020"
