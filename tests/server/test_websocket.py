# Over 300 lines: each limit of one socket needs the same application, connection and frames.
"""Limits of a WebSocket: frames are counted, and nothing is buffered for a silent peer or after a close."""

import asyncio
import logging

import pytest
from uvicorn.protocols.utils import ClientDisconnected

from broadcast.server.frames import SHARED_FRAME_BYTES, frames
from broadcast.server.limits import CONTROL_BURST, DROPPED_BYTES, STALL_S
from broadcast.shutdown import refuse
from tests.support.server_protocols import BINARY, CLOSE, CONT, PING, PONG, TEXT, UPGRADE, Connection, frame

READ_BYTES = 262_144  # the maximum size of one read


class Application:
    """Accepts the socket, and receives messages only on request."""

    def __init__(self, **accepting) -> None:
        self.accepting = accepting
        self.received: list[dict] = []
        self.may_take = asyncio.Event()
        self.may_take.set()

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "websocket":
            return
        self.send = send
        self.received.append(await receive())
        await send({"type": "websocket.accept", **self.accepting})
        while True:
            await self.may_take.wait()
            self.received.append(await receive())
            if self.received[-1]["type"] == "websocket.disconnect":
                return


@pytest.fixture
async def opened():
    application = Application()
    connection = Connection(application)
    await connection.upgrade()
    connection.application = application
    yield connection
    connection.transport.abort()
    await connection.settle()


def parsed_frames(connection: Connection, monkeypatch) -> list[object]:
    """Return a list that gets each frame that is parsed."""
    seen: list[object] = []
    whole = connection.protocol.conn.recv_frame

    def count(one):
        seen.append(one)
        whole(one)

    monkeypatch.setattr(connection.protocol.conn, "recv_frame", count)
    return seen


@pytest.mark.parametrize("flood", [frame(PING), frame(PONG), frame(PING, b"x" * 125), frame(CONT, is_final=False)])
async def test_a_flood_is_aborted_after_a_burst(opened, monkeypatch, flood):
    seen = parsed_frames(opened, monkeypatch)
    begin = frame(TEXT, b"x" * 2000, is_final=False) if flood[0] == CONT else b""
    opened.receive((begin + flood * READ_BYTES)[:READ_BYTES])
    assert 0 < len(seen) <= CONTROL_BURST + 1
    assert opened.transport.is_aborted
    assert opened.gate.aborted == {"control_frames": 1}
    assert len(opened.gate) == 0


async def test_a_client_may_ping_for_ever_at_a_quiet_pace(opened):
    for number in range(500):
        payload = b"%d" % number
        opened.receive(frame(PING, payload))
        assert opened.answer == bytes([0x80 | PONG, len(payload)]) + payload
        opened.transport.written.clear()
        opened.loop.advance(1)
    assert not opened.transport.is_aborted


async def test_messages_of_one_read_are_received_one_at_a_time(monkeypatch):
    application = Application()
    application.may_take.clear()
    connection = Connection(application)
    await connection.upgrade()
    seen = parsed_frames(connection, monkeypatch)
    connection.receive(frame(TEXT, b"a") * 1000)
    await connection.settle()
    assert len(seen) == 1
    assert connection.transport.is_paused
    application.may_take.set()
    for _ in range(300):
        await connection.settle()
    assert len(seen) == len(application.received) - 1 == 1000
    assert not connection.transport.is_paused


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


async def test_a_peer_that_does_not_read_gets_only_the_last_pong(opened):
    opened.transport.stop_reading()
    before = opened.transport.held
    for number in range(50):
        opened.receive(frame(PING, b"%d" % number))
    assert opened.transport.held == before
    assert opened.gate.reading()["server_connections"] == {"not_reading": 1}
    opened.transport.reads_nothing = False
    opened.protocol.resume_writing()
    assert opened.answer == b"\x8a\x0249"


async def test_a_peer_that_reads_nothing_is_aborted(opened):
    opened.transport.stop_reading()
    for _ in range(20):
        opened.loop.advance(STALL_S - 3)
        opened.transport.held -= 1
    assert not opened.transport.is_aborted
    opened.loop.advance(STALL_S + 2)
    assert opened.transport.is_aborted
    assert opened.gate.aborted == {"not_reading": 1}


async def test_a_long_message_is_refused_by_its_header(opened):
    opened.receive(frame(TEXT, b"x" * 16_000_000)[:READ_BYTES])
    assert opened.transport.is_closed
    assert len(opened.protocol.conn.reader.buffer) < 2 * READ_BYTES
    assert b"\x03\xf1" in opened.answer  # 1009


async def test_a_long_message_is_received_if_allowed():
    application = Application(max_message_bytes=50_000)
    connection = Connection(application)
    await connection.upgrade()
    connection.receive(frame(TEXT, b"x" * 50_000))
    await connection.settle()
    assert len(application.received[-1]["text"]) == 50_000
    connection.receive(frame(TEXT, b"x" * 50_001)[:20])
    assert connection.transport.is_closed


