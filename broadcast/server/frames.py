"""Encodes a message as a WebSocket frame, once for all sockets that are sent it, because a server masks no frame."""

from typing import Any, Final

from websockets.frames import Frame, Opcode

SHARED_FRAME_BYTES: Final = 1024 * 1024  # a longer frame is not stored


class Frames:
    """Encodes messages."""

    def __init__(self) -> None:
        self._payload: str | bytes = ""
        self._frame = b""

    def frame_of(self, message: Any) -> bytes:
        """Return the frame of a message that is sent whole."""
        payload: str | bytes | None = message.get("bytes")
        if payload is None:
            payload = message["text"]
        if payload is self._payload:
            return self._frame
        is_text = isinstance(payload, str)
        content = payload.encode() if isinstance(payload, str) else payload
        frame = Frame(Opcode.TEXT if is_text else Opcode.BINARY, content).serialize(mask=False)
        if len(frame) <= SHARED_FRAME_BYTES:
            self._payload, self._frame = payload, frame
        return frame


frames: Final = Frames()
