"""What a browser's socket takes: acknowledgements, and nothing else. Pure."""

from typing import Literal

import msgspec

MAX_ACK_CHARACTERS = 200


class Ack(msgspec.Struct):
    """What a browser sends: how many updates it has taken since it connected."""

    op: Literal["ack"]
    updates: int


_decode = msgspec.json.Decoder(Ack).decode


def updates_taken(text: str) -> int | None:
    """Return a browser's count of updates taken; None where this is no acknowledgement."""
    try:
        return _decode(text).updates if len(text) <= MAX_ACK_CHARACTERS else None
    except (msgspec.DecodeError, RecursionError):
        return None
