"""One compressed text in many gzip bodies, each a complete gzip file."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.delivery.compression import PIECE_BYTES, Deflated, deflated
from broadcast.delivery.state_cache import escaped

LARGE = "".join(chr(97 + (n * n * n) % 13) + "größer 🐙<&>" for n in range(40_000))


@pytest.mark.parametrize("text", ["", "x", "<&>", LARGE, "0" * 5_000_000], ids=["none", "x", "signs", "large", "zeros"])
@pytest.mark.parametrize(("head", "tail"), [(b"", b""), (b"<html>" * 500, b"</html>"), (b"h", b"")])
def test_a_body_is_one_gzip_file_of_head_text_and_tail(text: str, head: bytes, tail: bytes) -> None:
    packed = deflated(text, escaped)
    plain = escaped(text.encode())
    # One member, because browsers read no second one: `zlib` stops at its end and verifies checksum and length.
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert inflate.decompress(b"".join(packed.gzip(head, tail))) == head + plain + tail
    assert inflate.eof
    assert inflate.unused_data == b""
    assert b"".join(packed.text()) == plain
    assert packed.size_bytes == len(plain)


@given(st.text(), st.binary(), st.binary())
def test_any_text_comes_out_as_it_went_in(text: str, head: bytes, tail: bytes) -> None:
    packed = deflated(text)
    assert gzip.decompress(b"".join(packed.gzip(head, tail))) == head + text.encode() + tail
    assert b"".join(packed.text()) == text.encode()


def test_what_is_decompressed_comes_in_small_pieces() -> None:
    packed = deflated("0" * 5_000_000)
    assert packed.compressed_bytes < 10_000
    assert max(map(len, packed.text())) <= PIECE_BYTES


def test_a_body_shares_the_text_and_copies_none_of_it() -> None:
    packed = Deflated((bytes(10_000_000),), 0, 0, 1 << 31)
    tracemalloc.start()
    bodies = [packed.gzip(b"head", b"tail") for _ in range(20)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert all(body[1] is packed.pieces[0] for body in bodies)
    assert peak < 1_000_000


def test_the_length_of_a_body_says_nothing_about_its_content() -> None:
    packed = deflated("state")
    assert len({sum(map(len, packed.gzip(b"head", b"tail"))) for _ in range(100)}) > 10
