"""Frames to browsers are encoded once."""

from broadcast.server.frames import LONG, SHARED_FRAME_BYTES, frames
from tests.support.accepting import Application
from tests.support.server_protocols import BINARY, TEXT, Connection


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


def test_browsers_share_the_frame_of_a_replay_after_a_hello():
    replay = "é" * (LONG + 1)
    before = frames.frame_of(replay)
    assert frames.frame_of("a hello of its own")
    assert frames.frame_of(replay) is before


async def test_a_frame_above_the_limit_is_not_stored(opened):
    payload = "x" * SHARED_FRAME_BYTES
    await opened.application.send({"type": "websocket.send", "text": payload})
    assert frames.frame_of(payload) is not frames.frame_of(payload)
    assert all(len(frame) <= SHARED_FRAME_BYTES for _, frame in frames._newest.values())


def test_what_may_change_is_encoded_each_time():
    payload = bytearray(b"one")
    assert frames.frame_of(payload).endswith(b"one")
    payload[:] = b"two"
    assert frames.frame_of(payload).endswith(b"two")
