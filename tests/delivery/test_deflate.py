"""Updates are compressed once for all browsers, large ones outside the event loop, and nothing overtakes them."""

import asyncio
import zlib

import pytest

from broadcast.delivery.compression import MAX_INLINE_BYTES, MAX_WAITING_BYTES, MIN_BYTES, Deflater, read_encoding
from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.delivery.updates import Update
from broadcast.errors import UnsupportedEncoding
from tests.support.server import until
from tests.support.world import Browser, World


def update_of(size_bytes: int) -> Update:
    return Update("x" * size_bytes, [], size_bytes)


class Thread:
    """Compresses when the gate is open."""

    def __init__(self) -> None:
        self.calls = 0
        self.gate = asyncio.Event()

    async def run(self, compress, text: str) -> bytes:
        self.calls += 1
        await self.gate.wait()
        return compress(text)


@pytest.fixture
def thread():
    return Thread()


def test_a_small_update_stays_text():
    assert Deflater().payload_now(update_of(MIN_BYTES - 1)) == "x" * (MIN_BYTES - 1)


def test_an_update_is_compressed_once():
    update, deflater = update_of(MIN_BYTES), Deflater()
    first, second = deflater.payload_now(update), deflater.payload_now(update)
    assert (first is second, zlib.decompress(first)) == (True, update.text.encode())


@pytest.mark.parametrize("size", [MAX_INLINE_BYTES, MAX_INLINE_BYTES + 1, 300_000])
async def test_compressed_text_is_in_the_zlib_format(size):
    update = update_of(size)
    assert zlib.decompress(await Deflater().payload(update)) == update.text.encode()


async def test_a_large_update_is_compressed_once_in_a_thread(thread):
    update, deflater = update_of(MAX_INLINE_BYTES + 1), Deflater(run=thread.run)
    waiting = [asyncio.create_task(deflater.payload(update)) for _ in range(3)]
    await until(lambda: thread.calls)
    assert deflater.payload_now(update) is None
    waiting[0].cancel()  # its browser disconnects
    thread.gate.set()
    payload = await waiting[1]
    assert await waiting[2] is payload
    assert (deflater.payload_now(update) is payload, thread.calls) == (True, 1)


async def test_too_much_at_once_is_sent_as_text(thread):
    deflater = Deflater(run=thread.run)
    first = asyncio.create_task(deflater.payload(update_of(MAX_WAITING_BYTES + 1)))
    await until(lambda: thread.calls)
    other = update_of(MAX_INLINE_BYTES + 1)
    assert await deflater.payload(other) == other.text
    thread.gate.set()
    await first
    assert isinstance(await deflater.payload(other), bytes)


async def test_what_cannot_be_compressed_is_sent_as_text():
    async def fail(*_: object) -> bytes:
        raise RuntimeError("can't start new thread")

    update, deflater = update_of(MAX_INLINE_BYTES + 1), Deflater(run=fail)
    for _ in range(2):
        assert await deflater.payload(update) == update.text


@pytest.mark.parametrize("stated", ["", "gzip", "deflate ", "DEFLATE", "x" * 5000])
def test_an_unknown_encoding_is_refused_with_the_supported_one(stated):
    with pytest.raises(UnsupportedEncoding, match='"deflate"') as refused:
        read_encoding(stated)
    assert len(str(refused.value)) < 200


def test_an_encoding_is_optional():
    assert (read_encoding(None), read_encoding("deflate")) == (False, True)


@pytest.fixture
async def world(thread):
    """A world with two browsers, one of which is compressed, always in a thread."""
    deflater = Deflater(min_bytes=0, max_inline_bytes=0, run=thread.run)
    world = World(LocalChannelLayer(), ":memory:deflate", deflater=deflater)
    thread.gate.set()
    for is_compressed in (True, False):
        world.browsers.append(Browser(world))
        world.browsers[-1].is_compressed = is_compressed
        world.browsers[-1].open()
    await world.settled()
    yield world
    thread.gate.set()
    await world.close()


async def test_nothing_overtakes_a_compressed_update(world, thread):
    compressed, plain = world.browsers
    before, calls = len(compressed.transcript), thread.calls
    thread.gate.clear()
    for n in range(3):
        await world.publish({"type": "keyed", "key": "a", "lane": "x", "n": n})
        await until(lambda: plain.has(world.heads()))
    world.runtime.fanout_of("main").heartbeat()
    assert [len(compressed.transcript) - before, thread.calls - calls] == [0, 1]
    thread.gate.set()
    await world.settled()
    sent = compressed.transcript[before:]
    assert [message["op"] for message in sent] == ["update", "update"]  # the second one has what it skipped
    assert plain.transcript[-1]["op"] == "heartbeat"


async def test_bytes_on_the_wire_fill_the_window(world):
    await world.publish({"type": "whole", "n": 1, "text": "x" * 2000})
    await world.settled()
    counts = {browser.is_compressed: browser.bytes_received for browser in world.browsers}
    sent = {peer.socket.bytes_sent for peer in world.runtime.connections.of("browser")}
    assert set(counts.values()) == sent
    assert counts[True] < counts[False]
