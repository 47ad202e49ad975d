"""Several real server processes on one real Redis, with producers and browsers, and checks of the guarantees."""

import asyncio
import contextlib
import json
import random
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from broadcast.errors import StoreUnavailable
from broadcast.stores.redis.cache import RedisCache
from broadcast.stores.redis.client import close_links
from stickyboard import Producer
from tests.support.checking import check_transcripts
from tests.support.many_browsers import LightBrowser, Texts, have
from tests.support.recording import History, read_history
from tests.support.redis_groups import until as until_so
from tests.support.server import Server, until
from tests.support.table import BOARD, LOG, random_event

WEB = 3
EVENTS_PER_S = 200
SURE = 300  # acknowledged events, before something happens and after it
MAX_GROWN_BYTES = 48 * 1024 * 1024


class Cluster:
    """Server processes that share one Redis and one folder of accounts; half of the events are numbered.

    Their clocks are ahead of this machine's by `ahead_s`, in turn.
    """

    def __init__(
        self, folder: Path, redis: Any, web: int = WEB, *, ahead_s: Sequence[float] = (0,), **broadcast: Any
    ) -> None:
        self.folder, self.redis = folder, redis
        conf = json.dumps({"EVENT_TYPES": "tests.support.table.EVENT_TYPES_AND_LOG", **broadcast})
        shared = {"REDIS_URL": redis.url, "TEST_BROADCAST": conf, "TEST_HISTORY": str(folder / "history.ndjson")}
        clocks = [str(ahead_s[index % len(ahead_s)]) for index in range(web)]
        self.servers = [Server(folder, layer="redis", **shared, TEST_CLOCK_AHEAD_S=clock) for clock in clocks]
        for index, server in enumerate(self.servers):
            server.log = folder / f"server-{index}.log"
        self.texts, self.rng = Texts(), random.Random(1)
        self.producers: list[Producer] = []
        self.published: list[Any] = []  # receipts of the numbered events, by number
        self.refused: list[Exception] = []
        self._is_over = False

    def __enter__(self) -> "Cluster":
        self.servers[0].__enter__()
        for server in self.servers[1:]:
            server.token = self.servers[0].token
            server.start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for server in self.servers:
                server.stop()
        finally:
            close_links()

    # stored state and memory

    def store(self) -> RedisCache:
        return RedisCache(self.redis.url, {"KEY_PREFIX": "sticky"})

    def stored(self) -> dict[str, Any]:
        """Return the stored deltas; retry, because a Sentinel or server on a busy machine may not respond."""
        deltas: dict[str, Any] = {}

        def is_read() -> bool:
            with contextlib.suppress(StoreUnavailable):
                deltas.update(self.store().since(dict.fromkeys((*BOARD, LOG.name))))
            return bool(deltas)

        until_so(is_read)
        return {name: delta for name, delta in deltas.items() if delta.to_revision}

    def stored_numbers(self) -> list[int]:
        """Return the numbers of the stored numbered events."""
        return [json.loads(entry.value)["id"] for entry in self.stored()[LOG.name].entries if entry.value]

    def history(self) -> History:
        return read_history(self.folder / "history.ndjson")

    def memory(self) -> dict[int, int]:
        """Return the memory of each process in bytes, by its pid."""
        return {server.process.pid: server.memory_bytes() for server in self.servers if server.process is not None}

    @property
    def acknowledged(self) -> set[int]:
        done = enumerate(self.published)
        return {number for number, receipt in done if receipt and receipt.is_done and receipt.error is None}

    # load

    def browsers(self, count: int) -> list[LightBrowser]:
        """Start browsers, each on a random process and, after a disconnect, on another."""
        browsers = [LightBrowser(self.texts, self.any_server) for _ in range(count)]
        for browser in browsers:
            browser.start()
        return browsers

    def any_server(self) -> Server:
        return self.rng.choice(self.servers)

    @asynccontextmanager
    async def sending(self, producers: int = 2, events_per_s: float = EVENTS_PER_S) -> AsyncIterator[None]:
        """Run producers, each on another process; afterwards everything they sent is acknowledged."""
        rates = [(self.servers[index % len(self.servers)], events_per_s / producers) for index in range(producers)]
        tasks = [asyncio.create_task(self._send(*rate)) for rate in rates]
        try:
            await self.more()
            yield
            await self.more()
        finally:
            self._is_over = True
            await asyncio.gather(*tasks)
        assert self.refused == []

    async def more(self, count: int = SURE) -> None:
        """Wait until `count` more events are acknowledged."""
        wanted = self._acknowledged() + count
        await until(lambda: self._acknowledged() >= wanted, 60, "events are acknowledged")

    def _acknowledged(self) -> int:
        return sum(producer.counts.acknowledged for producer in self.producers)

    async def _send(self, server: Server, events_per_s: float) -> None:
        loop = asyncio.get_running_loop()
        started, sent = loop.time(), 0
        async with Producer(server.http, server.token, drain_s=60, on_error=self.refused.append) as producer:
            self.producers.append(producer)
            while not self._is_over:
                event, number = random_event(self.rng), len(self.published)
                self.published.append(None)  # reserves the number
                await producer.publish(event.pop("type"), **event)
                self.published[number] = await producer.publish(LOG.name, id=number)
                sent += 2
                await asyncio.sleep(started + sent / events_per_s - loop.time())

    async def settle(self, browsers: Sequence[LightBrowser]) -> None:
        """Wait until all browsers have the stored state, and disconnect them."""
        heads = {name: delta.head for name, delta in self.stored().items() if name in BOARD}
        await until(lambda: have(browsers, heads), 30, "browsers have all there is")
        for browser in browsers:
            await browser.leave()


def check(cluster: Cluster, browsers: Sequence[LightBrowser], *, is_durable: bool = True) -> int:
    """Check the guarantees, and that nothing was lost or duplicated; return how many states were compared."""
    stored = cluster.stored()
    compared = check_transcripts(browsers, cluster.history(), {name: stored[name] for name in BOARD if name in stored})
    ids = cluster.stored_numbers()
    assert len(ids) == len(set(ids)), "an event was applied twice"
    assert not is_durable or cluster.acknowledged <= set(ids), f"lost: {cluster.acknowledged - set(ids)}"
    return compared


def check_memory(before: dict[int, int], after: dict[int, int], most: int = MAX_GROWN_BYTES) -> None:
    """Check that processes which ran all the time have grown by at most `MAX_GROWN_BYTES`."""
    for pid in before.keys() & after.keys():
        grown = after[pid] - before[pid]
        assert grown < most, f"a process grew by {grown / 1024 / 1024:.0f} MiB"


def ask(server: Server, path: str, event: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    """Request JSON from a process, or send it an event; return the status and the body."""
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(server.http + path, json.dumps(event).encode() if event else None, headers)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
