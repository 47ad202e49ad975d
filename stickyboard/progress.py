"""One line that says how far a producer has got, for people at a terminal."""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import TextIO

from stickyboard.outbox import Counts

TERMINAL_EVERY_S = 0.5
LOG_EVERY_S = 10.0


class ProgressLine:
    """Says a line now and then, on a terminal always in the same place.

    Args:
        read: returns the counts, and whether there is a connection now.
        say: called with each line; None writes to `stream`.
        stream: where lines go; None for standard error.
        clock: seconds.
    """

    def __init__(
        self,
        read: Callable[[], tuple[Counts, bool]],
        say: Callable[[str], object] | None = None,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._say, self._stream, self._clock = read, say, stream or sys.stderr, clock
        self._is_terminal = say is None and self._stream.isatty()
        self._last: tuple[float, int] = (clock(), 0)

    async def run(self) -> None:
        """Say how far it is until cancelled, and then once more."""
        try:
            while True:
                await asyncio.sleep(TERMINAL_EVERY_S if self._is_terminal else LOG_EVERY_S)
                self.tell()
        finally:
            self.tell()
            if self._is_terminal:
                self._stream.write("\n")

    def tell(self) -> None:
        """Say how far it is now."""
        counts, is_connected = self._read()
        now, settled = self._clock(), counts.acknowledged + counts.refused
        then, before = self._last
        self._last = (now, settled)
        line = line_of(counts, is_connected, (settled - before) / (now - then) if now > then else 0.0)
        if self._say is not None:
            self._say(line)
        elif self._is_terminal:
            self._stream.write(f"\r\x1b[K{line}")  # back to the line's start, and clear it
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()


def line_of(counts: Counts, is_connected: bool, per_s: float) -> str:
    """Return the line: what was acknowledged, at which pace, and what was not.

    >>> line_of(Counts(published=1210, acknowledged=1200, refused=2), True, 310.4)
    'connected: 1,200 acknowledged (310/s), 8 waiting, 2 refused'
    """
    waiting = counts.published - counts.acknowledged - counts.refused - counts.dropped
    parts = [f"{counts.acknowledged:,} acknowledged ({per_s:,.0f}/s)", f"{waiting:,} waiting"]
    parts += [
        f"{number:,} {what}" for number, what in ((counts.refused, "refused"), (counts.dropped, "dropped")) if number
    ]
    return f"{'connected' if is_connected else 'no connection'}: {', '.join(parts)}"
