"""What one address may ask of nginx as `deploy/` has it: enough for a hall, and not without end."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from itertools import count

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.deployment import Deployment, deployment
from tests.support.redis_groups import until
from tests.support.server_protocols import PING, PONG, frame

pytestmark = pytest.mark.chaos
HALL, MOST_SOCKETS, MOST_ATTEMPTS = 250, 1000, 200
MOST_BYTES = 2_000_000_000  # seconds of it: nginx and the kernel take some before the server has a turn


@pytest.fixture(scope="module")
def deployed(tmp_path_factory) -> Iterator[Deployment]:
    with deployment(tmp_path_factory.mktemp("limits")) as running:
        yield running


@pytest.fixture
def address(numbers=count(2)) -> str:
    """An address of this machine from which no other test asks."""
    return f"127.0.0.{next(numbers)}"


def trusting(deployed: Deployment) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=deployed.certificate)


async def open_socket(deployed: Deployment, address: str, stack: AsyncExitStack) -> str:
    """Return the beginning of what a board's socket says first."""
    board = connect(
        f"wss://localhost:{deployed.port}/ws/board/main/?protocol=2",
        origin=deployed.http,
        ssl=trusting(deployed),
        host="127.0.0.1",
        local_addr=(address, 0),
        open_timeout=60,
        max_size=None,
    )
    socket = await stack.enter_async_context(board)
    return (await socket.recv())[:12]


async def test_an_audience_may_open_sockets_at_once_up_to_a_limit(deployed, address):
    async with AsyncExitStack() as stack:
        opened = await asyncio.gather(*(open_socket(deployed, address, stack) for _ in range(HALL)))
        assert set(opened) == {'{"op":"hello'}
        for _ in range(MOST_SOCKETS - HALL):
            await open_socket(deployed, address, stack)
        with pytest.raises(InvalidStatus) as refused:
            await open_socket(deployed, address, stack)
        assert refused.value.response.status_code == 429


@asynccontextmanager
async def asked(deployed: Deployment, address: str, request: str) -> AsyncIterator[asyncio.StreamReader]:
    """Send a request over a connection of its own."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", deployed.port, ssl=trusting(deployed), server_hostname="localhost", local_addr=(address, 0)
    )
    try:
        writer.write(f"{request} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".encode())
        yield reader
    finally:
        writer.transport.abort()


async def status(deployed: Deployment, address: str, request: str) -> int:
    async with asked(deployed, address, request) as reader:
        return int((await reader.readline()).split()[1])


async def test_a_flood_is_refused_but_neither_files_nor_others(deployed, address):
    async def ask_until_refused() -> None:
        while await status(deployed, address, "GET /api/state/main") != 429:
            pass

    async with asyncio.timeout(150):
        await asyncio.gather(*(ask_until_refused() for _ in range(8)))
    assert await status(deployed, address, "GET /static/none.js") == 404
    assert await status(deployed, "127.0.0.1", "GET /api/state/main") == 200


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
async def test_password_attempts_wait_and_beyond_a_limit_are_refused(deployed, address, path):
    tries = [asyncio.create_task(status(deployed, address, f"POST {path}")) for _ in range(MOST_ATTEMPTS + 20)]
    try:
        async with asyncio.timeout(60):
            for done in asyncio.as_completed(tries):
                if await done == 429:
                    break
        assert await status(deployed, address, f"GET {path}") == 200
    finally:
        for each in tries:
            each.cancel()
        await asyncio.gather(*tries, return_exceptions=True)


def flooded(deployed: Deployment, data: bytes) -> int:
    """Send data to a board's socket, again and again; return how many bytes went before it was ended."""
    head = (
        f"GET /ws/board/main/?protocol=2 HTTP/1.1\r\nHost: localhost:{deployed.port}\r\nOrigin: {deployed.http}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    sent = 0
    with (
        socket.create_connection(("127.0.0.1", deployed.port), timeout=60) as plain,
        trusting(deployed).wrap_socket(plain, server_hostname="localhost") as one,
    ):
        one.sendall(head.encode())
        assert b"101" in one.recv(20)
        with suppress(OSError):
            while sent < MOST_BYTES:
                one.sendall(data)
                sent += len(data)
    return sent


@pytest.mark.parametrize("data", [frame(PING) * 1000, frame(PING, b"x" * 125) * 100, frame(PONG) * 1000])
def test_a_flood_of_control_frames_is_ended_behind_nginx_too(deployed, data):
    assert flooded(deployed, data) < MOST_BYTES
    until(lambda: "control_frames" in (deployed.folder / "web.log").read_text())
    assert deployed.get("/livez")[0] == 200
    assert "Traceback" not in (deployed.folder / "web.log").read_text()
