"""A browser that stops reading costs the server no memory, under every ASGI server."""

import asyncio
import json
import socket
import time
from contextlib import ExitStack

import pytest

from broadcast.conf import Settings
from stickyboard import Producer
from tests.support.server import Server, until
from tests.support.socket_browser import SocketBrowser

pytestmark = pytest.mark.slow

ROUNDS, POINTS = 400, 5000  # 400 snapshots of about 90 kB: 36 MB
MEGABYTE = 1024 * 1024


def stuck_socket(server: Server) -> socket.socket:
    """Open a board's socket without a client library, and never read from it."""
    stuck = socket.create_connection(("127.0.0.1", server.port))
    stuck.sendall(
        f"GET /ws/board/main/?protocol=2 HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.http}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    assert b"101" in stuck.recv(12)
    return stuck


async def growth_while_one_is_stuck(server: Server) -> float:
    """Publish 36 MB while a browser never reads; return the server's growth in megabytes."""
    points = [[index / 7, index / 3] for index in range(POINTS)]
    watching = SocketBrowser(server)
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
            await until(lambda: json.dumps([float(ROUNDS - 1), 0.0]).replace(" ", "") in watching.raw[-1], 20)
    await watching.leave()
    return grown


@pytest.mark.parametrize("kind", ["uvicorn", pytest.param("daphne", marks=pytest.mark.chaos)])
async def test_memory_stays_flat(kind, tmp_path):
    with Server(tmp_path, kind) as server:
        assert await growth_while_one_is_stuck(server) < 12


@pytest.mark.chaos
async def test_without_a_window_it_does_not(tmp_path):
    """The failure that the test above prevents, which proves that it can fail."""
    boundless = {"WINDOW_UPDATES": 10**9, "WINDOW_BYTES": 10**12}
    with Server(tmp_path, "daphne", TEST_BROADCAST=json.dumps(boundless)) as server:
        assert await growth_while_one_is_stuck(server) > 40


async def test_a_silent_browser_gets_one_window_then_catches_up(server):
    silent = SocketBrowser(server, acks=False)
    silent.start()
    async with Producer(server.http, server.token) as producer:
        for number in range(200):
            await producer.publish("total_episodes", episodes=number, wait=True)
        updates = [message for message in silent.transcript if message["op"] == "update"]
        assert len(updates) <= Settings().WINDOW_UPDATES

        assert silent._socket is not None
        await silent._socket.send(json.dumps({"op": "ack", "updates": len(updates)}))
        await until(lambda: '"episodes":199' in silent.raw[-1])
    assert len(silent.look().copies["total_episodes"].entries) == 1
    await silent.leave()


async def test_one_that_is_slow_but_acknowledges_is_not_sent_away(tmp_path):
    silent_s = 2.0
    hasty = {"WINDOW_UPDATES": 2, "HEARTBEAT_S": 0.05, "SILENT_S": silent_s, "HEADS_S": 0.02}
    with Server(tmp_path, TEST_BROADCAST=json.dumps(hasty)) as server:
        slow = SocketBrowser(server, acks=False)
        slow.start()
        async with Producer(server.http, server.token) as producer:
            started = time.monotonic()
            while time.monotonic() < started + 3 * silent_s:
                for number in range(3):
                    await producer.publish("total_episodes", episodes=number, wait=True)
                updates = sum(text.startswith('{"op":"update"') for text in slow.raw)
                await until(lambda: slow._socket is not None)
                await slow._socket.send(json.dumps({"op": "ack", "updates": max(0, updates - 1)}))
        assert not [text for text in slow.raw if text.startswith('{"op": "close"')]
        await slow.leave()


async def test_one_that_stays_silent_is_sent_away_and_may_come_back(tmp_path):
    hasty = {"WINDOW_UPDATES": 1, "HEARTBEAT_S": 0.05, "SILENT_S": 0.1, "HEADS_S": 0.02}
    with Server(tmp_path, TEST_BROADCAST=json.dumps(hasty)) as server:
        silent = SocketBrowser(server, acks=False)
        silent.start()
        await until(lambda: json.dumps({"op": "close", "code": 4408}) in silent.raw)
        await silent.leave()
