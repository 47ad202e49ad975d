"""Encodes a message as a WebSocket frame, once for all sockets that are sent it, because a server masks no frame."""

from typing import Any, Final

from websockets.frames import Frame, Opcode

SHARED_FRAME_BYTES: Final = 1024 * 1024  # a longer frame is not stored


class Frames:
    """Encodes messages."""

    def __init__(self) -> None:
        # The newest text and the newest binary message: browsers of a board are sent the one or the other.
        self._newest: dict[bool, tuple[str | bytes, bytes]] = {}

    def frame_of(self, message: Any) -> bytes:
        """Return the frame of a message that is sent whole."""
        payload: str | bytes | None = message.get("bytes")
        if payload is None:
            payload = message["text"]
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
