"""Empty stores of every kind for a test; a Redis or Valkey is started once per test process."""

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from broadcast.stores import SQLiteCache
from broadcast.stores.base import StickyCache
from broadcast.stores.redis.client import close_links
from broadcast.stores.sqlite.engine import close_engines
from tests.support.redis_clock import ClockedRedisCache
from tests.support.redis_groups import Nodes
from tests.support.redis_server import ENGINES, RedisServer, program_of

CLUSTER = "cluster"
# For what takes seconds and is the same on both: one engine, and the other one in the chaos tests.
ONE_ENGINE = ("valkey", pytest.param("redis", marks=pytest.mark.chaos))
# Both in `make test`, and one in the quick tests.
EACH_ENGINE = ("valkey", pytest.param("redis", marks=pytest.mark.slow))
KINDS = ("sqlite-file", "sqlite-memory", *EACH_ENGINE, pytest.param(CLUSTER, marks=pytest.mark.chaos))


@cache
def shared_server(engine: str) -> RedisServer:
    """Return this test process's server; skips the test where the engine is not installed."""
    if program_of(engine) is None:
        pytest.skip(f"there is no {engine} on this machine; see scripts/get_redis.sh")
    server = RedisServer(engine)
    atexit.register(server.__exit__)
    server.start()
    return server


@cache
def shared_nodes() -> Nodes:
    """Return this test process's Redis Cluster."""
    if program_of("redis") is None:
        pytest.skip("there is no redis on this machine; see scripts/get_redis.sh")
    nodes = Nodes()
    atexit.register(nodes.__exit__)
    return nodes.__enter__()


@contextmanager
def stores(kind: str, folder: Path) -> Iterator[Callable[[], StickyCache]]:
    """Give what makes empty stores of one kind, each apart from the others."""
    made: list[Any] = []

    def make() -> StickyCache:
        made.append(None)
        if kind in ENGINES:
            return ClockedRedisCache(shared_server(kind).url, {"KEY_PREFIX": f"test-{len(made)}"})
        if kind == CLUSTER:
            return ClockedRedisCache(shared_nodes().url, {"KEY_PREFIX": f"test-{len(made)}"})
        name = f"{folder.name}-{len(made)}"
        location = str(folder / name) if kind == "sqlite-file" else f":memory:{folder}{name}"
        return SQLiteCache(location, {"OPTIONS": {"synchronous": "NORMAL"}})

    try:
        yield make
    finally:
        if kind in ENGINES:
            with shared_server(kind).client() as client:
                client.flushall()
        if kind == CLUSTER:
            with shared_nodes().client() as client:
                client.flushall()
        close_links()
        close_engines()
