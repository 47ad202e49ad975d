"""Messages that a server compressed: bounded, complete and in UTF-8."""

import zlib

import pytest

from stickyboard.connection import Unreadable, inflate
from stickyboard.errors import ProtocolRefused

TEXT = "naïve 🎈 " * 1000


@pytest.mark.parametrize("level", [0, 1, 9])
def test_it_returns_the_text(level):
    assert inflate(zlib.compress(TEXT.encode(), level)) == TEXT


@pytest.mark.parametrize(
    "message",
    [b"", b"noise", zlib.compress(b"x" * 5000)[:-5], zlib.compress(b"a") + b"b", zlib.compress(b"\xff\xfe")],
    ids=["empty", "noise", "a part", "more than one", "not UTF-8"],
)
def test_it_refuses_what_is_not_one_text(message):
    with pytest.raises(Unreadable):
        inflate(message)


def test_it_does_not_decompress_more_than_the_limit():
    bomb = zlib.compress(bytes(50_000_000))
    assert len(bomb) < 50_000
    with pytest.raises(ProtocolRefused, match="max_message_bytes"):
        inflate(bomb, 1_000_000)


@pytest.mark.parametrize("size", [999, 1000])
def test_the_limit_itself_is_accepted(size):
    assert len(inflate(zlib.compress(b"x" * size), 1000)) == size
