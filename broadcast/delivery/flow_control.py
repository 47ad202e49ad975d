"""How much a browser may be sent beyond what it has acknowledged. Sans-I/O.

    sent ──► in flight (server's buffer, network, tab) ──► painted ──► acknowledged

Updates in flight are out of date when they are painted, so the limit is what the browser receives in a third of a
second. Its acknowledgements show how much that is. One that is later than the fastest by more than `LAG_S` gives a
number of bytes and a duration, from which the new limit follows. One that is in time and nearly used up the limit
doubles it. A browser on a fast line therefore has megabytes in flight, and one that reads 20 KB/s is at most seconds
behind, not minutes.
"""

from broadcast.close_codes import PROTOCOL, TOO_FAST, Closed
from broadcast.delivery.browser_messages import MAX_PER_S, MIN_PER_S, Ack, Mismatch, Pace, read_message

LAG_S = 0.3
MAX_LEAST_LAG_S = 1.0  # a round trip around the earth, a paint, and the quarter second that an ack may be delayed
MIN_BYTES = 4096
MAX_BYTES = 4 * 1024 * 1024
MAX_MESSAGES_PER_S = 200
PACE_COST = 20  # a request for a pace counts as that many messages, because it may trigger an update


class UpdateInterval:
    """Permits one update per interval on average, of a board or to one browser.

    Args:
        slack: part of an interval by which an update may be early, so that those of a steady publisher never wait.
    """

    __slots__ = ("_free_at", "_slack", "_slack_s")

    def __init__(self, slack: float = 0.0) -> None:
        self._slack, self._slack_s = slack, 0.0
        self._free_at = float("-inf")

    def wait_s(self, now: float) -> float:
        """Return the delay before the next update in seconds; 0 if it may be sent now."""
        return max(0.0, self._free_at - self._slack_s - now)

    def record(self, now: float, interval_s: float) -> None:
        """Record an update; the next one is due an interval later."""
        self._free_at = max(now, self._free_at) + interval_s
        self._slack_s = interval_s * self._slack


