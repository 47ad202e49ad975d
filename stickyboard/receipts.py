"""What becomes of published events: one receipt for each, their number by outcome, and the callers that wait."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from stickyboard.errors import Dropped, ProducerClosed, Rejected

log = logging.getLogger(__name__)


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
