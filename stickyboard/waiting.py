"""The callers that wait for a producer, and the log of the rejected events that no caller waits for."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from stickyboard.errors import ProducerClosed, Rejected
from stickyboard.receipts import Receipt

log = logging.getLogger(__name__)

MAX_KINDS = 1000


class Waiting:
    """Wakes waiting callers when an event is settled, and raises in all of them when the producer fails.

    Args:
        on_error: called with each `Rejected` that no caller waits for.
        failure: raised until it is opened; None means that the producer is not open.
    """

    def __init__(self, on_error: Callable[[Rejected], None], failure: Exception | None = None) -> None:
        self._on_error = on_error
        self._failure: Exception | None = failure or ProducerClosed()
        self._futures: dict[Receipt, list[asyncio.Future[None]]] = {}
        self._progress = asyncio.Event()

    def open(self) -> None:
        """Allow callers to wait from now on."""
        self._failure = None

    def fail(self, failure: Exception) -> None:
        """Raise this in all callers, now and later; a failure that was reported before takes precedence."""
        self._failure = self._failure or failure
        for future in [future for futures in self._futures.values() for future in futures]:
            if not future.done():
                future.set_exception(failure)
        self._wake()

    @property
    def has_failed(self) -> bool:
        """Whether the producer is not open, or has failed."""
        return self._failure is not None

    @property
    def failure(self) -> str:
        """Why it failed; "" if it did not."""
        return str(self._failure or "")

    def raise_failure(self) -> None:
        """Raise the failure, if there is one."""
        if self._failure is not None:
            raise self._failure

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


class RejectionLog:
    """Logs a rejected event if it is of a new kind, and again at the 10th, 100th, 1000th … of that kind.

    Rejections are of one kind if event type, code, path and calling line are equal; the value in the message may
    differ at each step of a loop.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[object, ...], int] = {}

    def add(self, error: Rejected) -> None:
        """Count this rejection, and log it if it is due."""
        kind = (error.event.get("type"), error.code, error.path, error.origin)
        if kind not in self._counts and len(self._counts) >= MAX_KINDS:
            self._counts.clear()
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count == 1:
            log.error("%s", error)
        elif str(count).strip("0") == "1":
            log.error("%s; %d such events so far", error, count)
