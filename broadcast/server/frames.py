"""WebSocket frames without a parser. Sans-I/O.

A message to many sockets is encoded once, because a server masks no frame. A short message is read directly.
"""

from typing import Final

from websockets.frames import Frame, Opcode, apply_mask  # type: ignore[attr-defined]  # in C where it is built

SHARED_FRAME_BYTES: Final = 1024 * 1024  # a longer frame is not stored
WHOLE_TEXT: Final = 0x80 | Opcode.TEXT
MASKED: Final = 0x80
SHORT_BYTES: Final = 125  # the maximum payload of a header of two bytes, before the mask


def short_text(data: bytearray) -> bytes | None:
    """Return the payload of a short, whole text message at the start of received data; None for anything else."""
    if len(data) < 6 or data[0] != WHOLE_TEXT or not MASKED <= data[1] <= MASKED | SHORT_BYTES:
        return None
    end = 6 + (data[1] ^ MASKED)
    return apply_mask(data[6:end], data[2:6]) if len(data) >= end else None


class Frames:
    """Encodes messages."""

    def __init__(self) -> None:
        # The newest text and the newest binary message: browsers of a board are sent the one or the other.
        self._newest: dict[bool, tuple[str | bytes, bytes]] = {}

    def frame_of(self, payload: str | bytes) -> bytes:
        """Return the frame of a text or binary message that is sent whole."""
        is_text = isinstance(payload, str)
        newest = self._newest.get(is_text)
        if newest is not None and payload is newest[0]:
            return newest[1]
        content = payload.encode() if isinstance(payload, str) else payload
        frame = Frame(Opcode.TEXT if is_text else Opcode.BINARY, content).serialize(mask=False)
        if len(frame) <= SHARED_FRAME_BYTES:
            self._newest[is_text] = payload, frame
        return frame


frames: Final = Frames()
