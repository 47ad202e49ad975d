"""What becomes of published events: one receipt for each, their number by outcome, and a line that displays it."""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from stickyboard.errors import Dropped, Rejected

TERMINAL_EVERY_S = 0.5
LOG_EVERY_S = 10.0


@dataclass(eq=False, slots=True)
class Receipt:
    """The outcome of one published event.

    Attributes:
        encoded: the event as JSON; empty once it is done.
        seq: the number of its message; None until it is in one.
        is_done: whether it was acknowledged, rejected or dropped.
        error: why it was rejected or dropped; None if it was applied.
        origin: the call that published it, such as `train.py:41`.
        row: its row in the spool.
    """

    encoded: bytes = field(repr=False)
    seq: int | None = None
    is_done: bool = False
    error: Rejected | Dropped | None = None
    origin: str = ""
    row: int = field(default=0, repr=False)

    @property
    def is_dropped(self) -> bool:
        """Whether the event was discarded before it was sent."""
        return isinstance(self.error, Dropped)

    @property
    def is_rejected(self) -> bool:
        """Whether the server refused the event."""
        return isinstance(self.error, Rejected)


@dataclass(slots=True)
class Counts:
    """The number of events by outcome; published events without an outcome are waiting."""

    published: int = 0
    acknowledged: int = 0
    rejected: int = 0
    dropped: int = 0


class ProgressLine:
    """Writes a line periodically; on a terminal, each line replaces the previous one.

    Args:
        read: returns the counts, and whether the producer is connected.
        write: called with each line; None writes to `stream`.
        stream: the destination of lines; None means standard error.
        clock: returns seconds.
    """

    def __init__(
        self,
        read: Callable[[], tuple[Counts, bool]],
        write: Callable[[str], object] | None = None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._write, self._stream, self._clock = read, write, stream or sys.stderr, clock
        self._is_terminal = write is None and self._stream.isatty()
        self._last: tuple[float, int] = (clock(), 0)

    async def run(self) -> None:
        """Write lines until cancelled, and then a last one."""
        try:
            while True:
                await asyncio.sleep(TERMINAL_EVERY_S if self._is_terminal else LOG_EVERY_S)
                self.write()
        finally:
            self.write()
            if self._is_terminal:
                self._stream.write("\n")

    def write(self) -> None:
        """Write one line."""
        counts, is_connected = self._read()
        now, settled = self._clock(), counts.acknowledged + counts.rejected
        then, before = self._last
        self._last = (now, settled)
        line = line_of(counts, is_connected, (settled - before) / (now - then) if now > then else 0.0)
        if self._write is not None:
            self._write(line)
        elif self._is_terminal:
            self._stream.write(f"\r\x1b[K{line}")  # back to the start of the line, and clear it
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()


def line_of(counts: Counts, is_connected: bool, per_s: float) -> str:
    """Return the line: the number of events by outcome, and the rate of acknowledgements.

    >>> line_of(Counts(published=1210, acknowledged=1200, rejected=2), True, 310.4)
    'connected: 1,200 acknowledged (310/s), 8 waiting, 2 rejected'
    """
    waiting = counts.published - counts.acknowledged - counts.rejected - counts.dropped
    parts = [f"{counts.acknowledged:,} acknowledged ({per_s:,.0f}/s)", f"{waiting:,} waiting"]
    failures = {"rejected": counts.rejected, "dropped": counts.dropped}
    parts += [f"{number:,} {outcome}" for outcome, number in failures.items() if number]
    return f"{'connected' if is_connected else 'not connected'}: {', '.join(parts)}"
