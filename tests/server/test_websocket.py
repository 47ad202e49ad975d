"""Limits of a WebSocket: frames are counted, and nothing is buffered for a silent peer."""

import pytest

from broadcast.server.limits import CONTROL_BURST, STALL_S
from tests.support.accepting import Application, parsed_frames
from tests.support.server_protocols import BINARY, CONT, PING, PONG, TEXT, UPGRADE, Connection, frame

READ_BYTES = 262_144  # the maximum size of one read


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


@pytest.mark.parametrize("kind", [TEXT, BINARY])
async def test_messages_of_one_read_are_received_one_at_a_time(kind):
    application = Application()
    application.may_take.clear()
    connection = Connection(application)
    await connection.upgrade()
    connection.receive(frame(kind, b"a") * 1000)
    await connection.settle()
    assert connection.protocol.queue.qsize() == 1
    assert connection.transport.is_paused
    application.may_take.set()
    for _ in range(300):
        await connection.settle()
    assert len(application.received) - 1 == 1000
    assert not connection.transport.is_paused


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


async def test_what_comes_before_the_application_accepts_waits():
    application = Application()
    connection = Connection(application)
    connection.receive(UPGRADE)
    connection.receive(frame(BINARY, b"early"))
    assert connection.transport.is_paused
    await connection.settle()
    assert application.received[-1] == {"type": "websocket.receive", "bytes": b"early"}
    assert not connection.transport.is_paused
