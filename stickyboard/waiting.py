"""Who waits in a producer: for room, for acknowledgements, for one event; and what ends all of it."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from stickyboard.errors import ProducerClosed, Rejected
from stickyboard.outbox import Receipt

log = logging.getLogger(__name__)


class Waiting:
    """Wakes those who wait when something was settled, or when there is nothing left to wait for.

    Args:
        on_error: called with each `Rejected` that nobody waits for.
        failure: what is raised before it is opened; None says that it is not open.
    """

    def __init__(self, on_error: Callable[[Rejected], None], failure: Exception | None = None) -> None:
        self._on_error = on_error
        self._failure: Exception | None = failure or ProducerClosed()
        self._futures: dict[Receipt, list[asyncio.Future[None]]] = {}
        self._progress = asyncio.Event()

    def open(self) -> None:
        """Let people wait from now on."""
        self._failure = None

    def fail(self, failure: Exception) -> None:
        """Have all who wait, and all who come, raise this; the first one said counts."""
        self._failure = self._failure or failure
        for future in [future for futures in self._futures.values() for future in futures]:
            if not future.done():
                future.set_exception(failure)
        self._wake()

    @property
    def has_failed(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self._failure is not None

    @property
    def failure(self) -> str:
        """What it failed for, "" where it did not."""
        return str(self._failure or "")

    def raise_failure(self) -> None:
        """Raise what it failed for, if it did."""
        if self._failure is not None:
            raise self._failure

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until it is so; it is looked at whenever something was settled."""
        self.raise_failure()
        while not is_so():
            await self._progress.wait()
            self.raise_failure()

    async def pause(self, delay_s: float) -> None:
        """Wait for so long, or until something was settled, whichever is first."""
        self.raise_failure()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay_s):
                await self._progress.wait()
        self.raise_failure()

    async def until_settled(self, receipt: Receipt) -> None:
        """Wait for one event, and raise its error where it has one."""
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
        """Tell those who wait for these events, and of errors that nobody waits for."""
        for receipt in receipts:
            futures = self._futures.get(receipt, [])
            for future in futures:
                if not future.done():
                    future.set_result(None)
            if isinstance(receipt.error, Rejected) and not futures:
                self._tell(receipt.error)
        self._wake()

    def _tell(self, error: Rejected) -> None:
        try:
            self._on_error(error)
        except Exception:
            log.exception("on_error raised")

    def _wake(self) -> None:
        # A new Event each time, so that everyone who waits now is woken and looks again.
        woken, self._progress = self._progress, asyncio.Event()
        woken.set()


log = logging.getLogger(__name__)

MAX_KINDS = 1000


class RefusalLog:
    """Logs a refusal when it is new, and again when it came for the 10th, 100th, 1000th … time.

    A refusal is of the same kind where event type, code, place in the event and calling line are
    the same; the value in its sentence may differ with every step of a loop.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[object, ...], int] = {}

    def tell(self, error: Rejected) -> None:
        """Count this refusal, and log it where its turn has come."""
        kind = (error.event.get("type"), error.code, error.path, error.origin)
        if kind not in self._counts and len(self._counts) >= MAX_KINDS:
            self._counts.clear()
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count == 1:
            log.error("%s", error)
        elif str(count).strip("0") == "1":
            log.error("%s; %d such so far", error, count)
