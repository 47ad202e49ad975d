"""What a browser sends first where its cursor is too long for an address. Pure.

Servers and proxies read some 8,192 bytes of a request's first line, which a cursor of 170 event types fills.
"""

from typing import Annotated, Final, Literal

import msgspec

from broadcast.errors import InvalidCursor
from broadcast.types import Cursor

RESUME_S: Final = 5.0  # for the message to arrive
MAX_BYTES: Final = 65_536
MAX_TYPE_BYTES: Final = 512  # per event type of the board

Revision = Annotated[int, msgspec.Meta(ge=0, lt=10**18)]  # as many digits as a cursor in an address may have


class Resume(msgspec.Struct):
    """A browser's cursor as a message."""

    op: Literal["resume"]
    cursor: dict[str, tuple[str, Revision]]


_decode = msgspec.json.Decoder(Resume).decode


def read_resume(text: str, keyspaces: tuple[str, ...]) -> dict[str, Cursor]:
    """Read a cursor; types that the board does not show are left out.

    Raises:
        InvalidCursor: the message has another form, or is larger than a cursor of these keyspaces can be.
    """
    if len(text) > MAX_BYTES + MAX_TYPE_BYTES * len(keyspaces):
        raise InvalidCursor(text, InvalidCursor.IN_MESSAGE)
    try:
        cursor = _decode(text).cursor
    except (msgspec.DecodeError, RecursionError):
        raise InvalidCursor(text, InvalidCursor.IN_MESSAGE) from None
    return {name: Cursor(*cursor[name]) for name in keyspaces if name in cursor}
