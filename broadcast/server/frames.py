"""WebSocket frames without a parser. Sans-I/O.

A message to many sockets is encoded once, because a server masks no frame. A text in one frame is read directly.
"""

from typing import Final

from websockets.frames import Frame, Opcode, apply_mask  # type: ignore[attr-defined]  # in C where it is built

SHARED_FRAME_BYTES: Final = 1024 * 1024  # a longer frame is not stored
LONG: Final = 16 * 1024
WHOLE_TEXT: Final = 0x80 | Opcode.TEXT
MASKED: Final = 0x80
TWO_BYTES: Final = 126  # instead of the length, which follows in two bytes


def take_text(data: bytearray, max_bytes: int) -> bytes | None:
    """Remove a whole text message of up to 64 KiB from received data, and return it; None for anything else."""
    if len(data) < 4 or data[0] != WHOLE_TEXT or not MASKED <= data[1] <= MASKED | TWO_BYTES:
        return None
    size, mask = data[1] ^ MASKED, 2
    if size == TWO_BYTES:
        size, mask = int.from_bytes(data[2:4], "big"), 4
    end = mask + 4 + size
    if len(data) < end or size > max_bytes:
        return None
    text = apply_mask(data[mask + 4 : end], data[mask : mask + 4])
    del data[:end]
    return text


class Frames:
    """Encodes messages.

    Attributes:
        payload: the last message, if its frame is stored. It is compared before `frame_of` is called, because most
            messages are those that the browser before was sent.
        frame: its frame.
    """

    def __init__(self) -> None:
        self.payload: str | bytes | None = None
        self.frame = b""
        # The newest text and the newest binary message: browsers of a board are sent the one or the other. Of long
        # ones apart, because replays follow a short hello.
        self._newest: dict[tuple[bool, bool], tuple[str | bytes, bytes]] = {}

    def frame_of(self, payload: str | bytes) -> bytes:
        """Return the frame of a text or binary message that is sent whole."""
        is_text = isinstance(payload, str)
        kind = is_text, len(payload) > LONG
        newest = self._newest.get(kind)
        if newest is not None and payload is newest[0]:
            self.payload, self.frame = newest
            return self.frame
        content = payload.encode() if isinstance(payload, str) else payload
        frame = Frame(Opcode.TEXT if is_text else Opcode.BINARY, content).serialize(mask=False)
        if len(frame) <= SHARED_FRAME_BYTES and isinstance(payload, (str, bytes)):  # a bytearray may change
            self._newest[kind] = payload, frame
            self.payload, self.frame = payload, frame
        return frame


frames: Final = Frames()
