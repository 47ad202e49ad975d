"""What a browser's socket takes: acknowledgements, and nothing else. Pure."""

from typing import Literal

import msgspec

MAX_ACK_CHARACTERS = 200


class Ack(msgspec.Struct):
    """What a browser sends: how many frames it has taken since it connected."""

    op: Literal["ack"]
    frames: int


_decode = msgspec.json.Decoder(Ack).decode


def frames_taken(text: str) -> int | None:
    """Return a browser's count of frames taken; None where this is no acknowledgement."""
    try:
        return _decode(text).frames if len(text) <= MAX_ACK_CHARACTERS else None
    except (msgspec.DecodeError, RecursionError):
        return None
