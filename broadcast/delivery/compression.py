"""Text that is compressed once and sent to many.

`Deflated` is a text in many gzip bodies, each with its own beginning and end. A body consists of a head, the shared
text and a tail. Deflate blocks that end on a byte boundary and do not refer to earlier data can be concatenated, and
the checksum of the whole follows from the checksums of the parts. A body therefore costs only the compression of its
head and tail. Concatenated gzip members would be simpler, but browsers read only the first one.

`Deflater` compresses the updates that browsers requested to be compressed. Small ones stay text. Large ones are
compressed in threads, and a browser's send waits for the result. If too much is being compressed, browsers are sent
text, because the number of different answers is up to the clients, which choose their cursors.

Source: RFC 1950; RFC 1951, section 3.2.3; RFC 1952, section 2.3.
"""

import asyncio
import secrets
import zlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from broadcast.delivery.updates import Update
from broadcast.errors import UnsupportedEncoding

PIECE_BYTES = 64 * 1024
PIECE_CHARACTERS = 16 * 1024  # at most PIECE_BYTES in UTF-8
LEVEL = 6
RAW = -zlib.MAX_WBITS  # no header and no checksum
# Random bytes in the header, so that the length reveals nothing about secrets in the page.
# Source: "Heal the BREACH: a countermeasure", as in Django's GZipMiddleware.
MAX_RANDOM_BYTES = 100
POLYNOMIAL = 0xEDB88320  # of CRC-32, lowest power in the highest bit
ONE, X = 1 << 31, 1 << 30

DEFLATE: Final = "deflate"
MIN_BYTES: Final = 1024  # a smaller update is one packet, compressed or not
MAX_INLINE_BYTES: Final = 16 * 1024  # compressed in the event loop, in at most 0.4 ms
MAX_WAITING_BYTES: Final = 16 * 1024 * 1024  # of updates in threads; a single one may be larger

Payload = str | bytes


@dataclass(frozen=True, eq=False)
class Deflated:
    """A compressed text that can be placed between a head and a tail."""

    pieces: tuple[bytes, ...]
    size_bytes: int  # uncompressed
    crc: int
    crc_factor: int  # the checksum of a head is multiplied by this when the text follows it

    @property
    def compressed_bytes(self) -> int:
        return sum(map(len, self.pieces))

    def gzip(self, head: bytes, tail: bytes) -> list[bytes]:
        """Return the pieces of a gzip file of head, text and tail; the pieces of the text are not copied."""
        name = secrets.token_bytes(secrets.randbelow(MAX_RANDOM_BYTES) + 1).replace(b"\0", b"\1")
        crc = zlib.crc32(tail, multiplied(self.crc_factor, zlib.crc32(head)) ^ self.crc)
        size = (len(head) + self.size_bytes + len(tail)) & 0xFFFFFFFF
        start = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + name + b"\0" + _deflate(head, zlib.Z_FULL_FLUSH)
        end = _deflate(tail, zlib.Z_FINISH) + crc.to_bytes(4, "little") + size.to_bytes(4, "little")
        return [start, *self.pieces, end]

    def text(self) -> Iterator[bytes]:
        """Yield the text in pieces, and decompress each piece when it is needed."""
        inflate = zlib.decompressobj(RAW)
        for piece in self.pieces:
            yield inflate.decompress(piece, PIECE_BYTES)
            while inflate.unconsumed_tail:
                yield inflate.decompress(inflate.unconsumed_tail, PIECE_BYTES)
        while rest := inflate.decompress(b"", PIECE_BYTES):
            yield rest


def deflated(text: str, escape: Callable[[bytes], bytes] = bytes) -> Deflated:
    """Compress a text piece by piece, without a copy of the whole.

    Args:
        escape: replaces single characters, so that it can be applied to each piece.
    """
    deflate, pieces, compressed, crc, size = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW), [], bytearray(), 0, 0
    for start in range(0, len(text), PIECE_CHARACTERS):
        plain = escape(text[start : start + PIECE_CHARACTERS].encode())
        crc, size = zlib.crc32(plain, crc), size + len(plain)
        compressed += deflate.compress(plain)
        if len(compressed) >= PIECE_BYTES:
            pieces.append(bytes(compressed))
            compressed.clear()
    compressed += deflate.flush(zlib.Z_FULL_FLUSH)
    return Deflated((*pieces, bytes(compressed)), size, crc, x_to_the(8 * size))


