"""A WebSocket ends after a close, a protocol error and a refused handshake, without a traceback."""

import asyncio
import logging

import pytest
from uvicorn.protocols.utils import ClientDisconnected

from broadcast.server.limits import DROPPED_BYTES
from broadcast.shutdown import refuse
from tests.support.accepting import parsed_frames
from tests.support.server_protocols import CLOSE, CONT, PING, TEXT, UPGRADE, Connection, frame


async def test_nothing_is_parsed_after_the_application_closes(opened, monkeypatch):
    await opened.application.send({"type": "websocket.close", "code": 4429})
    seen = parsed_frames(opened, monkeypatch)
    flood, size = frame(TEXT, b"{}"), 0
    while not opened.transport.is_paused:
        opened.receive(flood * 4000)
        size += len(flood) * 4000
    assert seen == []
    assert size < 2 * DROPPED_BYTES
    assert not opened.protocol._unread
    opened.loop.advance(5)
    assert opened.transport.is_closed
    assert len(opened.gate) == 0


async def test_the_peers_close_behind_other_frames_ends_it(opened):
    await opened.application.send({"type": "websocket.close", "code": 4412})
    data = frame(TEXT, b"x" * 5000) + frame(PING) + frame(CLOSE, b"\x11\x3c")
    for start in range(0, len(data), 7):  # in pieces of any size
        opened.receive(data[start : start + 7])
    assert opened.transport.is_closed
    assert not opened.transport.is_aborted


async def test_a_peer_that_ignores_a_close_is_aborted(opened):
    await opened.application.send({"type": "websocket.close", "code": 4429})
    opened.transport.held = 1
    opened.loop.advance(2.1)
    assert opened.transport.is_closed
    assert not opened.transport.is_aborted
    opened.loop.advance(2.1)
    assert opened.transport.is_aborted
    assert opened.gate.aborted == {"not_closed": 1}


async def test_invalid_utf_8_closes_with_1007_and_no_traceback(opened, caplog):
    with caplog.at_level(logging.DEBUG, "broadcast.server"):
        opened.receive(frame(TEXT, b"\xff\xfe"))
    assert b"\x03\xef" in opened.answer
    assert not [record for record in caplog.records if record.exc_info]
    assert opened.transport.is_closed


@pytest.mark.parametrize(
    "wrong",
    [
        b"\xf1\x80" + bytes(4),  # reserved bits
        b"\x81\x00",  # not masked
        b"\x89\xfe\x01\x00" + bytes(260),  # a long ping
        b"\x83\x80" + bytes(4),  # no such opcode
        frame(CONT, b"x"),  # of no message
        frame(CLOSE, b"\x00"),
        frame(CLOSE, b"\x00\x01"),
        frame(CLOSE, b"\x03\xe8\xff\xff"),
        frame(TEXT, b"x" * 2000, is_final=False) + frame(TEXT, b"x"),
        b"\x81\xff" + b"\xff" * 8 + bytes(4),
    ],
)
async def test_a_protocol_error_ends_it_even_during_a_send(opened, caplog, wrong):
    opened.transport.held = 1  # so that it is not lost at once
    opened.receive(wrong)
    assert opened.transport.is_closed
    with pytest.raises(ClientDisconnected):
        await opened.application.send({"type": "websocket.send", "text": "hello"})
    with pytest.raises(ClientDisconnected):
        await opened.application.send({"type": "websocket.close"})
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_blocked_send_ends_after_a_protocol_error(opened):
    opened.transport.stop_reading()
    sending = asyncio.create_task(opened.application.send({"type": "websocket.send", "text": "hello"}))
    await opened.settle()
    opened.receive(b"\xf1\x80" + bytes(4))
    opened.protocol.resume_writing()
    with pytest.raises(ClientDisconnected):
        await sending


async def test_it_can_shut_down_while_the_peer_closes(opened):
    opened.transport.held = 1
    opened.receive(frame(CLOSE, b"\x03\xe8"))
    opened.protocol.shutdown()
    opened.loop.advance(5)
    assert len(opened.gate) == 0


async def test_a_shutdown_leaves_the_peer_time_for_its_close(opened):
    await opened.application.send({"type": "websocket.close", "code": 4412})
    opened.protocol.shutdown()
    assert not opened.transport.is_closed
    opened.receive(frame(TEXT, b"{}") * 10 + frame(CLOSE, b"\x11\x3c"))
    assert opened.transport.is_closed
    assert not opened.transport.is_aborted


async def test_a_handshake_refused_with_503_is_no_error(caplog):
    async def application(scope, receive, send) -> None:
        await refuse(scope, send)

    connection = Connection(application)
    connection.transport.held = 1  # as on a real loop, which reports the end of a transport later
    connection.receive(UPGRADE)
    await connection.settle()
    assert connection.answer.startswith(b"HTTP/1.1 503")
    assert not caplog.records
