"""What was last sent of each thing, so that it is sent again only when that helps. Pure."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from stickyboard.encoding import encode_event
from stickyboard.outbox import Receipt


@dataclass(slots=True)
class Sent:
    """The last event of a thing; `at` is when it was sent, and `every_s` at which age it is sent again."""

    encoded: bytes
    receipt: Receipt
    at: float
    every_s: float | None


class ChangeMemory:
    """Remembers what was last sent of each thing, and when it is due again.

    It knows the things that were sent last, at most `max_things` and `max_bytes` of them, and always one;
    one that it forgot counts as changed, and is never due.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float], max_things: int = 10_000, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._clock, self._max_things, self._max_bytes = clock, max_things, max_bytes
        self._sent: dict[bytes, Sent] = {}
        self._bytes = 0
        # Times at which to look at a thing: each thing has one, which may be too early.
        self._looks: list[tuple[float, bytes]] = []
        self._look_at: dict[bytes, float] = {}

    def unchanged(self, thing: bytes, encoded: bytes, every_s: float | None) -> Receipt | None:
        """Return the receipt of the last event of a thing where that says it all, or None: then send.

        It does not where the event changed, is `every_s` old, or was dropped before it was sent.
        """
        last = self._sent.get(thing)
        if last is None or last.receipt.is_dropped or last.encoded != encoded:
            return None
        return last.receipt if every_s is None or self._clock() - last.at < every_s else None

    def remember(self, thing: bytes, encoded: bytes, receipt: Receipt, every_s: float | None) -> None:
        """Take note that this was sent now, and is due in `every_s`, or never."""
        self._forget(thing)
        self._sent[thing] = Sent(encoded, receipt, self._clock(), every_s)
        self._bytes += len(encoded)
        while len(self._sent) > self._max_things or (self._bytes > self._max_bytes and len(self._sent) > 1):
            oldest = next(iter(self._sent))
            self._forget(oldest)
            self._look_at.pop(oldest, None)
        if len(self._looks) > 2 * self._max_things:
            self._looks = [(at, each) for each, at in self._look_at.items()]
            heapq.heapify(self._looks)
        if every_s is not None:
            self._look(thing, self._clock() + every_s)

    @property
    def next_look(self) -> float | None:
        """The clock's time at which to ask for `due`; None: not before something is remembered."""
        return self._looks[0][0] if self._looks else None

    def due(self) -> list[tuple[bytes, Sent]]:
        """Return the things that are due now, with their last events; each is due again after its `every_s`.

        Not what is still on its way, as sending it a second time helps nobody, and not what was refused.
        """
        now, due = self._clock(), []
        while self._looks and self._looks[0][0] <= now:
            at, thing = heapq.heappop(self._looks)
            if self._look_at.get(thing) != at:
                continue  # an earlier look was planned after this one
            del self._look_at[thing]
            last = self._sent.get(thing)
            if last is None or last.every_s is None or last.receipt.is_refused:
                continue
            is_early = last.at + last.every_s > now
            self._look(thing, last.at + last.every_s if is_early else now + last.every_s)
            if not is_early and last.receipt.is_done:
                due.append((thing, last))
        return due

    def _look(self, thing: bytes, at: float) -> None:
        if at < self._look_at.get(thing, float("inf")):
            self._look_at[thing] = at
            heapq.heappush(self._looks, (at, thing))

    def _forget(self, thing: bytes) -> None:
        last = self._sent.pop(thing, None)
        self._bytes -= len(last.encoded) if last is not None else 0


def thing_of(event: Mapping[str, Any], identity: Sequence[str]) -> bytes:
    """Return what an event is about: its type, and the values of the fields that `identity` names.

    Raises:
        ValueError: the event has no field of that name.
    """
    missing = [name for name in identity if name not in event]
    if missing:
        msg = f'identity names "{missing[0]}", which the event does not have'
        raise ValueError(msg)
    return encode_event({"type": event["type"], "is": [event[name] for name in identity]})


class Timer(Protocol):
    """What an event loop's `call_later` returns."""

    def cancel(self) -> None:
        """Have it never happen."""


CallLater = Callable[[float, Callable[[], None]], Timer]


class Repeats:
    """Sends each thing again when its last event is as old as was asked for.

    Args:
        memory: what was last sent of each thing.
        clock: the memory's.
        send: puts an event into the buffer, and returns its receipt; None where there is no room for it
            now, and it is tried again later.
        call_later: as an event loop's.
    """

    def __init__(
        self,
        memory: ChangeMemory,
        clock: Callable[[], float],
        send: Callable[[bytes], Receipt | None],
        call_later: CallLater,
    ) -> None:
        self._memory, self._clock, self._send, self._call_later = memory, clock, send, call_later
        self._timer: Timer | None = None
        self._planned: float | None = None

    def plan(self) -> None:
        """Set the timer to what is due first; to be called when something was remembered."""
        if (due := self._memory.next_look) != self._planned:
            self.stop()
            self._planned = due
            if due is not None:
                self._timer = self._call_later(max(0.0, due - self._clock()), self._repeat)

    def stop(self) -> None:
        """Send nothing more by itself."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._planned = None

    def _repeat(self) -> None:
        self._timer = self._planned = None
        for thing, last in self._memory.due():
            receipt = self._send(last.encoded)
            if receipt is not None:
                self._memory.remember(thing, last.encoded, receipt, last.every_s)
        self.plan()
