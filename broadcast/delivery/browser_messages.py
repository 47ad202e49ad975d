"""What a browser sends: acknowledgements, a pace, reports of other entries, and its cursor. Sans-I/O."""

from typing import Annotated, Final

import msgspec

from broadcast.errors import InvalidCursor
from broadcast.types import Cursor

MAX_CHARACTERS: Final = 1000  # of a message without a cursor
MIN_PER_S, MAX_PER_S = 0.01, 60.0
RESUME_S: Final = 5.0  # for the message with the cursor to arrive
MAX_RESUME_BYTES: Final = 65_536
MAX_TYPE_BYTES: Final = 512  # per event type of the board

Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}\Z")]
Revision = Annotated[int, msgspec.Meta(ge=0, lt=10**18)]  # the same limit as for a cursor in a URL


class _Message(msgspec.Struct, tag_field="op", tag=str.lower):
    pass


class Ack(_Message):
    """The number of updates that the browser has received on this connection."""

    updates: int


class Pace(_Message):
    """The greatest number of updates per second that the browser wants; None for every update."""

    max_per_s: Annotated[float, msgspec.Meta(ge=MIN_PER_S, le=MAX_PER_S)] | None


class Mismatch(_Message):
    """An event type of which the browser has other entries than the server had at the same head."""

    type: str
    expected: Digest
    found: Digest


class Resume(_Message):
    """The browser's cursor."""

    cursor: dict[str, tuple[str, Revision]]


_decode = msgspec.json.Decoder(Ack | Pace | Mismatch).decode
_decode_resume = msgspec.json.Decoder(Resume).decode


def read_message(text: str) -> Ack | Pace | Mismatch | None:
    """Read a message; None if it has another form."""
    try:
        return _decode(text) if len(text) <= MAX_CHARACTERS else None
    except (msgspec.DecodeError, RecursionError):
        return None


def read_resume(text: str, keyspaces: tuple[str, ...]) -> dict[str, Cursor]:
    """Read a cursor; event types of other boards are ignored.

    Raises:
        InvalidCursor: the message has a different form, or is larger than a cursor of these keyspaces can be.
    """
    if len(text) > MAX_RESUME_BYTES + MAX_TYPE_BYTES * len(keyspaces):
        raise InvalidCursor(text, InvalidCursor.IN_MESSAGE)
    try:
        cursor = _decode_resume(text).cursor
    except (msgspec.DecodeError, RecursionError):
        raise InvalidCursor(text, InvalidCursor.IN_MESSAGE) from None
    return {name: Cursor(*cursor[name]) for name in keyspaces if name in cursor}
