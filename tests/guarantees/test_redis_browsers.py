"""Difficult browsers on several processes and one Redis: many at once, slow, silent and reconnecting ones."""

import asyncio
import os
import statistics
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from stickyboard import Producer
from tests.support.cluster import Cluster, check, check_memory
from tests.support.many_browsers import UPDATE, LightBrowser, have
from tests.support.redis_server import RedisServer
from tests.support.server import Server, until
from tests.support.silent_sockets import stuck_socket

pytestmark = pytest.mark.chaos

MEBIBYTE = 1024 * 1024


async def test_five_hundred_that_return_at_once_are_right(tmp_path, capsys):
    with RedisServer() as redis, Cluster(tmp_path, redis, web=4) as cluster:
        crowded, *others = cluster.servers
        places = [crowded]
        browsers = [LightBrowser(cluster.texts, lambda: cluster.rng.choice(places)) for _ in range(500)]
        for browser in browsers:
            browser.start()
        await until(lambda: all(browser.is_caught_up for browser in browsers), 60, "all browsers are connected")
        before = cluster.memory()
        async with cluster.sending(producers=4):
            await asyncio.to_thread(crowded.kill)
            places[:] = others
            await until(lambda: all(browser.away_s for browser in browsers), 60, "all browsers are back")
            await asyncio.to_thread(crowded.start)
        check_memory(before, cluster.memory())
        await cluster.settle(browsers)
        check(cluster, browsers)
        away = sorted(browser.away_s[0] for browser in browsers)
        with capsys.disabled():
            print(f"\n500 browsers were back after {statistics.median(away):.2f} s, the last after {away[-1]:.2f} s")


class Watched(LightBrowser):
    """Records the age of each update's newest value on arrival; both clocks are this machine's."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.ages_s: list[float] = []

    def _taker(self, opened: bytes) -> Callable[[bytes], None]:
        take = super()._taker(opened)

        def take_and_note(text: bytes) -> None:
            take(text)
            if text.startswith(UPDATE):
                sections = self.texts.parsed(text)["sections"]
                times = [entry[3] for section in sections for entry in section["entries"]]
                if times:
                    self.ages_s.append(time.time() - max(times))

        return take_and_note


def size(browser: Watched) -> int:
    return sum(map(len, browser.raw))


async def send_large_ones(server: Server, is_over: asyncio.Event) -> None:
    """Send a snapshot of 2 kB, which no compression shortens much, sixty times per second."""
    async with Producer(server.http, server.token) as producer:
        while not is_over.is_set():
            await producer.publish("whole", n=producer.counts.published, pad=b64encode(os.urandom(1500)).decode())
            await asyncio.sleep(1 / 60)


async def test_a_browser_at_20_kb_s_is_only_seconds_behind(tmp_path, capsys):
    with RedisServer() as redis, Cluster(tmp_path, redis) as cluster:
        slow = Watched(cluster.texts, cluster.any_server, bytes_per_s=20_000)
        quick = Watched(cluster.texts, cluster.any_server)
        for browser in (slow, quick):
            browser.start()
        before, is_over = cluster.memory(), asyncio.Event()
        async with cluster.sending(producers=3, events_per_s=600):
            large = asyncio.create_task(send_large_ones(cluster.servers[0], is_over))
            await until(lambda: len(slow.ages_s) > 30, 20, "the slow browser was sent some updates")
            await until(lambda: size(quick) > 2 * size(slow), 20, "it cannot read all that there is")
            is_over.set()
            await large
        check_memory(before, cluster.memory())
        await cluster.settle([slow, quick])
        check(cluster, [slow, quick])
        assert max(slow.ages_s) < 5
        with capsys.disabled():
            age = f"{statistics.median(slow.ages_s):.2f} s old, at most {max(slow.ages_s):.2f} s"
            print(f"\nslow: {slow.updates} updates, {age}; quick: {quick.updates} updates")


async def test_those_that_never_read_cost_no_process_memory(tmp_path):
    with RedisServer() as redis, Cluster(tmp_path, redis) as cluster, ExitStack() as stack:
        (watching,) = cluster.browsers(1)
        async with Producer(cluster.servers[0].http, cluster.servers[0].token) as producer:
            await producer.publish("whole", n=0, pad="", wait=True)
            for server in cluster.servers:
                for _ in range(3):
                    stack.enter_context(await asyncio.to_thread(stuck_socket, server))
            before = cluster.memory()
            for number in range(600):  # 36 MB
                await producer.publish("whole", n=number, pad="x" * 60_000, wait=True)
                check_memory(before, cluster.memory(), most=16 * MEBIBYTE)
        heads = {name: delta.head for name, delta in cluster.stored().items()}
        await until(lambda: have([watching], heads), 20)
        await watching.leave()


async def test_50_reconnects_during_restarts_end_right(tmp_path):
    with RedisServer() as redis, Cluster(tmp_path, redis) as cluster:
        browsers = cluster.browsers(5)
        restless = browsers[0]

        async def leave_and_return() -> None:
            for number in range(50):
                updates = restless.updates + cluster.rng.randrange(1, 8)
                await until(lambda: restless.is_caught_up and restless.updates >= updates, 30, f"return {number}")
                restless.drop()

        async def restart() -> None:
            first, second, third = cluster.servers
            await asyncio.to_thread(first.stop)
            await asyncio.to_thread(first.start)
            await asyncio.to_thread(second.kill)
            await asyncio.to_thread(second.start)
            await asyncio.to_thread(third.stop)
            await asyncio.to_thread(third.start)

        async with cluster.sending():
            await asyncio.gather(leave_and_return(), restart())
        await cluster.settle(browsers)
        assert restless.connections > 50
        check(cluster, browsers)


LANES, PER_LANE = 24, 60


async def test_five_hundred_with_made_up_cursors_cost_a_few_readings(tmp_path, capsys):
    types = "dashboard_project.event_types.EVENT_TYPES"
    with RedisServer() as redis, Cluster(tmp_path, redis, web=1, EVENT_TYPES=types) as cluster:
        (server,) = cluster.servers
        async with Producer(server.http, server.token) as producer:
            for number in range(LANES * PER_LANE):
                host = f"host-{number % LANES}"
                await producer.publish("live_detection", host_id=host, score=0.5, alert=False, label="x" * 60)
            await producer.flush()
        whole = cluster.store().since({"live_detection": None})["live_detection"]
        size_bytes = sum(len(entry.value or "") for entry in whole.entries)
        strangers = [LightBrowser(cluster.texts, lambda: server) for _ in range(500)]
        for number, stranger in enumerate(strangers):
            # Every other one knows the epoch, which every page contains.
            epoch = whole.epoch if number % 2 else f"e{number}"
            stranger.heads["live_detection"] = (epoch, number)
        with redis.client() as client:
            before, started = client.info("stats")["total_net_output_bytes"], time.monotonic()
            for stranger in strangers:
                stranger.start()
            await until(lambda: all(stranger.is_caught_up for stranger in strangers), 60, "all are answered")
            took_s = time.monotonic() - started
            read_bytes = client.info("stats")["total_net_output_bytes"] - before
        for stranger in strangers:
            await stranger.leave()
        with capsys.disabled():
            print(f"\n500 made-up cursors: {took_s:.2f} s, {read_bytes / size_bytes:.1f} times the board was read")
        assert read_bytes < 50 * size_bytes, "readings are not shared"
