"""How much a browser may be sent beyond what it has acknowledged. Sans-I/O.

    sent ──► in flight (server's buffer, network, tab) ──► painted ──► acknowledged

Updates in flight are out of date when they are painted, so the limit is what the browser receives in a third of a
second. Its acknowledgements show how much that is. One that is later than the fastest by more than `LAG_S` gives a
number of bytes and a duration, from which the new limit follows. One that is in time and nearly used up the limit
doubles it. A browser on a fast line therefore has megabytes in flight, and one that reads 20 KB/s is at most seconds
behind, not minutes.
"""

from typing import Annotated, Final, Literal

import msgspec

from broadcast.errors import InvalidCursor
from broadcast.types import Cursor

LAG_S = 0.3
MAX_LEAST_LAG_S = 1.0  # a round trip around the earth, a paint, and the quarter second that an ack may be delayed
MIN_BYTES = 4096
MAX_BYTES = 4 * 1024 * 1024


class Window:
    """Counts a browser's updates.

    A browser that follows the protocol acknowledges at least once every half of the window in `hello`. Until its
    acknowledgements show its speed, the limit is that half. One update is always admitted, however large.

    Args:
        updates: maximum number of updates in flight.
        size_bytes: the window's bytes in `hello`.
    """

    __slots__ = (
        "_acknowledged",
        "_acknowledged_bytes",
        "_hello_bytes",
        "_in_flight_bytes",
        "_least_lag_s",
        "_sent",
        "_updates",
        "limit_bytes",
    )

    def __init__(self, updates: int, size_bytes: int) -> None:
        self._updates = updates
        self._hello_bytes = size_bytes
        self.limit_bytes = max(1, size_bytes // 2)
        self._least_lag_s = MAX_LEAST_LAG_S
        # Three plain numbers per update in flight: when it was sent, its bytes, and the bytes then in flight including
        # it. A tuple per update would give the garbage collector that many more objects to traverse.
        self._sent: list[float] = []
        self._in_flight_bytes = 0
        self._acknowledged = self._acknowledged_bytes = 0

    @property
    def updates_sent(self) -> int:
        """Updates sent on this connection."""
        return self._acknowledged + self.unacknowledged_updates

    @property
    def bytes_sent(self) -> int:
        return self._acknowledged_bytes + self._in_flight_bytes

    @property
    def unacknowledged_updates(self) -> int:
        """Updates sent and not yet acknowledged."""
        return len(self._sent) // 3

    @property
    def is_open(self) -> bool:
        """Whether another update may be sent now."""
        return not self._sent or (len(self._sent) < 3 * self._updates and self._in_flight_bytes < self.limit_bytes)

    @property
    def permits_probe(self) -> bool:
        """Whether another update may be sent after a pause, within the window in `hello` but above the limit.

        Without probes, the server and a slow browser that acknowledges only at half of that window would wait for
        each other.
        """
        return len(self._sent) < 3 * self._updates and self._in_flight_bytes < self._hello_bytes

    def record_sent(self, size_bytes: int, now: float) -> None:
        """Record a sent update; `now` is in monotonic seconds."""
        self._in_flight_bytes += size_bytes
        self._sent.extend((now, size_bytes, self._in_flight_bytes))

    def acknowledge(self, updates: int, now: float) -> bool:
        """Record the number of updates that the browser has received on this connection.

        Returns:
            False if the number is larger than the number of updates sent.
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
        # A long line delays every acknowledgement, whatever is in flight; only the additional delay counts.
        self._least_lag_s = min(self._least_lag_s, lag_s)
        waited_s = lag_s - self._least_lag_s
        if waited_s > LAG_S:
            self.limit_bytes = max(MIN_BYTES, int(min(in_flight_bytes, MAX_BYTES) * LAG_S / waited_s))
        elif in_flight_bytes >= self.limit_bytes / 2:
            self.limit_bytes = min(self.limit_bytes * 2, MAX_BYTES)


MAX_ACK_CHARACTERS = 200


class Ack(msgspec.Struct):
    """A browser's acknowledgement: the number of updates that it has received on this connection."""

    op: Literal["ack"]
    updates: int


_decode_ack = msgspec.json.Decoder(Ack).decode


def read_ack(text: str) -> int | None:
    """Return the number of updates in an acknowledgement; None if the text is not an acknowledgement."""
    try:
        return _decode_ack(text).updates if len(text) <= MAX_ACK_CHARACTERS else None
    except (msgspec.DecodeError, RecursionError):
        return None


MIN_PER_S, MAX_PER_S = 0.01, 60.0
MAX_PACE_CHARACTERS = 200


class Pace:
    """How often a browser wants updates at most; each has all that is new. One whose page is hidden wants few."""

    __slots__ = ("_free_at", "_interval_s")

    def __init__(self, max_per_s: float) -> None:
        self._interval_s = 1 / max_per_s
        self._free_at = float("-inf")

    def wait_s(self, now: float) -> float:
        """Return the delay before the next update in seconds; 0 if it may be sent now."""
        return max(0.0, self._free_at - now)

    def record_sent(self, now: float) -> None:
        self._free_at = now + self._interval_s


class PaceRequest(msgspec.Struct):
    """A browser's request for a pace; None for every update."""

    op: Literal["pace"]
    max_per_s: Annotated[float, msgspec.Meta(ge=MIN_PER_S, le=MAX_PER_S)] | None


_decode_pace = msgspec.json.Decoder(PaceRequest).decode


def read_pace(text: str) -> PaceRequest | None:
    """Return a request for a pace; None if the text is none, or out of range."""
    try:
        return _decode_pace(text) if len(text) <= MAX_PACE_CHARACTERS else None
    except (msgspec.DecodeError, RecursionError):
        return None


RESUME_S: Final = 5.0  # for the message to arrive
MAX_RESUME_BYTES: Final = 65_536
MAX_TYPE_BYTES: Final = 512  # per event type of the board

Revision = Annotated[int, msgspec.Meta(ge=0, lt=10**18)]  # the same limit as for a cursor in a URL


class Resume(msgspec.Struct):
    """A message with a browser's cursor."""

    op: Literal["resume"]
    cursor: dict[str, tuple[str, Revision]]


_decode_resume = msgspec.json.Decoder(Resume).decode


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
