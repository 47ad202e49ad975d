"""The asynchronous producer: what `publish` promises, on top of the outbox and the connection."""

import asyncio
import logging
import random as random_module
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from producers_api.client_errors import ProducerClosed, Rejected, Undelivered
from producers_api.outbox import Backoff, ChangeMemory, Outbox, Receipt, encode_event
from producers_api.producer_connection import ProducerConnection, socket_url

log = logging.getLogger(__name__)

MAX_BUFFERED_BYTES = 64 * 1024 * 1024


class Producer:
    """An asynchronous producer; use it as `async with Producer(…) as producer`.

    Args:
        url: where the server is: `http://host:port`, `https://…`, `ws://…` or `wss://…`, with or
            without a path; `/ws/produce/` is added.
        token: the producer's secret.
        name: what the server tells this producer's messages apart by. None makes one up, which is
            right for nearly all. A name of your own belongs to one running process at a time.
        max_events: how many events may wait for their acknowledgement before `publish` waits.
        on_error: called with each `Rejected` that nobody waits for; None logs it as an error.
        drain_s: how long leaving the `with` block waits for the last acknowledgements.
        first_seq: number of the first message. None is 1 for a made-up name, and for your own the
            microseconds since 1970, so that a restarted process counts on above its last number.
        random: gives the jitter of reconnects, in [0, 1).
        clock: seconds, for `publish_on_change`.

    Raises:
        ValueError: `url` is none.
    """

    def __init__(
        self,
        url: str,
        token: str,
        name: str | None = None,
        *,
        max_events: int = 10_000,
        on_error: Callable[[Rejected], None] | None = None,
        drain_s: float = 10.0,
        first_seq: int | None = None,
        random: Callable[[], float] = random_module.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if first_seq is None:
            first_seq = 1 if name is None else time.time_ns() // 1000
        self.name = name or f"producer-{secrets.token_hex(8)}"
        self.url = socket_url(url, self.name)
        self._on_error = on_error or _log_rejected
        self._drain_s = drain_s
        self._outbox = Outbox(max_events, MAX_BUFFERED_BYTES, first_seq=first_seq)
        self._memory = ChangeMemory(clock)
        self._connection = ProducerConnection(self.url, token, self._outbox, Backoff(random), self._take_settled)
        self._failure: Exception | None = ProducerClosed()
        self._task: asyncio.Task[None] | None = None
        self._waiters: dict[Receipt, asyncio.Future[None]] = {}
        self._progress = asyncio.Event()

    async def __aenter__(self) -> Self:
        """Start to connect; events published before the server answers wait in the buffer."""
        self._failure = None
        self._task = asyncio.create_task(self._run(), name=f"{self.name} sender")
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait at most `drain_s` for the last acknowledgements, then close the connection.

        Raises:
            Undelivered: something is still unacknowledged.
            NotAuthorised, ProtocolRefused: the server will not have this producer.
                None of them when the block itself raised: that goes on, and these are logged.
        """
        try:
            # All that is there, not only what was there: what another task still publishes counts too.
            await self._drain(self._outbox.__len__, self._drain_s)
        except Exception as error:
            if exc is None:
                raise
            if error is not exc:
                log.error("%s: %s", self.name, error)
        finally:
            await self._close()

    async def publish(
        self, event_type: str, fields: Mapping[str, Any] | None = None, /, *, wait: bool = False, **more: Any
    ) -> Receipt:
        """Put one event into the buffer and return; it is sent in the background, in order.

        Waits only while the buffer is full. Fields may come as keywords, as a mapping (which takes
        any name, `wait` too), or both.

        Args:
            event_type: the event's `type`.
            fields: its fields; numpy numbers and arrays are fine.
            wait: return only after the server has acknowledged the event as stored.
            more: fields that are laid over `fields`.

        Raises:
            ValueError: a number is NaN or infinite (the message names the field), or the event is
                larger than a message may be. Nothing was sent.
            Rejected: with `wait`, the server refused this very event. Without, `on_error` gets it.
            NotAuthorised, ProtocolRefused: the server will not have this producer.
        """
        encoded = encode_event({"type": event_type, **(fields or {}), **more})
        await self._until(lambda: self._outbox.has_room(len(encoded)))
        return await self._put(encoded, wait)

    async def publish_on_change(
        self,
        event_type: str,
        fields: Mapping[str, Any] | None = None,
        /,
        *,
        identity: Sequence[str] = (),
        every_s: float = 30.0,
        wait: bool = False,
        **more: Any,
    ) -> Receipt | None:
        """Publish the event if it differs from the last one of its identity, or that is `every_s` old.

        Call it as often as you like: an event that says nothing new is not sent. It compares all
        fields, so leave out what always differs, such as the time. It starts no timer of its own.

        Args:
            event_type: the event's `type`.
            fields: its fields.
            identity: names of the fields that say what the event is about: `("model",)` compares
                each model's events with the last one of the same model. With none, all events of
                the type are compared with each other.
            every_s: an unchanged event is sent again when the last one is that old, in seconds.
            wait: as for `publish`.
            more: fields that are laid over `fields`.

        Returns:
            The receipt, or None when there was nothing to send.

        Raises:
            ValueError: as for `publish`, or the event has no field of that name in `identity`.
            Rejected, NotAuthorised, ProtocolRefused: as for `publish`.
        """
        self._raise_failure()
        event = {"type": event_type, **(fields or {}), **more}
        encoded, thing = encode_event(event), _thing(event, identity)

        def is_due() -> bool:
            return self._memory.is_due(thing, encoded, every_s)

        await self._until(lambda: not is_due() or self._outbox.has_room(len(encoded)))
        if not is_due():
            return None  # nothing new, or another task has said it meanwhile
        # Remembered only now: what is given up while it waits for room was not sent.
        self._memory.remember(thing, encoded)
        return await self._put(encoded, wait)

    async def flush(self, timeout_s: float | None = None) -> None:
        """Wait until everything published before this call is acknowledged, whatever is published meanwhile.

        Rejected events count as done: they went to `on_error`, or to whoever waits for them.

        Raises:
            Undelivered: that took longer than `timeout_s`; everything stays in the buffer.
            NotAuthorised, ProtocolRefused: the server will not have this producer.
        """
        before = deque(self._outbox.unsettled())

        def count() -> int:
            while before and before[0].is_done:
                before.popleft()
            return len(before)

        await self._drain(count, timeout_s)

    async def _drain(self, count: Callable[[], int], timeout_s: float | None) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._until(lambda: not count())
        except TimeoutError:
            raise Undelivered(count(), timeout_s) from None

    async def _put(self, encoded: bytes, wait: bool) -> Receipt:
        receipt = self._outbox.put(encoded)
        self._connection.wake()
        if wait:
            self._waiters[receipt] = waiter = asyncio.get_running_loop().create_future()
            try:
                await waiter
            finally:
                self._waiters.pop(receipt, None)
        return receipt

    async def _until(self, is_so: Callable[[], bool]) -> None:
        self._raise_failure()
        while not is_so():
            await self._progress.wait()
            self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _tell_progress(self) -> None:
        # A new Event each time, so that everyone who waits now is woken and looks again.
        told, self._progress = self._progress, asyncio.Event()
        told.set()

    def _fail(self, failure: Exception) -> None:
        self._failure = self._failure or failure
        for waiter in self._waiters.values():
            if not waiter.done():
                waiter.set_exception(failure)
        self._tell_progress()

    async def _close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._fail(ProducerClosed())

    async def _run(self) -> None:
        try:
            await self._connection.run()
        except Exception as exc:
            self._fail(exc)

    def _take_settled(self, receipts: list[Receipt]) -> None:
        for receipt in receipts:
            self._tell(receipt)
        self._tell_progress()

    def _tell(self, receipt: Receipt) -> None:
        waiter = self._waiters.get(receipt)
        if waiter is not None and not waiter.done():
            if receipt.error:
                waiter.set_exception(receipt.error)
            else:
                waiter.set_result(None)
        elif receipt.error:
            try:
                self._on_error(receipt.error)
            except Exception:
                log.exception("%s: on_error raised", self.name)


def _thing(event: Mapping[str, Any], identity: Sequence[str]) -> bytes:
    missing = [name for name in identity if name not in event]
    if missing:
        msg = f'identity names "{missing[0]}", which the event does not have'
        raise ValueError(msg)
    return encode_event({"type": event["type"], "is": [event[name] for name in identity]})


def _log_rejected(error: Rejected) -> None:
    log.error("%s", error)
