"""Daphne, the other server: what one stranger may cost there, as far as it lets itself be bounded."""

import contextlib
import socket
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect

from tests.support.server import Server
from tests.support.server_protocols import CLOSE, PING, TEXT, frame

UPGRADE = (
    b"GET /ws/board/main/?protocol=2 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
MOST_BYTES = 1_000_000_000


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("daphne"), "daphne") as running:
        yield running


@contextlib.contextmanager
def opened(server: Server, data: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as one:
        one.sendall(data)
        yield one


@contextlib.contextmanager
def upgraded(server: Server) -> Iterator[socket.socket]:
    with opened(server, UPGRADE) as one:
        assert b"101" in one.recv(20)
        yield one


def taken(one: socket.socket, piece: bytes) -> int:
    """Send a piece again and again; return how many bytes went before the server ended it. Pongs are not read."""
    sent = 0
    with contextlib.suppress(OSError):
        while sent < MOST_BYTES:
            one.sendall(piece)
            sent += len(piece)
    return sent


@pytest.mark.parametrize("piece", [frame(PING) * 1000, frame(PING, b"x" * 125) * 500])
def test_a_flood_of_pings_is_ended(shared, piece):
    with upgraded(shared) as one:
        assert taken(one, piece) < MOST_BYTES
    assert "control_frames" in shared.log.read_text()


def test_what_is_sent_on_after_a_close_ends_it(shared):
    with upgraded(shared) as one:
        assert taken(one, frame(TEXT, b"nonsense") * 1000) < MOST_BYTES


def test_it_is_not_reset_before_it_can_read_why(shared):
    with upgraded(shared) as one:
        one.settimeout(0.1)  # the server stops reading instead, for two seconds
        with pytest.raises(TimeoutError):
            while True:
                one.sendall(frame(TEXT, b"nonsense") * 1000)


def test_a_body_that_is_too_large_is_not_written_to_disk(shared):
    head = b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with opened(shared, head) as one:
        assert taken(one, b"10000\r\n" + b"x" * 65_536 + b"\r\n") < MOST_BYTES
    assert "long_body" in shared.log.read_text()


async def test_a_quiet_client_is_answered(shared):
    async with connect(f"{shared.websocket}/ws/board/main/?protocol=2", origin=shared.http) as board:
        for _ in range(5):
            await (await board.ping())
        assert (await board.recv()).startswith('{"op":"hello"')


def test_messages_of_one_read_are_all_received(shared):
    with upgraded(shared) as one:
        one.sendall(frame(TEXT, b'{"op":"ack","updates":0}') * 150 + frame(CLOSE, b"\x03\xe8"))
        answer = b""
        while more := one.recv(65_536):
            answer += more
    assert b"\x03\xe8" in answer[-4:]
