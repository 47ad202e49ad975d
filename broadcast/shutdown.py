"""Graceful shutdown: refuses new sockets, acknowledges what was received, and lets all clients reconnect elsewhere.

    SIGTERM ─► no new sockets ─► producers: last tick flushed, acknowledged, 4412
            ─► browsers: last update delivered, 4412 ─► the server's own shutdown

Servers close all sockets as soon as they receive a signal (uvicorn with 1012, Daphne without a close frame). This
module therefore replaces their signal handlers, and calls them when the drain is complete. A server that installs no
handlers, or runs its event loop outside the main thread, shuts down as it does without this module.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import Awaitable, Callable, Mapping
from types import FrameType
from typing import Any, Final

from broadcast import close_codes
from broadcast.delivery.publisher import Publisher
from broadcast.ops.connections import BROWSER, PRODUCER, Connections
from broadcast.types import Send

log = logging.getLogger("broadcast.shutdown")

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
REASON: Final = "the server is shutting down; reconnect with the cursor"
LAST_TICKS: Final = 3  # for the last update's way through the layer and the fan-out


class Drain:
    """Closes the sockets of one event loop, producers first.

    Args:
        publisher: flushed before producers are disconnected.
        limit_s: time limit in seconds; the server closes sockets that are still open.
        sleep: waits for a number of seconds. Tests pass it.
    """

    def __init__(
        self,
        publisher: Publisher,
        connections: Connections,
        limit_s: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._publisher, self._connections, self._limit_s, self._sleep = publisher, connections, limit_s, sleep
        self.is_begun = False

    async def run(self) -> None:
        """Disconnect all producers, then all browsers; return when all have left or the time limit is reached."""
        self.is_begun = True
        try:
            async with asyncio.timeout(self._limit_s):
                await self._run()
        except TimeoutError:
            log.warning("%d sockets were still open after %s s", len(self._connections), self._limit_s)

    async def _run(self) -> None:
        self._connections.end_all(PRODUCER, close_codes.SHUTTING_DOWN, REASON)
        await self._publisher.close()
        await self._connections.all_left(PRODUCER)
        # The last commit may still be in transit to the browsers of this process. They need time to leave too, so the
        # long ticks of a slow store take at most half of the limit.
        await self._sleep(min(LAST_TICKS * self._publisher.tick_s, self._limit_s / 2))
        self._connections.end_all(BROWSER, close_codes.SHUTTING_DOWN, REASON)
        await self._connections.all_left(BROWSER)


def arm(drain: Drain) -> None:
    """Start the drain at the first termination signal; the same signal again ends the server immediately."""
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
            log.exception("the drain failed; the server closes the sockets")
        finally:
            before(number, None)

    def begin(number: int) -> None:
        tasks.add(loop.create_task(drain_and_end(number), name="sticky-drain"))

    def on_signal(number: int, frame: FrameType | None) -> None:
        if tasks or loop.is_closed():
            before(number, frame)
        elif not drain.is_begun:  # a worker receives Ctrl-C from the terminal, and then SIGTERM from its parent
            loop.call_soon_threadsafe(begin, number)

    return on_signal


async def refuse(scope: Mapping[str, Any], send: Send) -> None:
    """Refuse a socket during the drain with 503, after which a proxy tries the next process.

    A server without the extension for HTTP responses accepts the socket and closes it with 4412.
    """
    if "websocket.http.response" in (scope.get("extensions") or {}):
        headers = [(b"content-type", b"text/plain"), (b"retry-after", b"1")]
        await send({"type": "websocket.http.response.start", "status": 503, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": REASON.encode()})
    else:
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": close_codes.SHUTTING_DOWN, "reason": REASON})
