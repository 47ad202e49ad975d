"""Several real server processes on one Redis: whatever fails, no browser ends wrong."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from broadcast.caches.redis import RedisCache
from broadcast.caches.redis_link import close_links
from broadcast.guarantees import check_all, gap_free
from producers_api.client import Producer
from tests.guarantees.histories import random_event
from tests.picture import picture_of
from tests.recording import read_history
from tests.redis_server import RedisServer
from tests.server import Server, until
from tests.socket_browser import SocketBrowser
from tests.table import BOARD, LOG

pytestmark = pytest.mark.chaos

WEB = 3
BROWSERS = 12
EVENTS_PER_S = 200


class Cluster:
    """Server processes that share one Redis and one folder of accounts, with browsers and producers."""

    def __init__(self, folder: Path, redis: RedisServer, web: int = WEB) -> None:
        self.redis = redis
        table = json.dumps({"EVENT_TYPES": "tests.table.EVENT_TYPES_AND_LOG"})
        shared = {"REDIS_URL": redis.url, "TEST_BROADCAST": table, "TEST_HISTORY": str(folder / "history.ndjson")}
        self.servers = [Server(folder, layer="redis", **shared) for _ in range(web)]
        for index, server in enumerate(self.servers):
            server.log = folder / f"server-{index}.log"
        self.acknowledged: set[int] = set()
        self._numbers = iter(range(1_000_000))
        self._is_over = False

    def __enter__(self) -> "Cluster":
        self.servers[0].__enter__()
        for server in self.servers[1:]:
            server.token = self.servers[0].token
            server.start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers:
            server.stop()

    def store(self) -> RedisCache:
        return RedisCache(self.redis.url, {"KEY_PREFIX": "sticky"})

    def kept(self) -> dict:
        return self.store().since(dict.fromkeys((*BOARD, LOG.name)))

    async def send(self, server: Server, rng: random.Random) -> None:
        """Send some events of every kind, and a numbered one, again and again, until it is over."""
        async with Producer(server.http, server.token, drain_s=60) as producer:
            while not self._is_over:
                event, number = random_event(rng), next(self._numbers)
                await producer.publish(event.pop("type"), **event)
                waiting = asyncio.ensure_future(producer.publish(LOG.name, id=number, wait=True))
                await asyncio.wait([waiting], timeout=60)
                waiting.result()
                self.acknowledged.add(number)
                await asyncio.sleep(1 / EVENTS_PER_S)

    async def run(self, happens: Callable[["Cluster"], Awaitable[None]]) -> list[SocketBrowser]:
        """Let browsers watch and producers send while something happens; return the browsers, who have all there is."""
        rng = random.Random(1)
        browsers = [SocketBrowser(self.servers[index % len(self.servers)]) for index in range(BROWSERS)]
        for browser in browsers:
            browser.start()
        sending = [asyncio.create_task(self.send(server, rng)) for server in self.servers[:2]]
        await self._more(50)
        await happens(self)
        await self._more(50)
        self._is_over = True
        await asyncio.gather(*sending)
        for browser in browsers:
            await browser.passes({name: delta.head for name, delta in self.kept().items() if delta.to_revision})
        for browser in browsers:
            await browser.leave()
        return browsers

    async def _more(self, count: int) -> None:
        before = len(self.acknowledged)
        await until(lambda: len(self.acknowledged) >= before + count, 60, "events are acknowledged")


def check(cluster: Cluster, browsers: list[SocketBrowser], *, keeps: bool = True) -> None:
    # A kill between a commit and its note leaves a hole in the notes, so not every moment is known.
    history = read_history(cluster.servers[0].folder / "history.ndjson")
    truth = picture_of({name: delta for name, delta in cluster.kept().items() if delta.to_revision}).copies
    for browser in browsers:
        check_all(browser.transcript, history, complete=())
        assert gap_free(browser.transcript, history) > 50, "hardly a picture was compared"
        for name, copy in truth.items():
            mine = browser.look().copies[name]
            assert mine == copy or (mine.epoch == copy.epoch and mine.revision > copy.revision), name
    ids = [json.loads(entry.value)["id"] for entry in cluster.kept()[LOG.name].entries if entry.value]
    assert len(ids) == len(set(ids)), "an event was applied twice"
    assert not keeps or cluster.acknowledged <= set(ids), f"lost: {cluster.acknowledged - set(ids)}"


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


ALWAYS = {"appendonly": "yes", "appendfsync": "always"}
FAULTS = [
    (a_server_is_killed, {}, True),
    (all_are_restarted_in_turn, {}, True),
    (redis_is_killed_and_started_again, ALWAYS, True),
    (redis_is_killed_and_started_again, {}, False),
    (redis_connections_are_killed, {}, True),
    (redis_is_stopped_for_ten_seconds, {}, True),
    (redis_is_emptied, {}, False),
]


NAMES = [f"{fault.__name__}{'_with_aof' * bool(options)}" for fault, options, _ in FAULTS]


@pytest.mark.parametrize(("happens", "options", "keeps"), FAULTS, ids=NAMES)
async def test_no_browser_ends_wrong_when(happens, options, keeps, tmp_path):
    try:
        with RedisServer("redis", **options) as redis, Cluster(tmp_path, redis) as cluster:
            browsers = await cluster.run(happens)
            check(cluster, browsers, keeps=keeps)
    finally:
        close_links()
