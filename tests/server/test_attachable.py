"""An application that attaches a function for its messages and returns, while its WebSocket stays open."""

import asyncio
import gc
import logging
from types import GeneratorType
from typing import Any

import pytest
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from broadcast.server.attach import socket_of
from tests.support.server_protocols import CLOSE, PING, TEXT, UPGRADE, Connection, frame


class Application:
    """Attaches a list of messages, which `at_first` may receive a few of before."""

    def __init__(self, at_first: int = 0) -> None:
        self.at_first = at_first
        self.received: list[dict[str, Any]] = []
        self.on_message = self.received.append

    async def __call__(self, scope, receive, send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for _ in range(self.at_first):
            self.received.append(await receive())
        self.socket = socket_of(scope)
        self.socket.attach(lambda message: self.on_message(message))

    @property
    def texts(self) -> list[str]:
        return [message.get("text", message["type"]) for message in self.received]


async def open_socket(application: Application) -> Connection:
    connection = Connection(application)
    await connection.upgrade()
    return connection


async def test_it_returns_and_the_socket_stays_open():
    application = Application()
    connection = await open_socket(application)
    assert not connection.state.tasks
    connection.receive(frame(TEXT, b"a"))
    await application.socket.send({"type": "websocket.send", "text": "b"})
    assert application.texts == ["a"]
    assert connection.answer == b"\x81\x01b"
    assert not connection.transport.is_closing()
    connection.transport.abort()
    assert application.texts == ["a", "websocket.disconnect"]


async def test_a_message_is_written_at_once_only_if_that_is_possible():
    application = Application()
    connection = await open_socket(application)
    assert application.socket.send_now("a")
    assert application.socket.send_now(b"b")
    connection.protocol.pause_writing()
    assert not application.socket.send_now("c")
    connection.protocol.resume_writing()
    connection.receive(frame(CLOSE, b"\x03\xe8"))
    assert not application.socket.send_now("d")
    assert connection.answer == b"\x81\x01a" + b"\x82\x01b" + b"\x88\x02\x03\xe8"


async def test_two_messages_are_written_at_once_or_none_is():
    application = Application()
    connection = await open_socket(application)
    assert application.socket.send_both_now("a", b"b")
    connection.protocol.pause_writing()
    assert not application.socket.send_both_now("c", "d")
    assert connection.answer == b"\x81\x01a" + b"\x82\x01b"
    connection.transport.abort()


async def answer_to_an_application_that(at_once, *, writes: int) -> bytes:
    """Return what is written if a function runs in the iteration in which the handshake is accepted."""

    async def application(scope, receive, send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        socket = socket_of(scope)
        at_once(connection, socket)
        socket.attach(lambda message: None)

    connection = Connection(application)
    connection.receive(UPGRADE)
    await connection.settle()
    assert connection.transport.writes == writes
    connection.transport.abort()
    return connection.answer


async def test_the_handshake_is_answered_with_the_first_messages():
    answer = await answer_to_an_application_that(lambda _, socket: socket.send_both_now("a", b"b"), writes=1)
    assert answer.startswith(b"HTTP/1.1 101")
    assert answer.endswith(b"\r\n\r\n" + b"\x81\x01a" + b"\x82\x01b")


async def test_the_answer_to_the_handshake_waits_for_no_message():
    answer = await answer_to_an_application_that(lambda _, socket: None, writes=1)
    assert answer.startswith(b"HTTP/1.1 101")


async def test_no_ping_is_answered_before_the_handshake():
    answer = await answer_to_an_application_that(lambda connection, _: connection.receive(frame(PING)), writes=2)
    assert answer.startswith(b"HTTP/1.1 101")
    assert answer.endswith(b"\r\n\r\n" + b"\x8a\x00")


async def test_no_message_is_written_before_the_handshake_is_answered():
    def send_after_a_pipelined_response(connection: Connection, socket: Any) -> None:
        connection.protocol.resume_writing()
        assert not socket.send_now("a")

    answer = await answer_to_an_application_that(send_after_a_pipelined_response, writes=1)
    assert answer.startswith(b"HTTP/1.1 101")


async def test_a_shutdown_answers_the_handshake_first():
    answer = await answer_to_an_application_that(lambda connection, _: connection.protocol.shutdown(), writes=2)
    assert answer.startswith(b"HTTP/1.1 101")
    assert answer.endswith(b"\r\n\r\n" + b"\x88\x02\x03\xf4")


async def test_an_application_that_returns_has_answered_it():
    async def application(scope, receive, send) -> None:
        await receive()
        await send({"type": "websocket.accept"})

    connection = Connection(application)
    connection.receive(UPGRADE)
    await connection.settle()
    assert connection.answer.startswith(b"HTTP/1.1 101")
    assert connection.transport.is_closed


async def test_whole_texts_need_no_parser():
    application = Application()
    connection = await open_socket(application)
    connection.receive(frame(TEXT, b"a"))
    assert application.socket.send_now("b")
    assert connection.protocol._conn is None
    connection.receive(frame(PING, b""))
    assert connection.protocol._conn is not None
    connection.transport.abort()


async def test_it_has_what_uvicorn_sets():
    connection = await open_socket(Application())
    whole = WebSocketsSansIOProtocol(connection.protocol.config, connection.state, {}, asyncio.get_running_loop())
    assert vars(whole).keys() <= set(dir(connection.protocol))
    connection.transport.abort()


async def test_nothing_of_the_handshake_is_held():
    connection = await open_socket(Application())
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    reached, rest = set(), list(vars(connection.protocol).values())
    while rest:
        one = rest.pop()
        assert one not in (key, key.encode())
        is_of_websockets = type(one).__module__.startswith("websockets.")
        if id(one) not in reached and (is_of_websockets or type(one) in (dict, list, tuple, GeneratorType)):
            reached.add(id(one))
            rest += gc.get_referents(one)
    connection.transport.abort()


async def test_a_short_text_within_a_fragmented_one_is_refused():
    application = Application()
    connection = await open_socket(application)
    connection.receive(frame(TEXT, b"part", is_final=False))
    connection.receive(frame(TEXT, b"another"))
    assert set(application.texts) == {"websocket.disconnect"}
    assert connection.gate.aborted == {"protocol_error": 1}
    connection.transport.abort()


async def test_messages_before_it_attached_come_first():
    application = Application(at_first=1)
    connection = await open_socket(application)
    connection.receive(frame(TEXT, b"a") + frame(TEXT, b"b") + frame(TEXT, b"c"))
    await connection.settle()
    assert application.texts == ["a", "b", "c"]
    connection.transport.abort()


async def test_messages_of_one_read_let_others_run_between():
    application = Application()
    connection = await open_socket(application)
    connection.receive(frame(TEXT, b"a") * 1000)
    assert len(application.received) == 1
    for _ in range(60):
        await connection.settle()
    assert len(application.received) == 1000
    assert not connection.transport.is_paused
    connection.transport.abort()


async def test_no_message_is_passed_after_a_close(caplog):
    application = Application()
    connection = await open_socket(application)

    async def close() -> None:
        await application.socket.send({"type": "websocket.close", "code": 4429})

    def close_at_first(message: dict[str, Any]) -> None:
        application.received.append(message)
        if len(application.received) == 1:
            application.socket.run(close())

    application.on_message = close_at_first
    connection.receive(frame(TEXT, b"a") * 1000)
    await connection.settle()
    assert application.texts == ["a", "websocket.disconnect"]
    assert connection.answer == b"\x88\x02\x11\x4d"
    assert not connection.transport.is_closing()
    connection.receive(frame(CLOSE, b"\x11\x4d"))
    assert connection.transport.is_closed
    assert not caplog.records


@pytest.mark.parametrize("error", [OSError, ValueError])
async def test_the_rest_of_it_ends_the_connection(caplog, error):
    application = Application()
    connection = await open_socket(application)

    async def fail() -> None:
        raise error("planted")

    with caplog.at_level(logging.ERROR):
        application.socket.run(fail())
        assert len(connection.state.tasks) == 1
        await connection.settle()
    assert connection.transport.is_closed
    assert not connection.state.tasks
    assert "planted" in caplog.text


async def test_a_shutdown_ends_it():
    application = Application()
    connection = await open_socket(application)
    connection.protocol.shutdown()
    assert application.texts == ["websocket.disconnect"] * 2
    assert connection.transport.is_closed
