"""What a producer reports by itself: its progress, and the rejected events that no caller waits for."""

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from typing import TextIO

from stickyboard.errors import Rejected
from stickyboard.receipts import Counts

log = logging.getLogger(__name__)

TERMINAL_EVERY_S = 0.5
LOG_EVERY_S = 10.0
MAX_KINDS = 1000


class ProgressLine:
    """Writes a line periodically; on a terminal, each line replaces the previous one.

    Args:
        read: returns the counts, and whether the producer is connected.
        write: called with each line; None writes to `stream`.
        stream: the destination of lines; None means standard error.
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
        try:
            while True:
                await asyncio.sleep(TERMINAL_EVERY_S if self._is_terminal else LOG_EVERY_S)
                self.write()
        finally:
            self.write()
            if self._is_terminal:
                self._stream.write("\n")

    def write(self) -> None:
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


class RejectionLog:
    """Logs a rejected event if it is of a new kind, and again at the 10th, 100th, 1000th … of that kind.

    Rejections are of one kind if event type, code, path and calling line are equal; the value in the message may
    differ at each step of a loop.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[object, ...], int] = {}

    def add(self, error: Rejected) -> None:
        kind = (error.event.get("type"), error.code, error.path, error.origin)
        if kind not in self._counts and len(self._counts) >= MAX_KINDS:
            self._counts.clear()
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count == 1:
            log.error("%s", error)
        elif str(count).strip("0") == "1":
            log.error("%s; %d such events so far", error, count)
