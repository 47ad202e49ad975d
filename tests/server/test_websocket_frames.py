"""Frames to browsers are encoded once, and sent after what the parser has to send."""

from broadcast.server.frames import SHARED_FRAME_BYTES, frames
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


async def test_a_long_frame_is_not_stored(opened):
    await opened.application.send({"type": "websocket.send", "text": "x" * SHARED_FRAME_BYTES})
    assert len(frames.frame_of("y")) == 3
    assert len(frames._newest[True][1]) == 3
