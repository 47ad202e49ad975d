"""The asynchronous producer: what `publish` promises, on top of the outbox and the connection."""

import asyncio
import contextlib
import logging
import random as random_module
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from stickyboard import at_exit
from stickyboard.backoff import Backoff
from stickyboard.changes import CallLater, ChangeMemory, Repeats, thing_of
from stickyboard.connection import ProducerConnection, checked_token, socket_url
from stickyboard.encoding import encode_event
from stickyboard.errors import ProducerClosed, ProducerError, Rejected, SpoolUnusable, Undelivered
from stickyboard.outbox import Counts, Outbox, Receipt
from stickyboard.progress import ProgressLine
from stickyboard.publishing import Publishing, caller
from stickyboard.spool import Spool, new_identity
from stickyboard.waiting import RefusalLog, Waiting

log = logging.getLogger(__name__)

MAX_BUFFERED_BYTES = 64 * 1024 * 1024
FORKED = "the producer {} was opened by the process that this one was forked from; open another one in this process"
ANOTHER_LOOP = "the producer was opened on another event loop; use it where it was opened"


class Producer(Publishing[Coroutine[Any, Any, Receipt]]):
    """An asynchronous producer; use it as `async with Producer(…) as producer`.

    Args:
        url: where the server is: `http://host:port`, `https://…`, `ws://…` or `wss://…`, with or
            without a path; `/ws/produce/` is added.
        token: the producer's secret.
        name: what operators see of this producer. Each time it is entered, a random part is added, by which
            the server tells its messages apart; several producers may have one name.
        spool: a file that keeps what is not acknowledged, so that the next process with this file
            sends it, and each event is applied once. It keeps the name, its random part and the numbers too.
        when_full: what `publish` does while the buffer is full: "wait", or "drop" the oldest event
            that was not sent yet.
        max_events: how many events may wait for their acknowledgement.
        on_error: called with each `Rejected` that nobody waits for; None logs each kind once, and then its number.
        progress: True writes a line to standard error now and then; or a function that takes it.
        drain_s: how long leaving the `with` block waits for the last acknowledgements.
        random: gives the jitter of reconnects, in [0, 1).
        clock: seconds, for `only_on_change`.
        call_later: has a function called after so many seconds on that clock; None asks the event loop.

    Raises:
        ValueError: `url` is none, `token` cannot be one, or `when_full` is another word.
    """

    def __init__(
        self,
        url: str,
        token: str,
        name: str | None = None,
        *,
        spool: str | Path | None = None,
        when_full: Literal["wait", "drop"] = "wait",
        max_events: int = 10_000,
        on_error: Callable[[Rejected], None] | None = None,
        progress: bool | Callable[[str], object] = False,
        drain_s: float = 10.0,
        random: Callable[[], float] = random_module.random,
        clock: Callable[[], float] = time.monotonic,
        call_later: CallLater | None = None,
    ) -> None:
        if when_full not in ("wait", "drop"):
            msg = f'expected when_full to be "wait" or "drop", got "{when_full}"'
            raise ValueError(msg)
        self.name = name or "producer"
        self.url = socket_url(url, self.name)
        self._given = (url, checked_token(token), name, spool)
        self._drops, self._max_events, self.drain_s = when_full == "drop", max_events, drain_s
        self._on_error = on_error or RefusalLog().tell
        self._progress_to, self._waiting = progress, Waiting(self._on_error)
        self._random, self._memory = random, ChangeMemory(clock)
        self._repeats = Repeats(self._memory, clock, self._repeat, call_later or _call_later)
        self._spool: Spool | None = None
        self._trouble = ""  # what stood in the way at the end of the program
        self._outbox = self._new_outbox()
        self._tasks: list[asyncio.Task[None]] = []
        self.loop: asyncio.AbstractEventLoop | None = None  # the one it was opened on

    async def __aenter__(self) -> Self:
        """Open the spool and start to connect; events published before the server answers wait in the buffer.

        Raises:
            SpoolUnusable: the spool cannot be used, as another process has it open, say.
            RuntimeError: it is open already.
        """
        if self._tasks:
            msg = f"the producer {self.name} is open already; make another one"
            raise RuntimeError(msg)
        url, _, name, spool = self._given
        if spool is not None:
            self._spool = Spool(spool, name)
        # A new one each time, as the numbers begin anew with it.
        self.name = self._spool.name if self._spool is not None else new_identity(name or "producer")
        self.url = socket_url(url, self.name)
        self._outbox, self._waiting = self._new_outbox(), Waiting(self._on_error)
        self._start()
        if self._progress_to:
            self._tasks.append(asyncio.create_task(self._progress_line().run(), name=f"{self.name} progress"))
        at_exit.add(self)
        return self

    def _start(self) -> None:
        self.loop = asyncio.get_running_loop()
        backoff, token = Backoff(self._random), self._given[1]
        self._connection = ProducerConnection(self.url, token, self._outbox, backoff, self._waiting.settle)
        self._waiting.open()
        self._tasks = [asyncio.create_task(self._run(), name=f"{self.name} sender")]

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait at most `drain_s` for the last acknowledgements, then close the connection.

        Raises:
            Undelivered: something is still unacknowledged; with a spool it stays there, for the next
                process, and that is logged instead.
            NotAuthorised, ProtocolRefused: the server will not have this producer.
                None of them when the block itself raised: that goes on, and these are logged.
        """
        if not self._tasks:
            return  # closed already, or opened by the process that this one was forked from
        self._repeats.stop()
        await self._start_again_where_cancelled()
        try:
            # All that is there, not only what was there: what another task still publishes counts too.
            await self._drain(self._outbox.__len__, self.drain_s)
        except Undelivered as left:
            if self._spool is not None:
                why = f" ({left.reason})" if left.reason else ""
                stay = f"{left.events} events stay in {self._spool.path} for the next time"
                log.warning("%s: %s%s", self.name, stay, why)
            elif exc is None:
                raise
            else:
                log.error("%s: %s", self.name, left)
        except Exception as error:
            if exc is None:
                raise
            if error is not exc:
                log.error("%s: %s", self.name, error)
        finally:
            await self._close()

    @property
    def counts(self) -> Counts:
        """How many events were published, acknowledged, refused and dropped since the `with` block was entered."""
        return self._outbox.counts

    async def put(
        self,
        event: Mapping[str, Any],
        *,
        wait: bool = False,
        only_on_change: bool = False,
        every_s: float | None = 30.0,
        identity: Sequence[str] = (),
        origin: str | None = None,
    ) -> Receipt:
        self._check_usable()
        if every_s is not None and not every_s > 0:
            msg = f"expected every_s above 0, or None, got {every_s}"
            raise ValueError(msg)
        origin = caller() if origin is None else origin
        encoded = encode_event(event)
        thing = thing_of(event, identity) if only_on_change else b""

        def unchanged() -> Receipt | None:
            return self._memory.unchanged(thing, encoded, every_s) if only_on_change else None

        receipt, backoff = None, Backoff(self._random, base_s=0.05, cap_s=1.0)
        while receipt is None:
            await self._waiting.until(
                lambda: self._drops or unchanged() is not None or self._outbox.has_room(len(encoded))
            )
            # Looked at again, and remembered only now: another task may have said it meanwhile, and what is
            # given up while it waits for room was not sent.
            receipt = unchanged()
            if receipt is None and (receipt := self._buffer(encoded, origin)) and only_on_change:
                self._memory.remember(thing, encoded, receipt, every_s)
                self._repeats.plan()
            if receipt is None:
                await self._waiting.pause(backoff.next_s())
        if wait:
            await self._waiting.until_settled(receipt)
        return receipt

    async def flush(self, timeout_s: float | None = None) -> None:
        """Wait until everything published before this call is acknowledged, whatever is published meanwhile.

        Rejected events count as done: they went to `on_error`, or to whoever waits for them.

        Raises:
            Undelivered: that took longer than `timeout_s`; everything stays in the buffer.
            NotAuthorised, ProtocolRefused: the server will not have this producer.
        """
        self._check_usable()
        before = deque(self._outbox.unsettled())

        def count() -> int:
            while before and before[0].is_done:
                before.popleft()
            return len(before)

        await self._drain(count, timeout_s)

    def raise_failure(self) -> None:
        """Raise what ended it, if anything did.

        Raises:
            ProducerClosed: it is not open in this process.
            NotAuthorised, ProtocolRefused: the server will not have this producer.
        """
        self._waiting.raise_failure()

    def _check_usable(self) -> None:
        self.raise_failure()
        if self.loop is not asyncio.get_running_loop():
            raise ProducerClosed(ANOTHER_LOOP)

    async def _start_again_where_cancelled(self) -> None:
        """Have somebody send: asyncio cancels all tasks at once where an exception ends its loop."""
        sender = self._tasks[0]
        if sender.cancelling() and not self._waiting.has_failed:
            await asyncio.wait([sender])
            self._start()

    async def finish(self) -> None:
        """Deliver what is left at the end of the program, see `at_exit`."""
        self._repeats.stop()
        if self.loop is not asyncio.get_running_loop():
            self._waiting = Waiting(self._on_error)
            self._start()
        with contextlib.suppress(ProducerError):
            await self._drain(self._outbox.__len__, self.drain_s)
        self._trouble = self._connection.trouble or self._waiting.failure
        await self._close()

    def remainder(self) -> str:
        """Return a sentence on what was not delivered, "" when all was."""
        if not len(self._outbox):
            return ""
        left = f"{self.name}: {len(self._outbox)} of {self.counts.published} events were not sent"
        path = self._given[3]
        then = f"they stay in {path} for the next time" if path else 'they are lost; a spool="FILE" keeps them'
        return f"{left}{f' ({self._trouble})' if self._trouble else ''}; {then}"

    def abandon(self) -> None:
        """Have it raise on every use, as this process is a child of the one that opened it, see `at_exit`."""
        self._waiting = Waiting(self._on_error, ProducerClosed(FORKED.format(self.name)))
        self._tasks = []
        if self._spool is not None:
            self._spool.abandon()

    async def _drain(self, count: Callable[[], int], timeout_s: float | None) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._waiting.until(lambda: not count())
        except TimeoutError:
            raise Undelivered(count(), timeout_s, self._connection.trouble) from None

    def _buffer(self, encoded: bytes, origin: str) -> Receipt | None:
        """Return the event's receipt, or None where the spool cannot take it now and the caller may wait."""
        if self._drops and not self._outbox.has_room(len(encoded)):
            if not self._outbox.counts.dropped:
                log.warning("%s: the buffer is full; the oldest events are dropped", self.name)
            self._waiting.settle(self._outbox.drop_for(len(encoded)))
            if not self._outbox.has_room(len(encoded)):
                return self._outbox.refuse(encoded)
        try:
            receipt = self._outbox.put(encoded, origin)
        except SpoolUnusable as exc:
            return self._outbox.refuse(encoded, str(exc)) if self._drops else None
        self._connection.wake()
        return receipt

    def _repeat(self, encoded: bytes) -> Receipt | None:
        if self._waiting.has_failed or not self._outbox.has_room(len(encoded)):
            return None
        return self._buffer(encoded, "")

    async def _close(self) -> None:
        self._repeats.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        at_exit.remove(self)
        if self._spool is not None:
            self._spool.close()
            self._spool = None
        self._waiting.fail(ProducerClosed())

    async def _run(self) -> None:
        try:
            await self._connection.run()
        except Exception as exc:
            self._waiting.fail(exc)

    def _new_outbox(self) -> Outbox:
        return Outbox(self._max_events, MAX_BUFFERED_BYTES, spool=self._spool, may_drop=self._drops)

    def _progress_line(self) -> ProgressLine:
        say = self._progress_to if callable(self._progress_to) else None
        return ProgressLine(lambda: (self._outbox.counts, self._connection.is_connected), say)


def _call_later(delay_s: float, function: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(delay_s, function)
