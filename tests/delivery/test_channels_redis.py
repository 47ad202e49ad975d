"""Updates through the layers of channels_redis: after a day, and after a long silence."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer
from channels_redis import core
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

from broadcast.delivery.board_sender import group_of, message_of
from broadcast.delivery.group_member import RENEW_S, Member
from broadcast.delivery.updates import section_of, update_of
from broadcast.types import Delta
from tests.support.redis_server import RedisServer
from tests.support.server import until
from tests.support.stores import shared_server

DAY_S = 86_400.0
WAITS = {"socket_timeout": None}  # as docs/reference/settings.md and the check W007 recommend


def layer_of(kind: str, server: RedisServer, **host: Any) -> Any:
    if kind == "memory":
        return InMemoryChannelLayer()
    layer = {"core": RedisChannelLayer, "pubsub": RedisPubSubChannelLayer}[kind]
    return layer(hosts=[{"address": server.url, **WAITS, **host}], prefix=f"test-{kind}")


async def renew_soon(seconds: float) -> None:
    await asyncio.sleep(0.01 if seconds == RENEW_S else seconds)


async def retry_soon(seconds: float) -> None:
    await asyncio.sleep(seconds if seconds == RENEW_S else 0.01)


class Heard(list[int]):
    """The revisions of the updates that one process received."""

    def take(self, message: dict[str, Any]) -> None:
        self.append(message["heads"]["keyed"][1])


@asynccontextmanager
async def member_of(layer: Any, sleep: Any = asyncio.sleep) -> AsyncIterator[Heard]:
    """Be a member of a board's group."""
    heard = Heard()
    member = Member("main", layer, heard.take, sleep)
    member.join()
    await member.is_joined.wait()
    try:
        yield heard
    finally:
        await member.leave()
        if hasattr(layer, "close_pools"):
            await layer.close_pools()
        else:
            await layer.flush()


async def publish(layer: Any, revision: int) -> None:
    update = update_of([section_of(Delta("keyed", "e", revision - 1, revision))])
    await layer.group_send(group_of("main"), message_of(update, "another process"))


# a day


@pytest.fixture
def passing(monkeypatch) -> SimpleNamespace:
    """The clock of channels_redis and Channels, which a test can advance."""
    clock = SimpleNamespace(now=core.time.time())
    monkeypatch.setattr(core, "time", SimpleNamespace(time=lambda: clock.now))
    monkeypatch.setattr("channels.layers.time", SimpleNamespace(time=lambda: clock.now))
    return clock


async def renewed(joining: Any, renewals: "asyncio.Queue[None]") -> None:
    await joining
    renewals.put_nowait(None)


@pytest.mark.parametrize("kind", ["core", "pubsub", "memory"])
async def test_a_process_is_still_a_member_after_a_day(kind, passing):
    layer = layer_of(kind, shared_server("redis"))
    renewals = noting_joins(layer)
    async with member_of(layer, sleep=renew_soon) as heard:
        await publish(layer, 1)
        await until(lambda: heard == [1], 5)
        passing.now += DAY_S + 1
        while not renewals.empty():
            renewals.get_nowait()
        for _ in range(2):  # the first one may have begun before the clock advanced
            await asyncio.wait_for(renewals.get(), 60)
        await publish(layer, 2)
        await until(lambda: heard == [1, 2])


def noting_joins(layer: Any) -> "asyncio.Queue[None]":
    join, joined = layer.group_add, asyncio.Queue()
    layer.group_add = lambda group, channel: renewed(join(group, channel), joined)
    return joined


@pytest.mark.parametrize("kind", ["core", "memory"])
async def test_a_membership_that_is_not_renewed_ends(kind, passing):
    """The failure that the test above prevents, which proves that it can fail."""
    layer = layer_of(kind, shared_server("redis"))
    joined: list[tuple[str, str]] = []
    join = layer.group_add
    layer.group_add = lambda *member: joined.append(member) or join(*member)
    async with member_of(layer) as heard:
        passing.now += DAY_S + 1
        await publish(layer, 1)
        await layer.group_add(*joined[0])
        await publish(layer, 2)
        await until(lambda: heard, 5)
    assert heard == [2]


async def test_a_membership_lost_with_redis_data_is_renewed():
    with RedisServer() as server:
        layer = layer_of("core", server)
        async with member_of(layer, sleep=renew_soon) as heard:
            with server.client() as client:
                client.flushall()
                await until(lambda: client.exists(f"test-core:group:{group_of('main')}"), 5)
            await publish(layer, 1)
            await until(lambda: heard == [1], 5)


# silence


def reads_of(server: RedisServer) -> int:
    """Return how many reads of the core layer the server has answered: with a message, or after `brpop_timeout`."""
    with server.client() as client:
        return int(client.info("commandstats").get("cmdstat_bzpopmin", {"calls": 0})["calls"])


async def hear_after_silence(layer: RedisChannelLayer, server: RedisServer, caplog: Any) -> None:
    """Hear what is published after two reads have ended without a message, or the layer has failed."""
    before = reads_of(server)
    joined = noting_joins(layer)
    async with member_of(layer) as heard:
        await joined.get()
        await until(lambda: reads_of(server) >= before + 2 or "retrying" in caplog.text)
        if "retrying" in caplog.text:  # what is sent between two memberships is lost
            await joined.get()
        await publish(layer, 1)
        await until(lambda: heard == [1], 5)


async def test_the_core_layer_survives_a_long_silence(caplog):
    layer = layer_of("core", shared_server("redis"))
    layer.brpop_timeout = 0.2
    await hear_after_silence(layer, shared_server("redis"), caplog)
    assert "retrying" not in caplog.text


async def test_a_short_redis_py_timeout_is_reported_and_healed(caplog):
    server = shared_server("redis")
    layer, patient = layer_of("core", server, socket_timeout=0.2), layer_of("core", server)
    layer.brpop_timeout = 0.3
    joined = noting_joins(layer)
    async with member_of(layer, sleep=retry_soon) as heard, asyncio.timeout(60):
        await joined.get()
        for revision in itertools.count(1):  # each membership ends soon, and what is sent between two is lost
            await joined.get()
            assert "retrying" in caplog.text
            await publish(patient, revision)
            await until(lambda: heard or not joined.empty(), 5)
            if heard:
                break
    await patient.close_pools()


@pytest.mark.chaos
@pytest.mark.parametrize(("host", "is_healed"), [(WAITS, False), ({}, True)], ids=["as recommended", "by default"])
async def test_the_core_layer_is_silent_for_two_long_reads(host, is_healed, caplog):
    server = shared_server("redis")
    layer = RedisChannelLayer(hosts=[{"address": server.url, **host}], prefix="test-silent")
    await hear_after_silence(layer, server, caplog)
    assert ("retrying" in caplog.text) is is_healed
