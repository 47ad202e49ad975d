"""What one connection may cost, whoever it belongs to. Sans-I/O."""

from typing import Final, NamedTuple

CLOSE_S: Final = 2.0  # for a peer to answer a close frame, and then again to take what it was sent
STALL_S: Final = 10.0  # without a byte leaving for a peer that does not read
LOOK_S: Final = 2.0  # between two looks at such a peer

MAX_URL_BYTES: Final = 8_000  # websockets refuses a request line of more than 8,192
MAX_HEADERS: Final = 100
MAX_HEAD_BYTES: Final = 32 * 1024
MAX_FRAMING_BYTES: Final = 128 * 1024  # of one request, without its body: its head, chunk sizes and trailers
MAX_CHUNKS: Final = 4096
MAX_PIPELINED: Final = 8

MESSAGE_BYTES: Final = 16 * 1024  # of a WebSocket message, until the application accepts longer ones
CONTROL_BURST: Final = 60
CONTROL_PER_S: Final = 10
CONTROL_BYTES: Final = 125  # the most that one control frame can carry
SMALL_FRAGMENT_BYTES: Final = 1024  # a shorter part of a message costs as much as a control frame

# Read and dropped after a close frame was sent, in search of the peer's own; every frame counts for some bytes more.
DROPPED_BYTES: Final = 512 * 1024
UPDATE_BYTES: Final = 128


class TokenBucket:
    """Holds `burst` tokens, refilled with `per_s` tokens a second."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, burst: float, per_s: float) -> None:
        self._burst, self._per_s = burst, per_s
        self._left, self._at = float(burst), 0.0

    def take(self, tokens: float, now: float) -> bool:
        """Take some tokens; False where there are too few, and none is taken."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if tokens > self._left:
            return False
        self._left -= tokens
        return True


class FrameHeader(NamedTuple):
    """The beginning of a WebSocket frame; `size` counts the header and the payload."""

    opcode: int
    is_final: bool
    payload: int
    size: int

    @property
    def is_control(self) -> bool:
        """Whether it is a close, a ping or a pong."""
        return self.opcode >= 8


def frame_header(data: bytes | bytearray) -> FrameHeader | None:
    """Return the header that data begins with, or None where it is incomplete. Source: RFC 6455, section 5.2."""
    if len(data) < 2:
        return None
    payload, size = data[1] & 0x7F, 2
    if payload >= 126:
        size += 2 if payload == 126 else 8
        if len(data) < size:
            return None
        payload = int.from_bytes(data[2:size], "big")
    masked = 4 if data[1] & 0x80 else 0
    return FrameHeader(data[0] & 0x0F, bool(data[0] & 0x80), payload, size + masked + payload)
