"""Limits on what one connection may cost. Sans-I/O."""

from typing import Final, NamedTuple

CLOSE_S: Final = 2.0  # for a peer to answer a close frame, and then again to receive what was sent
STALL_S: Final = 10.0  # during which a peer reads nothing
CHECK_S: Final = 2.0  # between two checks of a peer that does not read

MAX_URL_BYTES: Final = 8_000
MAX_HEADERS: Final = 100
MAX_HEAD_BYTES: Final = 32 * 1024
MAX_FRAMING_BYTES: Final = 128 * 1024  # of one request, without its body: its head, chunk sizes and trailers
MAX_CHUNKS: Final = 4096
MAX_PIPELINED: Final = 8

MESSAGE_BYTES: Final = 16 * 1024  # of a WebSocket message, until the application allows longer ones
CONTROL_BURST: Final = 60
CONTROL_PER_S: Final = 10
CONTROL_BYTES: Final = 125  # the maximum payload of a control frame
SMALL_FRAGMENT_BYTES: Final = 1024  # a smaller fragment of a message costs as much as a control frame

# Data discarded after a close frame was sent, while waiting for the peer's close frame. Each frame adds FRAME_BYTES.
DROPPED_BYTES: Final = 512 * 1024
FRAME_BYTES: Final = 128


class TokenBucket:
    """Contains up to `burst` tokens and gains `per_s` tokens per second."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, burst: float, per_s: float) -> None:
        self._burst, self._per_s = burst, per_s
        self._left, self._at = float(burst), 0.0

    def take(self, tokens: float, now: float) -> bool:
        """Remove tokens; return False and remove none if there are too few."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if tokens > self._left:
            return False
        self._left -= tokens
        return True


class FrameHeader(NamedTuple):
    """The header of a WebSocket frame; `size` includes header and payload."""

    opcode: int
    is_final: bool
    payload: int
    size: int

    @property
    def is_control(self) -> bool:
        return self.opcode >= 8

    @property
    def cost(self) -> float:
        """Its tokens; a frame that completes a message is free."""
        if self.is_control:
            return 1 + self.payload / CONTROL_BYTES
        return 0 if self.is_final or self.payload >= SMALL_FRAGMENT_BYTES else 1


def frame_header(data: bytes | bytearray) -> FrameHeader | None:
    """Return the header at the start of data; None if it is incomplete. Source: RFC 6455, section 5.2."""
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