def _deflate(plain: bytes, flush: int) -> bytes:
    deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, RAW)
    return deflate.compress(plain) + deflate.flush(flush)


def multiplied(left: int, right: int) -> int:
    """Return the product of two polynomials over GF(2), modulo CRC-32's."""
    product = 0
    for power in range(31, -1, -1):
        if left >> power & 1:
            product ^= right
        right = right >> 1 ^ (POLYNOMIAL if right & 1 else 0)
    return product


def x_to_the(exponent: int) -> int:
    """Return that power of x, modulo CRC-32's polynomial."""
    result, square = ONE, X
    while exponent:
        if exponent & 1:
            result = multiplied(square, result)
        square, exponent = multiplied(square, square), exponent >> 1
    return result


def read_encoding(stated: str | None) -> bool:
    """Return whether a client requests compressed updates.

    Raises:
        UnsupportedEncoding: it states an encoding that this server does not support.
    """
    if stated not in (None, DEFLATE):
        raise UnsupportedEncoding(stated, f'"{DEFLATE}", or no encoding')
    return stated is not None


def deflate(text: str) -> bytes:
    """Compress a text into the zlib format (RFC 1950), which HTTP and browsers call deflate."""
    # A small window takes 20 kB instead of 256 kB, which take longer to allocate than a small text to compress.
    level, window, memory = (6, 12, 5) if len(text) <= MAX_INLINE_BYTES else (3, 15, 8)
    compressor = zlib.compressobj(level, zlib.DEFLATED, window, memory)
    return compressor.compress(text.encode()) + compressor.flush()


class Deflater:
    """Compresses a process's updates; each update stores the result.

    Args:
        min_bytes: a smaller update stays text.
        max_inline_bytes: a larger update is compressed in a thread.
        run: runs a function in a thread.
    """

    def __init__(
        self,
        min_bytes: int = MIN_BYTES,
        max_inline_bytes: int = MAX_INLINE_BYTES,
        run: Callable[[Callable[[str], bytes], str], Awaitable[bytes]] = asyncio.to_thread,
    ) -> None:
        self._min_bytes, self._max_inline_bytes, self._run = min_bytes, max_inline_bytes, run
        self._waiting_bytes = 0

    def payload_now(self, update: Update) -> Payload | None:
        """Return what a browser is sent; None if it is only known after `compress`."""
        if update.deflated is None:
            if update.size_bytes < self._min_bytes:
                update.deflated = update.text
            elif update.size_bytes <= self._max_inline_bytes:
                update.deflated = deflate(update.text)
            elif update.deflating is None and self._is_full(update.size_bytes):
                return update.text
        return update.deflated

    async def payload(self, update: Update) -> Payload:
        """Return what a browser is sent, after compressing it if necessary."""
        payload = self.payload_now(update)
        if payload is not None:
            return payload
        if update.deflating is None:
            update.deflating = asyncio.create_task(self._compress(update), name="sticky-deflate")
        # Not awaited directly: a browser that disconnects must not cancel what the others wait for.
        await asyncio.wait([update.deflating])
        # An update is used until the next change, so a failure, such as of starting a thread, must not stay with it.
        return update.text if update.deflating.exception() else update.deflating.result()

    def _is_full(self, size_bytes: int) -> bool:
        return bool(self._waiting_bytes) and self._waiting_bytes + size_bytes > MAX_WAITING_BYTES

    async def _compress(self, update: Update) -> bytes:
        self._waiting_bytes += update.size_bytes
        try:
            update.deflated = deflated = await self._run(deflate, update.text)
        finally:
            self._waiting_bytes -= update.size_bytes
        return deflated
