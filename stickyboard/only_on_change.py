"""`only_on_change`: which events are new, and sending the last one of a subject again."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from stickyboard.encoding import encode_event
from stickyboard.receipts import Receipt

CallLater = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


@dataclass(slots=True)
class LastEvent:
    """The last event of a subject, the time at which it was sent, and the timer that sends it again."""

    encoded: bytes
    receipt: Receipt
    at: float
    timer: asyncio.TimerHandle | None


class ChangeMemory:
    """Remembers the last event of each subject, and sends it again periodically.

    It remembers the subjects that were sent last, up to `max_subjects` and `max_bytes`, and at least one. A forgotten
    subject counts as changed, and is not sent again.

    Args:
        send: adds an event to the buffer and returns its receipt, or None if it does not fit; it is tried again later.
        call_later: as of an event loop; None means the running one.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        send: Callable[[bytes], Receipt | None],
        call_later: CallLater | None = None,
        max_subjects: int = 10_000,
        max_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._clock, self._send, self._call_later = clock, send, call_later
        self._max_subjects, self._max_bytes = max_subjects, max_bytes
        self._sent: dict[bytes, LastEvent] = {}
        self._bytes = 0

    def unchanged(self, subject: bytes, encoded: bytes, every_s: float | None) -> Receipt | None:
        """Return the receipt of the last event if it makes this one unnecessary; None means to send.

        It does not if the event differs, or the last one is `every_s` old or was dropped.
        """
        last = self._sent.get(subject)
        if last is None or last.receipt.is_dropped or last.encoded != encoded:
            return None
        return last.receipt if every_s is None or self._clock() - last.at < every_s else None

    def remember(self, subject: bytes, encoded: bytes, receipt: Receipt, every_s: float | None) -> None:
        """Store an event that is sent now, and send it again in `every_s`; None means never."""
        self._forget(subject)
        timer = None if every_s is None else self._plan(subject, every_s)
        self._sent[subject] = LastEvent(encoded, receipt, self._clock(), timer)
        self._bytes += len(encoded)
        while len(self._sent) > self._max_subjects or (self._bytes > self._max_bytes and len(self._sent) > 1):
            self._forget(next(iter(self._sent)))

    def clear(self) -> None:
        """Forget all subjects, and send nothing again."""
        for subject in list(self._sent):
            self._forget(subject)

    def _plan(self, subject: bytes, every_s: float) -> asyncio.TimerHandle:
        call_later = self._call_later or asyncio.get_running_loop().call_later
        return call_later(every_s, partial(self._repeat, subject, every_s))

    def _repeat(self, subject: bytes, every_s: float) -> None:
        """Send an event again, unless it is still unacknowledged, or was rejected."""
        last = self._sent[subject]
        if last.receipt.is_rejected:
            return
        receipt = self._send(last.encoded) if last.receipt.is_done else None
        if receipt is not None:
            self.remember(subject, last.encoded, receipt, every_s)
        else:
            last.timer = self._plan(subject, every_s)

    def _forget(self, subject: bytes) -> None:
        last = self._sent.pop(subject, None)
        if last is not None:
            self._bytes -= len(last.encoded)
            if last.timer is not None:
                last.timer.cancel()


def subject_of(event: Mapping[str, Any], identity: Sequence[str]) -> bytes:
    """Return what an event is about: its type, and the values of the fields in `identity`.

    Raises:
        ValueError: the event does not have one of these fields.
    """
    missing = [name for name in identity if name not in event]
    if missing:
        raise ValueError(f'the event has no field "{missing[0]}", which identity names')
    return encode_event({"type": event["type"], "is": [event[name] for name in identity]})
