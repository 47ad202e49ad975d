"""The asynchronous producer: `publish` and `flush` on top of the outbox and the connection."""

import asyncio
import contextlib
import logging
import random as random_module
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

from stickyboard import at_exit
from stickyboard.address import NoAddress, checked_token, find_address
from stickyboard.connection import Backoff, ProducerConnection, socket_url
from stickyboard.encoding import encode_event
from stickyboard.errors import ProducerClosed, ProducerError, Rejected, SpoolUnusable, Undelivered, counted
from stickyboard.only_on_change import CallLater, ChangeMemory, subject_of
from stickyboard.outbox import Outbox
from stickyboard.publishing import Publishing, caller
from stickyboard.receipts import Callers, Counts, ProgressLine, Receipt, RejectionLog
from stickyboard.spool import Spool, new_identity

log = logging.getLogger(__name__)

FORKED = "the producer {} belongs to the parent process from which this one was forked; open another one here"
ANOTHER_LOOP = "the producer was opened on another event loop; use it on that one"


class Producer(Publishing[Coroutine[Any, Any, Receipt]]):
    """An asynchronous producer; use it as `async with Producer(…) as producer`.

    Args:
        url: the server's URL (http, https, ws or wss), with or without a path; `/ws/produce/` is appended. None for
            `STICKYBOARD_URL`, or the board that runs on this machine.
        token: the producer's token; None for the token of that server.
        name: the name that operators see; a random suffix is appended, so several producers may have one name.
        spool: a file that stores the name and unacknowledged events; the next process with this file sends them.
        when_full: what `publish` does while the buffer is full: "wait", or "drop" the oldest unsent event.
        max_events: the maximum number of unacknowledged events.
        on_error: called with each `Rejected` that no caller waits for; None logs each kind once, and then its count.
        progress: True writes a line to standard error periodically; a function receives these lines.
        drain_s: how long leaving the `with` block waits for the last acknowledgements, in seconds.
        random: returns the jitter of reconnects, in [0, 1).
        clock: returns seconds, for `only_on_change`.
        call_later: calls a function after a delay on that clock; None means the event loop's.

    Raises:
        ValueError: `url` is not a server's URL, `token` contains an invalid character, or `when_full` is unknown.
        NoAddress: there is no `url`, and no board runs on this machine.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        name: str | None = None,
        *,
        spool: str | Path | None = None,
        when_full: Literal["wait", "drop"] = "wait",
        max_events: int = 10_000,
        on_error: Callable[[Rejected], object] | None = None,
        progress: bool | Callable[[str], object] = False,
        drain_s: float = 10.0,
        random: Callable[[], float] = random_module.random,
        clock: Callable[[], float] = time.monotonic,
        call_later: CallLater | None = None,
    ) -> None:
        if when_full not in ("wait", "drop"):
            raise ValueError(f'expected when_full to be "wait" or "drop", got "{when_full}"')
        if url is None or token is None:
            try:
                url, token = find_address(url, token)
            except NoAddress:
                if url is None:
                    raise  # otherwise, the error about the missing token is the right one
        self.name = name or "producer"
        self.url = socket_url(url, self.name)
        self._given = (url, checked_token(token), name, spool)
        self._drops, self._max_events, self.drain_s = when_full == "drop", max_events, drain_s
        self._on_error = on_error or RejectionLog().add
        self._progress_to, self._callers = progress, Callers(self._on_error)
        self._random, self._memory = random, ChangeMemory(clock, self._repeat, call_later)
        self._spool: Spool | None = None
        self._exit_problem = ""  # why events were not delivered at the end of the program
        self._outbox = self._new_outbox()
        self._tasks: list[asyncio.Task[None]] = []
        self.loop: asyncio.AbstractEventLoop | None = None  # the loop on which it was opened

    async def __aenter__(self) -> Self:
        """Open the spool and connect in the background; events wait in the buffer until the server responds.

        Raises:
            SpoolUnusable: the spool cannot be used, for example because another process has it open.
        """
        if self._tasks:
            raise RuntimeError(f"the producer {self.name} is already open; create another one")
        url, _, name, spool = self._given
        if spool is not None:
            self._spool = Spool(spool, name)
        # A new suffix each time, because the numbers start at 1 again.
        self.name = self._spool.name if self._spool is not None else new_identity(name or "producer")
        self.url = socket_url(url, self.name)
        self._outbox, self._callers = self._new_outbox(), Callers(self._on_error)
        self._start()
        if self._progress_to:
            write = self._progress_to if callable(self._progress_to) else None
            line = ProgressLine(lambda: (self._outbox.counts, self._connection.is_connected), write)
            self._tasks.append(asyncio.create_task(line.run(), name=f"{self.name} progress"))
        at_exit.add(self)
        return self

    def _start(self) -> None:
        self.loop = asyncio.get_running_loop()
        backoff, token = Backoff(self._random), self._given[1]
        self._connection = ProducerConnection(self.url, token, self._outbox, backoff, self._callers.settle)
        self._callers.failure = None
        self._tasks = [asyncio.create_task(self._run(), name=f"{self.name} sender")]

    async def __aexit__(self, exc_type: object, exc: BaseException | None, traceback: object) -> None:
        """Wait at most `drain_s` for the last acknowledgements, then close the connection.

        Raises:
            Undelivered: some events are unacknowledged; with a spool they stay there, which is only logged.
            TokenRefused, ProtocolRefused: the server does not accept this producer.
                If the block itself raised, errors are only logged.
        """
        if not self._tasks:
            return  # already closed, or opened by the parent process
        self._memory.clear()
        await self._restart_if_cancelled()
        try:
            # Includes events that other tasks publish meanwhile.
            await self._drain(self._outbox.__len__, self.drain_s)
        except Exception as error:
            if isinstance(error, Undelivered) and self._spool is not None:
                why = f" ({error.reason})" if error.reason else ""
                log.warning("%s: %s left in %s%s", self.name, counted(error.events), self._spool.path, why)
            elif exc is None:
                raise
            elif error is not exc:
                log.error("%s: %s", self.name, error)
        finally:
            await self._close()

    @property
    def counts(self) -> Counts:
        """The number of events since the `with` block was entered, by outcome."""
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
            raise ValueError(f"expected every_s above 0, or None, got {every_s}")
        origin = caller() if origin is None else origin
        encoded = encode_event(event)
        has_room = self._drops or self._outbox.has_room(len(encoded))
        if has_room and not (wait or only_on_change) and (receipt := self._buffer(encoded, origin)):
            return receipt  # as mostly, so that it costs little
        subject = subject_of(event, identity) if only_on_change else b""

        def unchanged() -> Receipt | None:
            return self._memory.unchanged(subject, encoded, every_s) if only_on_change else None

        receipt, backoff = None, Backoff(self._random, base_s=0.05, cap_s=1.0)
        while receipt is None:
            await self._callers.until(
                lambda: self._drops or unchanged() is not None or self._outbox.has_room(len(encoded))
            )
            # Compared again after the wait, because another task may have sent the same event. Remembered only now,
            # because a call that is cancelled while it waits sends nothing.
            receipt = unchanged()
            if receipt is None and (receipt := self._buffer(encoded, origin)) and only_on_change:
                self._memory.remember(subject, encoded, receipt, every_s)
            if receipt is None:
                await self._callers.pause(backoff.next_s())
        if wait:
            await self._callers.until_settled(receipt)
        return receipt

    async def flush(self, timeout_s: float | None = None) -> None:
        """Wait until all events that were published before this call are acknowledged, rejected or dropped.

        Raises:
            Undelivered: it took longer than `timeout_s`; the events stay in the buffer.
            TokenRefused, ProtocolRefused: the server does not accept this producer.
        """
        self._check_usable()
        before = deque(self._outbox.unsettled())

        def count() -> int:
            while before and before[0].is_done:
                before.popleft()
            return len(before)

        await self._drain(count, timeout_s)

    def raise_failure(self) -> None:
        self._callers.raise_failure()

    def _check_usable(self) -> None:
        self.raise_failure()
        if self.loop is not asyncio.get_running_loop():
            raise ProducerClosed(ANOTHER_LOOP)

    async def _restart_if_cancelled(self) -> None:
        """Start the sender again if `asyncio.run` cancelled it, as it does with all tasks after an exception."""
        sender = self._tasks[0]
        if sender.cancelling() and self._callers.failure is None:
            await asyncio.wait([sender])
            self._start()

    async def finish(self) -> None:
        """Deliver the buffer at the end of the program, see `at_exit`."""
        self._memory.clear()
        if self.loop is not asyncio.get_running_loop():
            self._callers = Callers(self._on_error)
            self._start()
        with contextlib.suppress(ProducerError):
            await self._drain(self._outbox.__len__, self.drain_s)
        self._exit_problem = self._connection.problem or str(self._callers.failure or "")
        await self._close()

    def undelivered_report(self) -> str:
        if not len(self._outbox):
            return ""
        left = f"{self.name}: {len(self._outbox)} of {self.counts.published} events were not sent"
        path = self._given[3]
        then = f"they remain in {path}" if path else 'they are lost; use spool="FILE" to store them'
        return f"{left}{f' ({self._exit_problem})' if self._exit_problem else ''}; {then}"

    def abandon(self) -> None:
        self._callers = Callers(self._on_error, ProducerClosed(FORKED.format(self.name)))
        self._tasks = []
        if self._spool is not None:
            self._spool.abandon()

    async def _drain(self, count: Callable[[], int], timeout_s: float | None) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._callers.until(lambda: not count())
        except TimeoutError:
            raise Undelivered(count(), timeout_s, self._connection.problem) from None

    def _buffer(self, encoded: bytes, origin: str) -> Receipt | None:
        """Return the event's receipt, or None if the spool cannot store it now and the caller may wait."""
        if self._drops and not self._outbox.has_room(len(encoded)):
            if not self._outbox.counts.dropped:
                log.warning("%s: the buffer is full; dropping the oldest events", self.name)
            self._callers.settle(self._outbox.drop_for(len(encoded)))
            if not self._outbox.has_room(len(encoded)):
                return self._outbox.refuse(encoded)
        try:
            receipt = self._outbox.put(encoded, origin)
        except SpoolUnusable as exc:
            return self._outbox.refuse(encoded, str(exc)) if self._drops else None
        self._connection.wake()
        return receipt

    def _repeat(self, encoded: bytes) -> Receipt | None:
        if self._callers.failure is not None or not self._outbox.has_room(len(encoded)):
            return None
        return self._buffer(encoded, "")

    async def _close(self) -> None:
        self._memory.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        at_exit.remove(self)
        if self._spool is not None:
            self._spool.close()
            self._spool = None
        self._callers.fail(ProducerClosed())

    async def _run(self) -> None:
        try:
            await self._connection.run()
        except Exception as exc:
            self._callers.fail(exc)

    def _new_outbox(self) -> Outbox:
        return Outbox(self._max_events, spool=self._spool, may_drop=self._drops)
