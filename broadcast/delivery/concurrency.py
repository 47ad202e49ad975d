"""Runs a coroutine for many callers: without a task when it does not block, and once for all of them."""

import asyncio
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Answer = TypeVar("Answer")


class SingleFlight(Generic[Key, Answer]):
    """Runs one call per key at a time. Callers that arrive during a call share the next one.

    A call that has already started may have missed what a later caller must see, so it never answers that caller.
    """

    def __init__(self, call: Callable[[Key], Awaitable[Answer]]) -> None:
        self._call = call
        self._running: dict[Key, asyncio.Task[Answer]] = {}
        self._next: dict[Key, asyncio.Task[Answer]] = {}

    async def join(self, key: Key) -> Answer:
        """Return the answer of the next call for this key; an exception is raised to all callers that share it."""
        if key not in self._next:
            run = self._run(key, self._running.get(key))
            self._next[key] = asyncio.create_task(run, name="sticky-single-flight")
        # A cancelled caller must not cancel the call, because the others still wait for it.
        return await asyncio.shield(self._next[key])

    async def _run(self, key: Key, running: "asyncio.Task[Answer] | None") -> Answer:
        if running is not None:
            await asyncio.wait([running])
        self._running[key] = self._next.pop(key)
        try:
            return await self._call(key)
        finally:
            del self._running[key]


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the event loop that this thread runs; None if it runs none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def begin(work: Awaitable[None]) -> Awaitable[None] | None:
    """Run an awaitable until it first blocks.

    A server's `send` nearly always writes to the socket and returns. A task for it would cost three times as much as
    the call itself, and awaiting the calls one after the other would let one stalled browser stall all of them.
    Python 3.12's eager tasks still create a task for each call, and 3.11 has none.

    Returns:
        None if it has finished; otherwise the rest, which must be awaited in a task.

    Raises:
        Exception: whatever the awaitable raises before it blocks.
    """
    coroutine = work if isinstance(work, Coroutine) else _awaiting(work)
    try:
        waits_for = coroutine.send(None)
    except StopIteration:
        return None
    return _rest_of(coroutine, waits_for)


async def _awaiting(work: Awaitable[None]) -> None:
    await work


@types.coroutine
def _rest_of(work: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Run the rest of a coroutine that already waits for something."""
    while True:
        try:
            # The task that awaits this receives the future and waits for it.
            sent = yield waits_for
        except BaseException as exc:  # such as a cancellation: raise it where the coroutine waits
            step, value = work.throw, exc
        else:
            step, value = work.send, sent  # type: ignore[assignment]
        try:
            waits_for = step(value)
        except StopIteration:
            return
