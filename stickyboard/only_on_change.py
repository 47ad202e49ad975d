"""`only_on_change`: which events are new, and when the last one of a subject is sent again."""

import asyncio
import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stickyboard.encoding import encode_event
from stickyboard.receipts import Receipt


@dataclass(slots=True)
class Sent:
    """The last event of a subject, the time at which it was sent, and the age at which it is sent again."""

    encoded: bytes
    receipt: Receipt
    at: float
    every_s: float | None


class ChangeMemory:
    """Remembers the last event of each subject, and when it is due again.

    It remembers the subjects that were sent last, up to `max_subjects` and `max_bytes`, and at least one. A forgotten
    subject counts as changed, and is not due.

    Args:
        clock: returns seconds.
    """

    def __init__(
        self, clock: Callable[[], float], max_subjects: int = 10_000, max_bytes: int = 64 * 1024 * 1024
    ) -> None:
        self._clock, self._max_subjects, self._max_bytes = clock, max_subjects, max_bytes
        self._sent: dict[bytes, Sent] = {}
        self._bytes = 0
        # When to look at each subject; a time may be too early. The heap may have outdated items, the dict has not.
        self._looks: list[tuple[float, bytes]] = []
        self._look_at: dict[bytes, float] = {}

    def unchanged(self, subject: bytes, encoded: bytes, every_s: float | None) -> Receipt | None:
        """Return the receipt of the last event if it makes this one unnecessary; None means to send.

        It does not if the event differs, or the last one is `every_s` old or was dropped.
        """
        last = self._sent.get(subject)
        if last is None or last.receipt.is_dropped or last.encoded != encoded:
            return None
        return last.receipt if every_s is None or self._clock() - last.at < every_s else None

    def remember(self, subject: bytes, encoded: bytes, receipt: Receipt, every_s: float | None) -> None:
        """Store an event that is sent now, and is due again in `every_s`, or never."""
        self._forget(subject)
        self._sent[subject] = Sent(encoded, receipt, self._clock(), every_s)
        self._bytes += len(encoded)
        while len(self._sent) > self._max_subjects or (self._bytes > self._max_bytes and len(self._sent) > 1):
            oldest = next(iter(self._sent))
            self._forget(oldest)
            self._look_at.pop(oldest, None)
        if len(self._looks) > 2 * self._max_subjects:
            self._looks = [(at, each) for each, at in self._look_at.items()]
            heapq.heapify(self._looks)
        if every_s is not None:
            self._look(subject, self._clock() + every_s)

    @property
    def next_look(self) -> float | None:
        """When to call `due` next; None if no subject is due unless another event is remembered."""
        return self._looks[0][0] if self._looks else None

    def due(self) -> list[tuple[bytes, Sent]]:
        """Return the subjects that are due now, with their last events; each is due again after its `every_s`.

        An event that is still unacknowledged or that was rejected is not due.
        """
        now, due = self._clock(), []
        while self._looks and self._looks[0][0] <= now:
            at, subject = heapq.heappop(self._looks)
            if self._look_at.get(subject) != at:
                continue  # outdated: an earlier look was planned later
            del self._look_at[subject]
            last = self._sent.get(subject)
            if last is None or last.every_s is None or last.receipt.is_rejected:
                continue
            is_early = last.at + last.every_s > now
            self._look(subject, last.at + last.every_s if is_early else now + last.every_s)
            if not is_early and last.receipt.is_done:
                due.append((subject, last))
        return due

    def _look(self, subject: bytes, at: float) -> None:
        if at < self._look_at.get(subject, float("inf")):
            self._look_at[subject] = at
            heapq.heappush(self._looks, (at, subject))

    def _forget(self, subject: bytes) -> None:
        last = self._sent.pop(subject, None)
        self._bytes -= len(last.encoded) if last is not None else 0


def subject_of(event: Mapping[str, Any], identity: Sequence[str]) -> bytes:
    """Return what an event is about: its type, and the values of the fields in `identity`.

    Raises:
        ValueError: the event does not have one of these fields.
    """
    missing = [name for name in identity if name not in event]
    if missing:
        msg = f'the event has no field "{missing[0]}", which identity names'
        raise ValueError(msg)
    return encode_event({"type": event["type"], "is": [event[name] for name in identity]})


class Timer(Protocol):
    """The result of an event loop's `call_later`."""

    def cancel(self) -> None:
        """Prevent the call."""


CallLater = Callable[[float, Callable[[], None]], Timer]


class Repeater:
    """Sends the last event of each subject again when it is due.

    Args:
        memory: the last events.
        clock: the memory's clock.
        send: adds an event to the buffer and returns its receipt, or None if it does not fit; it is tried again later.
        call_later: as of an event loop; None means the running one.
    """

    def __init__(
        self,
        memory: ChangeMemory,
        clock: Callable[[], float],
        send: Callable[[bytes], Receipt | None],
        call_later: CallLater | None = None,
    ) -> None:
        self._memory, self._clock, self._send, self._call_later = memory, clock, send, call_later
        self._timer: Timer | None = None
        self._planned: float | None = None

    def plan(self) -> None:
        """Set the timer for the first subject that is due; call this after an event was remembered."""
        if (due := self._memory.next_look) != self._planned:
            self.stop()
            self._planned = due
            if due is not None:
                call_later = self._call_later or asyncio.get_running_loop().call_later
                self._timer = call_later(max(0.0, due - self._clock()), self._repeat)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._planned = None

    def _repeat(self) -> None:
        self._timer = self._planned = None
        for subject, last in self._memory.due():
            receipt = self._send(last.encoded)
            if receipt is not None:
                self._memory.remember(subject, last.encoded, receipt, last.every_s)
        self.plan()
