"""What becomes of published events: a receipt for each, their number by outcome, and the callers that wait.

Also what a producer reports by itself: its progress, and the rejected events that no caller waits for.
"""

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TextIO

from stickyboard.errors import Dropped, ProducerClosed, Rejected

log = logging.getLogger(__name__)

TERMINAL_EVERY_S = 0.5  # between lines of progress
LOG_EVERY_S = 10.0
MAX_KINDS = 1000  # of rejections, see `RejectionLog`


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


class Callers:
    """Wakes the callers that wait for a producer when an event is settled, and raises in all of them when it fails.

    Args:
        on_error: called with each `Rejected` that no caller waits for.
        failure: raised in all callers until it is None; by default, that the producer is not open.
    """

    def __init__(self, on_error: Callable[[Rejected], object], failure: Exception | None = None) -> None:
        self._on_error = on_error
        self.failure: Exception | None = failure or ProducerClosed()
        self._futures: dict[Receipt, list[asyncio.Future[None]]] = {}
        self._progress = asyncio.Event()

    def fail(self, failure: Exception) -> None:
        """Raise this in all callers, now and later; a failure that was reported before takes precedence."""
        self.failure = self.failure or failure
        for future in [future for futures in self._futures.values() for future in futures]:
            if not future.done():
                future.set_exception(failure)
        self._wake()

    def raise_failure(self) -> None:
        if self.failure is not None:
            raise self.failure

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; it is evaluated first, and whenever an event is settled."""
        self.raise_failure()
        while not condition():
            await self._progress.wait()
            self.raise_failure()

    async def pause(self, delay_s: float) -> None:
        """Wait until an event is settled, and no longer than the delay."""
        self.raise_failure()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._progress.wait()
        self.raise_failure()

    async def until_settled(self, receipt: Receipt) -> None:
        """Wait for one event, and raise its error if it has one."""
        if not receipt.is_done:
            future = asyncio.get_running_loop().create_future()
            self._futures.setdefault(receipt, []).append(future)
            try:
                await future
            finally:
                self._futures[receipt].remove(future)
                if not self._futures[receipt]:
                    del self._futures[receipt]
        if receipt.error is not None:
            raise receipt.error

    def settle(self, receipts: list[Receipt]) -> None:
        """Wake the callers that wait for these events, and report errors that no caller waits for."""
        for receipt in receipts:
            futures = self._futures.get(receipt, [])
            for future in futures:
                if not future.done():
                    future.set_result(None)
            if isinstance(receipt.error, Rejected) and not futures:
                self._report(receipt.error)
        self._wake()

    def _report(self, error: Rejected) -> None:
        try:
            self._on_error(error)
        except Exception:
            log.exception("on_error raised")

    def _wake(self) -> None:
        # A new Event each time, so that every caller that waits now evaluates its condition again.
        woken, self._progress = self._progress, asyncio.Event()
        woken.set()


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
