"""Reports of clients whose entries differ from the server's. Sans-I/O.

Any browser can send one, so nothing in it but the name of an event type and two digests reaches the log.
"""

import logging
from collections.abc import Callable, Collection
from typing import Annotated, Final, Literal

import msgspec

from broadcast.ops.counters import Meters

log = logging.getLogger("broadcast.ops.mismatches")

MAX_CHARACTERS: Final = 1000
LOG_EVERY_S: Final = 60.0  # for one board

Digest = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}\Z")]


class Mismatch(msgspec.Struct):
    """An event type of which a client has other entries than the server had at the same head."""

    op: Literal["mismatch"]
    type: str
    expected: Digest
    found: Digest


_decode = msgspec.json.Decoder(Mismatch).decode


def read_mismatch(text: str, names: Collection[str]) -> Mismatch | None:
    """Read a report; None if the text is not one, or names none of these event types."""
    try:
        mismatch = _decode(text) if len(text) <= MAX_CHARACTERS else None
    except (msgspec.DecodeError, RecursionError):
        return None
    return mismatch if mismatch and mismatch.type in names else None


class Mismatches:
    """Counts reports by board, and logs one per board and minute.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, meters: Meters, clock: Callable[[], float]) -> None:
        self._meters, self._clock = meters, clock
        self._logged_at: dict[str, float] = {}

    def add(self, board: str, mismatch: Mismatch) -> None:
        self._meters.mismatches[board] += 1
        now = self._clock()
        if now - self._logged_at.get(board, -LOG_EVERY_S) >= LOG_EVERY_S:
            self._logged_at[board] = now
            message = "a browser of board %s has other entries of %s than this process (digest %s, expected %s)"
            facts = (mismatch.type, mismatch.found, mismatch.expected, self._meters.mismatches[board])
            log.warning(f"{message}; it starts over; %d reports since the start", board, *facts)
