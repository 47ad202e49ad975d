"""The opening handshake of a WebSocket: one parser, and a response for every request."""

import pytest

from broadcast.server.handshake import accept_key, joined
from tests.support.accepting import Application
from tests.support.server_protocols import UPGRADE, Connection

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455, section 1.3


def request(**changed: bytes) -> bytes:
    """Return a handshake with other headers; `Sec_WebSocket_Key` stands for the one with hyphens."""
    names = {name.replace("_", "-").encode(): value for name, value in changed.items()}
    lines = [line for line in UPGRADE.split(b"\r\n") if line.partition(b":")[0] not in names]
    headers = [name + b": " + value for name, value in names.items()]
    return b"\r\n".join([lines[0], *headers, *lines[1:]])


def test_the_answer_to_a_key_is_that_of_the_rfc():
    headers = {b"sec-websocket-version": b"13", b"sec-websocket-key": KEY}
    assert accept_key("GET", "1.1", headers) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_headers_of_one_name_are_joined():
    assert joined([(b"a", b"1"), (b"b", b"2"), (b"a", b"3")]) == {b"a": b"1,3", b"b": b"2"}


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (request(Sec_WebSocket_Key=b"x"), b"Key"),
        (request(Sec_WebSocket_Key=b"!" + KEY[1:]), b"Key"),
        (request(Sec_WebSocket_Key=KEY + b"\r\nSec-WebSocket-Key: " + KEY), b"Key"),
        (request(Sec_WebSocket_Version=b"99"), b"Version: 13"),
        (request(Content_Length=b"3") + b"abc", b"body"),
        (request(Transfer_Encoding=b"chunked") + b"0\r\n\r\n", b"body"),
        (request(Origin=b"http://a\r\nOrigin: http://localhost"), b"Origin"),
        (UPGRADE.replace(b"HTTP/1.1", b"HTTP/1.0"), b"HTTP/1.1"),
        (UPGRADE.replace(b"GET", b"POST"), b"GET"),
    ],
)
async def test_a_wrong_handshake_is_answered_and_ended(wrong, named):
    application = Application()
    connection = Connection(application)
    connection.receive(wrong)
    await connection.settle()
    assert connection.answer.startswith(b"HTTP/1.1 400")
    assert named in connection.answer
    assert connection.transport.is_closed
    assert application.received == []
    assert len(connection.gate) == 0


async def test_an_application_gets_the_request_and_adds_headers():
    scopes = []

    async def application(scope, receive, send) -> None:
        scopes.append(scope)
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "b", "headers": [(b"x-a", b"1")]})
        await receive()

    connection = Connection(application, root_path="/board")
    connection.receive(request(Sec_WebSocket_Protocol=b"a, b").replace(b"/main/", b"/m%C3%A4in/?cursor=%20"))
    await connection.settle()
    scope = scopes[0]
    assert scope["path"] == "/board/ws/board/mäin/"
    assert scope["raw_path"] == b"/board/ws/board/m%C3%A4in/"
    assert (scope["type"], scope["scheme"], scope["query_string"]) == ("websocket", "ws", b"cursor=%20")
    assert (scope["client"], scope["server"]) == (("192.0.2.7", 5000), ("127.0.0.1", 8000))
    assert scope["subprotocols"] == ["a", "b"]
    assert (b"host", b"localhost") in scope["headers"]
    head = connection.answer
    assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"\r\nsec-websocket-protocol: b\r\n" in head
    assert b"\r\nx-a: 1\r\n" in head
    assert head.endswith(b"\r\n\r\n")
    connection.transport.abort()


@pytest.mark.parametrize("accepting", [{"subprotocol": "a\r\nx-b: 1"}, {"headers": [(b"x-a", b"1\r\nx-b: 1")]}])
async def test_an_application_cannot_break_a_header(accepting):
    connection = Connection(Application(**accepting))
    connection.receive(UPGRADE)
    await connection.settle()
    assert connection.answer.startswith(b"HTTP/1.1 500")
    assert b"x-b" not in connection.answer


async def test_headers_may_be_lists():
    connection = Connection(Application(headers=[[b"x-a", b"1"]]))
    connection.receive(UPGRADE)
    await connection.settle()
    assert b"\r\nx-a: 1\r\n" in connection.answer
    connection.transport.abort()


async def test_whitespace_around_the_value_of_a_header_is_ignored():
    scopes = []

    async def application(scope, receive, send) -> None:
        scopes.append(scope)
        await send({"type": "websocket.accept"})

    connection = Connection(application)
    headers = {"Sec_WebSocket_Key": b"  " + KEY + b" \t", "Sec_WebSocket_Version": b"13 ", "Upgrade": b"websocket "}
    connection.receive(request(**headers, Authorization=b"Bearer x "))
    await connection.settle()
    assert connection.answer.startswith(b"HTTP/1.1 101")
    assert (b"authorization", b"Bearer x") in scopes[0]["headers"]


async def test_extensions_are_not_negotiated():
    connection = Connection(Application())
    connection.receive(request(Sec_WebSocket_Extensions=b"permessage-deflate"))
    await connection.settle()
    assert b"extensions" not in connection.answer.lower()
    connection.transport.abort()
