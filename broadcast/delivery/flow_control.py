"""What one browser was sent and has not acknowledged, and how much more it may be sent. Pure.

    sent ──► in flight (server's buffer, network, tab) ──► painted ──► acknowledged

What is in flight is out of date by the time it is painted, so there may be only so much of it as the
browser takes in a third of a second. How much that is, its acknowledgements tell: one that comes later than
the quickest by more than `LAG_S` says how many bytes took how long, and the limit becomes what would
have taken that; one that comes in time, with the limit nearly used up, doubles it. So a browser on a
fast line has megabytes in flight, and one that reads 20 KB/s is seconds behind at most, not minutes.
"""

from typing import Annotated, Final, Literal

import msgspec

from broadcast.errors import InvalidCursor
from broadcast.types import Cursor

LAG_S = 0.3
MAX_LEAST_LAG_S = 1.0  # a round trip around the earth, a paint, and the quarter second that an answer may wait
MIN_BYTES = 4096
MAX_BYTES = 4 * 1024 * 1024


class Window:
    """Counts a browser's updates.

    A browser that follows the protocol acknowledges at least every half of what `hello` told it, so
    until its acknowledgements have told more, it is sent that half; and one update always goes,
    however large.

    Args:
        updates: updates that may be in flight.
        size_bytes: what `hello` says of bytes.
    """

    __slots__ = (
        "_acknowledged",
        "_acknowledged_bytes",
        "_in_flight_bytes",
        "_least_lag_s",
        "_promised_bytes",
        "_sent",
        "_updates",
        "limit_bytes",
    )

    def __init__(self, updates: int, size_bytes: int) -> None:
        self._updates = updates
        self._promised_bytes = size_bytes
        self.limit_bytes = max(1, size_bytes // 2)
        self._least_lag_s = MAX_LEAST_LAG_S
        # Of each update in flight three plain numbers: when it was sent, its bytes, and what was then in
        # flight with it. A tuple for each would be so many more objects for the garbage collector to walk.
        self._sent: list[float] = []
        self._in_flight_bytes = 0
        self._acknowledged = self._acknowledged_bytes = 0

    @property
    def updates_sent(self) -> int:
        """Updates sent since it connected."""
        return self._acknowledged + self.unacknowledged_updates

    @property
    def bytes_sent(self) -> int:
        """Bytes of the updates sent since it connected."""
        return self._acknowledged_bytes + self._in_flight_bytes

    @property
    def unacknowledged_updates(self) -> int:
        """Updates sent that the browser has not yet said it took."""
        return len(self._sent) // 3

    @property
    def is_open(self) -> bool:
        """Whether one more update may be sent now."""
        return not self._sent or (len(self._sent) < 3 * self._updates and self._in_flight_bytes < self.limit_bytes)

    @property
    def permits_probe(self) -> bool:
        """Whether one more may be sent if none was for a while.

        A slow browser that acknowledges only each half of what it was promised would else be waited
        for while it waits.
        """
        return len(self._sent) < 3 * self._updates and self._in_flight_bytes < self._promised_bytes

    def record_sent(self, size_bytes: int, now: float) -> None:
        """Record that an update was sent; `now` is in monotonic seconds."""
        self._in_flight_bytes += size_bytes
        self._sent.extend((now, size_bytes, self._in_flight_bytes))

    def acknowledge(self, updates: int, now: float) -> bool:
        """Record the browser's count of updates taken since it connected.

        Returns:
            False when it says it took more updates than it was sent.
        """
        acked = updates - self._acknowledged
        if 3 * acked > len(self._sent):
            return False
        if acked > 0:
            self._acknowledged = updates
            known, self._sent = self._sent[: 3 * acked], self._sent[3 * acked :]
            acked_bytes = int(sum(known[1::3]))
            self._in_flight_bytes -= acked_bytes
            self._acknowledged_bytes += acked_bytes
            sent_at, _, in_flight_bytes = known[-3:]
            self._adapt(int(in_flight_bytes), now - sent_at)
        return True

    def _adapt(self, in_flight_bytes: int, lag_s: float) -> None:
        # A long line makes every answer late, whatever is in flight; only what comes on top counts.
        self._least_lag_s = min(self._least_lag_s, lag_s)
        waited_s = lag_s - self._least_lag_s
        if waited_s > LAG_S:
            self.limit_bytes = max(MIN_BYTES, int(min(in_flight_bytes, MAX_BYTES) * LAG_S / waited_s))
        elif in_flight_bytes >= self.limit_bytes / 2:
            self.limit_bytes = min(self.limit_bytes * 2, MAX_BYTES)


MAX_ACK_CHARACTERS = 200


class Ack(msgspec.Struct):
    """What a browser sends: how many updates it has taken since it connected."""

    op: Literal["ack"]
    updates: int


_decode_ack = msgspec.json.Decoder(Ack).decode


def read_ack(text: str) -> int | None:
    """Return a browser's count of updates taken; None where this is no acknowledgement."""
    try:
        return _decode_ack(text).updates if len(text) <= MAX_ACK_CHARACTERS else None
    except (msgspec.DecodeError, RecursionError):
        return None


RESUME_S: Final = 5.0  # for the message to arrive
MAX_RESUME_BYTES: Final = 65_536
MAX_TYPE_BYTES: Final = 512  # per event type of the board

Revision = Annotated[int, msgspec.Meta(ge=0, lt=10**18)]  # as many digits as a cursor in an address may have


class Resume(msgspec.Struct):
    """A browser's cursor as a message."""

    op: Literal["resume"]
    cursor: dict[str, tuple[str, Revision]]


_decode_resume = msgspec.json.Decoder(Resume).decode


def read_resume(text: str, keyspaces: tuple[str, ...]) -> dict[str, Cursor]:
    """Read a cursor; types that the board does not show are left out.

    Raises:
        InvalidCursor: the message has another form, or is larger than a cursor of these keyspaces can be.
    """
    if len(text) > MAX_RESUME_BYTES + MAX_TYPE_BYTES * len(keyspaces):
        raise InvalidCursor(text, InvalidCursor.IN_MESSAGE)
    try:
        cursor = _decode_resume(text).cursor
    except (msgspec.DecodeError, RecursionError):
        raise InvalidCursor(text, InvalidCursor.IN_MESSAGE) from None
    return {name: Cursor(*cursor[name]) for name in keyspaces if name in cursor}