async def test_no_application_may_accept_more_than_the_server():
    application = Application(max_message_bytes=10**9)
    connection = Connection(application)
    await connection.upgrade()
    connection.receive(frame(TEXT, b"x" * 100_001)[:20])
    assert connection.transport.is_closed


async def test_an_accepted_peer_may_take_longer_for_a_message():
    connection = Connection(Application(max_message_s=60.0))
    await connection.upgrade()
    connection.receive(frame(TEXT, b"x" * 100)[:50])
    connection.loop.advance(59)
    assert not connection.transport.is_aborted
    connection.loop.advance(2)
    assert connection.transport.is_aborted


@pytest.mark.parametrize(
    "half",
    [frame(TEXT, b"x" * 100)[:50], frame(TEXT, b"x" * 2000, is_final=False), frame(TEXT)[:1], frame(PING, b"abc")[:4]],
)
async def test_half_a_message_has_its_time(opened, half):
    opened.receive(half)
    opened.loop.advance(11)
    assert not opened.transport.is_aborted
    opened.loop.advance(2)
    assert opened.transport.is_aborted
    assert opened.gate.aborted == {"slow_message": 1}


async def test_whole_messages_begin_anew_each_time(opened):
    whole = frame(TEXT, b"x" * 100)
    data = whole * 40
    for start in range(50, len(data), len(whole)):  # always half of one
        opened.receive(data[start - len(whole) if start > 50 else 0 : start])
        await opened.settle()
        opened.loop.advance(3)
    assert not opened.transport.is_aborted


async def test_a_message_that_waits_for_the_application_is_not_late():
    application = Application()
    application.may_take.clear()
    connection = Connection(application)
    await connection.upgrade()
    connection.receive(frame(TEXT, b"first") + frame(TEXT, b"second")[:5])
    assert connection.transport.is_paused
    connection.loop.advance(60)
    assert not connection.transport.is_aborted


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


async def test_what_comes_before_the_application_accepts_waits():
    application = Application()
    connection = Connection(application)
    connection.receive(UPGRADE)
    connection.receive(frame(BINARY, b"early"))
    assert connection.transport.is_paused
    await connection.settle()
    assert application.received[-1] == {"type": "websocket.receive", "bytes": b"early"}
    assert not connection.transport.is_paused


@pytest.mark.parametrize(
    "wrong", [b"Sec-WebSocket-Key: x\r\n", b"Sec-WebSocket-Version: 99\r\n", b"Cookie: " + b"x" * 9000 + b"\r\n"]
)
async def test_a_handshake_that_is_refused_is_answered_and_ended(wrong):
    connection = Connection(Application())
    name = wrong.partition(b":")[0]
    lines = [line for line in UPGRADE.splitlines(keepends=True) if not line.startswith(name)]
    connection.receive(b"".join([*lines[:-1], wrong, b"\r\n"]))
    await connection.settle()
    assert connection.answer.startswith(b"HTTP/1.1 4")
    assert connection.transport.is_closed


async def test_it_can_shut_down_while_the_peer_closes(opened):
    opened.transport.held = 1
    opened.receive(frame(CLOSE, b"\x03\xe8"))
    opened.protocol.shutdown()
    opened.loop.advance(5)
    assert len(opened.gate) == 0


async def test_a_handshake_refused_with_503_is_no_error(caplog):
    async def application(scope, receive, send) -> None:
        await refuse(scope, send)

    connection = Connection(application)
    connection.transport.held = 1  # as on a real loop, which reports the end of a transport later
    connection.receive(UPGRADE)
    await connection.settle()
    assert connection.answer.startswith(b"HTTP/1.1 503")
    assert not caplog.records


async def test_browsers_share_one_frame_of_an_update(opened, monkeypatch):
    other = Connection(Application())
    await other.upgrade()
    written = []
    for connection in (opened, other):
        monkeypatch.setattr(connection.transport, "write", written.append)
    text = '{"op":"update"}' + "é" * 200
    binary = text.encode()
    for connection in (opened, other):
        for payload in ({"text": text}, {"bytes": binary}):  # as to browsers of which some are compressed
            await connection.protocol.send({"type": "websocket.send", **payload})
    assert written[0] is written[2]
    assert written[1] is written[3]
    head = (TEXT | 0x80, BINARY | 0x80)
    assert [data[:1] + data[4:] for data in written[:2]] == [bytes([first]) + text.encode() for first in head]
    other.transport.abort()
    await other.settle()


async def test_a_long_frame_is_not_stored(opened):
    await opened.application.send({"type": "websocket.send", "text": "x" * SHARED_FRAME_BYTES})
    assert len(frames.frame_of("y")) == 3
    assert len(frames._newest[True][1]) == 3


async def test_what_the_parser_has_to_send_is_first(opened):
    opened.protocol.conn.send_pong(b"due")
    await opened.application.send({"type": "websocket.send", "text": "later"})
    assert opened.answer == b"\x8a\x03due" + b"\x81\x05later"