class FlowControl:
    """What a browser was sent, has acknowledged and has requested, and whether it may be sent another update.

    A browser that follows the protocol acknowledges at least once every half of the window in `hello`. Until its
    acknowledgements show its speed, the limit is that half. One update is always admitted, however large.

    Args:
        names: the event types of its board.
        updates: maximum number of updates in flight.
        size_bytes: the window's bytes in `hello`.

    Attributes:
        is_open: whether its window admits another update now.
        max_per_s: the pace that it requested; None for every update.
    """

    __slots__ = (
        "_acknowledged",
        "_acknowledged_bytes",
        "_closed_since",
        "_differs",
        "_hello_bytes",
        "_in_flight_bytes",
        "_interval",
        "_least_lag_s",
        "_messages_in_second",
        "_names",
        "_second",
        "_sent",
        "_updates",
        "is_open",
        "limit_bytes",
        "max_per_s",
    )

    def __init__(self, names: tuple[str, ...], updates: int, size_bytes: int) -> None:
        self._names, self._updates = names, updates
        self._hello_bytes = size_bytes
        self.limit_bytes = max(1, size_bytes // 2)
        self._least_lag_s = MAX_LEAST_LAG_S
        # Three plain numbers per update in flight: when it was sent, its bytes, and the bytes then in flight including
        # it. A tuple per update would give the garbage collector that many more objects to traverse.
        self._sent: list[float] = []
        self._in_flight_bytes = 0
        self._acknowledged = self._acknowledged_bytes = 0
        self.is_open = True  # no property, because it is read for each browser and update
        self._interval = UpdateInterval()
        self.max_per_s: float | None = None
        self._differs = False  # whether it reported a mismatch
        self._closed_since: float | None = None  # the window
        self._second = self._messages_in_second = 0

    @property
    def updates_sent(self) -> int:
        return self._acknowledged + self.unacknowledged_updates

    @property
    def bytes_sent(self) -> int:
        return self._acknowledged_bytes + self._in_flight_bytes

    @property
    def unacknowledged_updates(self) -> int:
        return len(self._sent) // 3

    @property
    def permits_probe(self) -> bool:
        """Whether another update may be sent after a pause, within the window in `hello` but above the limit.

        Without probes, the server and a slow browser that acknowledges only at half of that window would wait for
        each other.
        """
        return len(self._sent) < 3 * self._updates and self._in_flight_bytes < self._hello_bytes

    def record_sent(self, size_bytes: int, now: float) -> None:
        """Record a sent update; `now` is in monotonic seconds."""
        sent, in_flight_bytes = self._sent, self._in_flight_bytes + size_bytes
        self._in_flight_bytes = in_flight_bytes
        sent += (now, size_bytes, in_flight_bytes)
        self.is_open = len(sent) < 3 * self._updates and in_flight_bytes < self.limit_bytes
        if self.max_per_s is not None:
            self._interval.record(now, 1 / self.max_per_s)

    def acknowledge(self, updates: int, now: float) -> bool:
        """Record the number of updates that the browser has received on this connection.

        Returns:
            False if the number is larger than the number of updates sent.
        """
        acked = updates - self._acknowledged
        if 3 * acked > len(self._sent):
            return False
        if acked > 0:
            self._closed_since = None  # slow, but not silent
            self._acknowledged = updates
            known, self._sent = self._sent[: 3 * acked], self._sent[3 * acked :]
            acked_bytes = int(sum(known[1::3]))
            self._in_flight_bytes -= acked_bytes
            self._acknowledged_bytes += acked_bytes
            sent_at, _, in_flight_bytes = known[-3:]
            self._adapt(int(in_flight_bytes), now - sent_at)
            has_room = len(self._sent) < 3 * self._updates and self._in_flight_bytes < self.limit_bytes
            self.is_open = has_room or not self._sent
        return True

    def _adapt(self, in_flight_bytes: int, lag_s: float) -> None:
        # A long line delays every acknowledgement, whatever is in flight; only the additional delay counts.
        self._least_lag_s = min(self._least_lag_s, lag_s)
        waited_s = lag_s - self._least_lag_s
        if waited_s > LAG_S:
            self.limit_bytes = max(MIN_BYTES, int(min(in_flight_bytes, MAX_BYTES) * LAG_S / waited_s))
        elif in_flight_bytes >= self.limit_bytes / 2:
            self.limit_bytes = min(self.limit_bytes * 2, MAX_BYTES)

    def take(self, text: str, now: float) -> Mismatch | None:
        """Process a message; return its first report of other entries.

        Raises:
            Closed: it breaks the protocol.
        """
        message = read_message(text)
        self._count(PACE_COST if isinstance(message, Pace) else 1, now)
        if isinstance(message, Pace):
            self.max_per_s, self._interval = message.max_per_s, UpdateInterval()
        elif isinstance(message, Mismatch) and message.type in self._names:
            # It is expected to reconnect, so more reports mean nothing.
            is_first, self._differs = not self._differs, True
            return message if is_first else None
        elif not isinstance(message, Ack) or not self.acknowledge(message.updates, now):
            raise Closed(PROTOCOL, f"expected {_form_of(text)}")
        return None

    def wait_s(self, now: float) -> float:
        """Return the delay until the pace permits an update in seconds; 0 if it may be sent now."""
        return 0.0 if self.max_per_s is None else self._interval.wait_s(now)

    def silent_s(self, now: float, *, is_sending: bool) -> float:
        """Return for how long an update has been waiting for an acknowledgement. Call it with each heartbeat."""
        if self.permits_probe and not is_sending:
            self._closed_since = None
        elif self._closed_since is None:
            self._closed_since = now
        return 0.0 if self._closed_since is None else now - self._closed_since

    def _count(self, messages: int, now: float) -> None:
        if int(now) != self._second:
            self._second, self._messages_in_second = int(now), 0
        self._messages_in_second += messages
        if self._messages_in_second > MAX_MESSAGES_PER_S:
            raise Closed(TOO_FAST, f"more than {MAX_MESSAGES_PER_S} messages per second")


def _form_of(text: str) -> str:
    if '"pace"' in text:
        return f'{{"op":"pace","max_per_s":<{MIN_PER_S:g} to {MAX_PER_S:g}, or null>}}'
    return '{"op":"ack","updates":<updates received so far>}'
