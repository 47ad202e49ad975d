"""Periodic work for the browsers of a process: comparison with the store's heads, sweeps and heartbeats.

This detects an update that a channel layer lost silently, even if no other update follows it, and changes by another
process, a command or the admin. It runs only while browsers are connected.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from broadcast.conf import Settings
from broadcast.delivery.publisher import Publisher
from broadcast.delivery.updates import heartbeat_text
from broadcast.errors import StoreError
from broadcast.stores.base import StickyCache
from broadcast.types import Cursors

log = logging.getLogger("broadcast.delivery.reconcile")

MAX_TICKS_IN_TRANSIT = 4  # between a commit and the browsers' sockets
STORE_S = 5.0  # for the store's response


class Subscriber(Protocol):
    """A board's fan-out; neither call blocks."""

    keyspaces: frozenset[str]
    """The board's event types."""

    def __len__(self) -> int:
        """Return the number of its browsers."""

    def on_heads(self, heads: Cursors) -> None:
        """Compare the store's heads with what was sent."""

    def on_heartbeat(self, text: str) -> None:
        """Send a heartbeat to every browser."""


class Reconciler:
    """Sends the store's heads to every fan-out each `HEADS_S`, and a heartbeat each `HEARTBEAT_S`."""

    def __init__(
        self,
        store: StickyCache,
        publisher: Publisher,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store, self._publisher, self._settings = store, publisher, settings
        self._clock, self._sleep = clock, sleep
        self._subscribers: set[Subscriber] = set()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._subscribers))

    def join(self, subscriber: Subscriber) -> None:
        """Add a fan-out; the first one starts the reconciler."""
        self._subscribers.add(subscriber)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="sticky-reconciler")

    def leave(self, subscriber: Subscriber) -> None:
        """Remove a fan-out; the reconciler stops when the last one leaves."""
        self._subscribers.discard(subscriber)
        if not self._subscribers and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()

        def changed() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._changed.set)

        self._store.listeners.add(changed)
        heartbeat_at = self._clock() + self._settings.HEARTBEAT_S
        try:
            while True:
                await self._wait()
                heads = await self._heads()
                if self._clock() >= heartbeat_at:
                    heartbeat_at = self._clock() + self._settings.HEARTBEAT_S
                    self._heartbeat(heads or {})
        finally:
            self._store.listeners.discard(changed)

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.HEADS_S):
                await self._changed.wait()
        self._changed.clear()

    async def _heads(self) -> Cursors | None:
        try:
            # Heartbeats continue however slow the store is: a page reconnects 2 s after 1.2 intervals without one.
            async with asyncio.timeout(STORE_S):
                await self._publisher.sweep()
                heads = await self._store.aheads()
        except (StoreError, TimeoutError) as exc:
            if not getattr(exc, "is_logged", False):
                log.warning("browsers were not compared with the store: %s", str(exc) or "it did not respond in time")
            return None
        except Exception:
            # If the task ended here, nothing would restart it before the first browser of another board.
            log.exception("browsers were not compared with the store")
            return None
        # Updates with these heads may still be in transit.
        await self._sleep(min(MAX_TICKS_IN_TRANSIT * self._publisher.tick_s, self._settings.HEARTBEAT_S / 2))
        for subscriber in list(self._subscribers):
            subscriber.on_heads(heads)
        return heads

    def _heartbeat(self, heads: Cursors) -> None:
        now = time.time()
        texts: dict[frozenset[str], str] = {}  # one for all browsers of a board
        for subscriber in list(self._subscribers):
            if subscriber.keyspaces not in texts:
                shown = {name: head for name, head in heads.items() if name in subscriber.keyspaces}
                texts[subscriber.keyspaces] = heartbeat_text(now, shown)
            subscriber.on_heartbeat(texts[subscriber.keyspaces])
