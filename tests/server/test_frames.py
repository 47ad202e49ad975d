"""Short frames without a parser, compared with those of websockets."""

import pytest
from websockets.frames import Frame, Opcode

from broadcast.server.frames import short_text
from tests.support.server_protocols import BINARY, CONT, PING, TEXT, frame


@pytest.mark.parametrize("size", [0, 1, 7, 125])
def test_a_short_text_is_unmasked(size):
    body = bytes(range(size))
    whole = Frame(Opcode.TEXT, body).serialize(mask=True)
    assert short_text(bytearray(whole + b"next")) == body
    assert not any(short_text(bytearray(whole[:end])) is not None for end in range(len(whole)))


@pytest.mark.parametrize(
    "other",
    [
        frame(TEXT, b"x" * 126),
        frame(TEXT, b"part", is_final=False),
        frame(CONT, b"rest"),
        frame(BINARY, b"data"),
        frame(PING, b"ping"),
        b"\x81\x04text__",  # not masked
        b"\xc1\x84\0\0\0\0text",  # compressed
    ],
)
def test_any_other_frame_needs_the_parser(other):
    assert short_text(bytearray(other)) is None
