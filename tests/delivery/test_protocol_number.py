"""The server refuses clients of another wire protocol, and names the one that it uses."""

import asyncio
import json

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from broadcast import close_codes
from broadcast.delivery.updates import PROTOCOL, check_protocol
from broadcast.errors import UnsupportedProtocol
from stickyboard import connection
from tests.support.server import Server


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("protocol")) as running:
        yield running


@pytest.mark.parametrize("stated", [None, "", "1", "3", "2.0", "02", " 2", "x" * 5000, "\ud800", "٢"])
def test_another_number_is_refused_with_a_short_reason(stated):
    with pytest.raises(UnsupportedProtocol) as refused:
        check_protocol(stated)
    reason = str(refused.value)
    assert close_codes.shorten_reason(reason) == reason
    assert "protocol 2" in reason


def test_client_and_server_have_the_same_numbers():
    check_protocol(str(connection.PROTOCOL))
    assert connection.PROTOCOL == PROTOCOL
    assert connection.NOT_AUTHORISED == close_codes.NOT_AUTHORISED
    assert connection.LOGIN_REQUIRED == close_codes.LOGIN_REQUIRED


async def is_closed_with_reason(socket: ClientConnection) -> bool:
    with pytest.raises(ConnectionClosed) as closed:
        async with asyncio.timeout(60):
            await socket.recv()
    received = closed.value.rcvd
    return received is not None and received.code == close_codes.PROTOCOL and "protocol 2" in received.reason


@pytest.mark.parametrize(
    "query", ["", "?cursor=", "?protocol=", "?protocol=1", "?protocol=3&cursor=", "?protocol=3&resume=1"]
)
async def test_a_browser_of_another_protocol_is_closed(shared, query):
    address = f"{shared.websocket}/ws/board/main/{query}"
    async with connect(address, origin=shared.http) as socket:
        assert await is_closed_with_reason(socket)


async def test_a_browser_of_this_protocol_is_served(shared):
    async with connect(f"{shared.websocket}/ws/board/main/?protocol=2", origin=shared.http) as socket:
        assert json.loads(await socket.recv())["protocol"] == 2


def produce(server: Server, query: str) -> connect:
    address = f"{server.websocket}/ws/produce/{query}"
    return connect(address, additional_headers={"Authorization": f"Bearer {server.token}"})


@pytest.mark.parametrize("query", ["?protocol=1", "?protocol=3&producer=a"])
async def test_a_producer_of_another_protocol_is_closed(shared, query):
    async with produce(shared, query) as socket:
        assert await is_closed_with_reason(socket)


@pytest.mark.parametrize("query", ["", "?producer=a", "?protocol=2", "?producer=a&protocol=2"])
async def test_a_producer_need_not_state_its_protocol(shared, query):
    async with produce(shared, query) as socket:
        await socket.send('{"type":"total_alerts","alerts":1}')
        assert json.loads(await socket.recv())["op"] == "ack"


async def test_another_encoding_is_refused_with_the_supported_one(shared):
    address = f"{shared.websocket}/ws/board/main/?protocol=2&encoding=br"
    async with connect(address, origin=shared.http) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(socket.recv(), 60)
    assert closed.value.rcvd.code == close_codes.PROTOCOL
    assert '"deflate"' in closed.value.rcvd.reason
