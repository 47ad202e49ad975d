"""Texts in one frame without a parser, compared with those of websockets."""

import pytest
from websockets.frames import Frame, Opcode

from broadcast.server.frames import take_text
from tests.support.server_protocols import BINARY, CONT, PING, TEXT, frame


@pytest.mark.parametrize("size", [0, 1, 7, 125, 126, 256, 65_535])
def test_a_text_is_unmasked_and_removed(size):
    body = (bytes(range(256)) * 256)[:size]
    whole = Frame(Opcode.TEXT, body).serialize(mask=True)
    received = bytearray(whole + b"next")
    assert (take_text(received, size), received) == (body, b"next")
    for end in (*range(min(len(whole), 12)), len(whole) - 1):
        part = bytearray(whole[:end])
        assert (take_text(part, size), part) == (None, whole[:end])


@pytest.mark.parametrize(
    "other",
    [
        frame(TEXT, b"x" * 65_536),
        frame(TEXT, b"x" * 201),  # above the limit
        frame(TEXT, b"part", is_final=False),
        frame(CONT, b"rest"),
        frame(BINARY, b"data"),
        frame(PING, b"ping"),
        b"\x81\x04text__",  # not masked
        b"\xc1\x84\0\0\0\0text",  # compressed
    ],
)
def test_any_other_frame_needs_the_parser(other):
    assert take_text(bytearray(other), 200 if len(other) < 1000 else 100_000) is None
