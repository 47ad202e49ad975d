"""Ending a process without anybody noticing: nothing is taken in, what was taken is answered, all come back elsewhere.

    SIGTERM ─► no new sockets ─► producers: last tick flushed, acknowledged, 4412
            ─► browsers: last update handed on, 4412 ─► the server's own shutdown

Servers close all sockets the moment they are told to end (uvicorn with 1012, Daphne without a word), so
this stands in front of their signal handlers, and calls those when it is done. Under a server that sets
up none, or runs its event loop outside the main thread, nothing is put in front: it ends as it always did.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from types import FrameType
from typing import Any, Final, Protocol

from broadcast import close_codes

log = logging.getLogger("broadcast.shutdown")

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
REASON: Final = "the server is shutting down; come back with the cursor"
TICKS_AT_LAST: Final = 3  # that the last update may take through the layer and the pace

End = Callable[[int, str], None]


class Flushing(Protocol):
    """Who has events that are not committed yet: the publisher."""

    tick_s: float

    async def close(self) -> None:
        """Flush what is pending."""


class Drain:
    """Ends the sockets of one event loop in order.

    Args:
        publisher: flushed before producers are sent away.
        limit_s: seconds that all of it may take; what is then still open is left to the server.
        sleep: waits for some seconds. Tests pass it in.
    """

    def __init__(
        self, publisher: Flushing, limit_s: float, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._publisher, self._limit_s, self._sleep = publisher, limit_s, sleep
        self._ends: dict[str, set[End]] = {"producer": set(), "browser": set()}
        self._left = asyncio.Event()
        self.is_begun = False

    def producer(self, end: End) -> AbstractContextManager[None]:
        """Count a producer's socket; `end` is told to answer what was taken and then to close it."""
        return _Counted(self._ends["producer"], end, self._left)

    def browser(self, end: End) -> AbstractContextManager[None]:
        """Count a browser's socket; `end` is told to close it."""
        return _Counted(self._ends["browser"], end, self._left)

    async def run(self) -> None:
        """Send everybody away, producers first; returns when all have gone, or the time is up."""
        self.is_begun = True
        try:
            async with asyncio.timeout(self._limit_s):
                await self._run()
        except TimeoutError:
            log.warning("%d sockets were still open after %s s", sum(map(len, self._ends.values())), self._limit_s)

    async def _run(self) -> None:
        self._tell("producer")
        await self._publisher.close()
        await self._all_left("producer")
        # What was committed just now may still be on its way to the browsers of this process.
        # Browsers must be told in any case, so a slow store's long ticks take half of the time at most.
        await self._sleep(min(TICKS_AT_LAST * self._publisher.tick_s, self._limit_s / 2))
        self._tell("browser")
        await self._all_left("browser")

    def _tell(self, kind: str) -> None:
        for end in list(self._ends[kind]):
            end(close_codes.SHUTTING_DOWN, REASON)

    async def _all_left(self, kind: str) -> None:
        while self._ends[kind]:
            self._left.clear()
            await self._left.wait()


def arm(drain: Drain) -> None:
    """Have the running loop's server drained when it is told to end; a second signal ends it at once."""
    loop = asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread() or not callable(signal.getsignal(signal.SIGTERM)):
        return
    for number in SIGNALS:
        before = signal.getsignal(number)
        if callable(before) and before is not signal.default_int_handler:
            signal.signal(number, _draining(loop, drain, before))


def _draining(loop: asyncio.AbstractEventLoop, drain: Drain, before: Callable[..., Any]) -> Callable[..., None]:
    tasks: set[asyncio.Task[None]] = set()

    async def drain_and_end(number: int) -> None:
        try:
            await drain.run()
        except Exception:
            log.exception("sockets were not sent away; the server closes them")
        finally:
            before(number, None)

    def begin(number: int) -> None:
        tasks.add(loop.create_task(drain_and_end(number), name="sticky-drain"))

    def on_signal(number: int, update: FrameType | None) -> None:
        if tasks or drain.is_begun or loop.is_closed():
            before(number, update)
        else:
            loop.call_soon_threadsafe(begin, number)

    return on_signal


class _Counted(AbstractContextManager[None]):
    """A socket while it is open; a generator's update for each would cost it half a kilobyte."""

    __slots__ = ("_end", "_ends", "_left")

    def __init__(self, ends: set[End], end: End, left: asyncio.Event) -> None:
        self._ends, self._end, self._left = ends, end, left

    def __enter__(self) -> None:
        self._ends.add(self._end)

    def __exit__(self, *_: object) -> None:
        self._ends.discard(self._end)
        self._left.set()


async def refuse(scope: Mapping[str, Any], send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Answer a socket that comes during the drain: a proxy that is told 503 asks the next process at once.

    Where the server cannot say so before a socket is open, it is opened and closed with 4412.
    """
    if "websocket.http.response" in (scope.get("extensions") or {}):
        headers = [(b"content-type", b"text/plain"), (b"retry-after", b"1")]
        await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": REASON.encode()})
    else:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": close_codes.SHUTTING_DOWN, "reason": REASON})
