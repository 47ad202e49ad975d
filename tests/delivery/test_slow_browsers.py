"""A browser that stops reading costs the server no memory, under every ASGI server."""

import asyncio
import json
from contextlib import ExitStack

import pytest

from broadcast.conf import Settings
from stickyboard import Producer
from tests.support.recorded_watcher import RecordedWatcher
from tests.support.server import SERVERS, Server, until
from tests.support.silent_sockets import acknowledge, silent_browser, stuck_socket

pytestmark = pytest.mark.slow

ROUNDS, POINTS = 150, 5000  # 150 snapshots of about 90 kB: 13 MB for each browser that is stuck
MEGABYTE = 1024 * 1024


async def growth_while_one_is_stuck(server: Server) -> float:
    """Publish 13 MB while three browsers never read; return the server's growth in megabytes."""
    points = [[index / 7, index / 3] for index in range(POINTS)]
    watching = RecordedWatcher(server)
    watching.start()
    with ExitStack() as stack:
        async with Producer(server.http, server.token) as producer:
            await producer.publish("embedding", points=points, labels=["a"] * POINTS, wait=True)
            for _ in range(3):
                stack.enter_context(await asyncio.to_thread(stuck_socket, server))
            before = most = server.memory_bytes()
            for number in range(ROUNDS):
                points[0] = [float(number), 0.0]
                await producer.publish("embedding", points=points, labels=["a"] * POINTS, wait=True)
                # After 50 s, Daphne drops a socket that answers no ping, and its memory.
                most = max(most, server.memory_bytes())
            grown = (most - before) / MEGABYTE
            await until(lambda: watching.values("embedding")[""]["points"][0] == [float(ROUNDS - 1), 0.0], 20)
    await watching.leave()
    return grown


@pytest.mark.chaos
@pytest.mark.parametrize("kind", SERVERS)
async def test_memory_stays_flat(kind, tmp_path):
    with Server(tmp_path, kind) as server:
        assert await growth_while_one_is_stuck(server) < 12


@pytest.mark.chaos
async def test_without_a_window_it_does_not(tmp_path):
    """The failure that the test above prevents, which proves that it can fail."""
    boundless = {"WINDOW_UPDATES": 10**9, "WINDOW_BYTES": 10**12}
    with Server(tmp_path, "daphne", TEST_BROADCAST=json.dumps(boundless)) as server:
        assert await growth_while_one_is_stuck(server) > 16


async def test_a_silent_browser_gets_one_window_then_catches_up(server):
    async with silent_browser(server) as (board, updates), Producer(server.http, server.token) as producer:
        for number in range(200):
            await producer.publish("total_episodes", episodes=number, wait=True)
        assert len(updates) <= Settings().WINDOW_UPDATES
        await acknowledge(board, len(updates))
        await until(lambda: '"episodes": 199' in json.dumps(updates[-1]))
        assert json.dumps(updates[-1]).count('episodes":') == 1


async def test_one_that_stays_silent_is_sent_away(tmp_path):
    hasty = {"WINDOW_UPDATES": 1, "HEARTBEAT_S": 0.05, "SILENT_S": 0.1, "HEADS_S": 0.02}
    with Server(tmp_path, TEST_BROADCAST=json.dumps(hasty)) as server:
        async with silent_browser(server) as (board, _):
            await until(lambda: board.close_code == 4408)
