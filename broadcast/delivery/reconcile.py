"""Periodic work of a process: comparing its boards with the store, removing expired entries, and heartbeats.

This detects an update that a channel layer lost silently, even if no other update follows it, and changes by another
process, a command or the admin of which no notification arrived. Boards are compared concurrently, each with its own
time limit.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from broadcast.conf import Settings
from broadcast.delivery.fanout import Fanout
from broadcast.delivery.publisher import Publisher
from broadcast.errors import StoreError
from broadcast.stores.base import StickyCache
from broadcast.stores.notify import Subscription
from broadcast.types import Cursors

log = logging.getLogger("broadcast.delivery.reconcile")

STORE_S = 5.0  # for the store's response; a page reconnects 2 s after 1.2 intervals without a heartbeat


class Reconciler:
    """Compares every fan-out with the store each `HEADS_S`, and has it send a heartbeat each `HEARTBEAT_S`.

    Expired entries are removed by this clock, also while there is no fan-out if it was started.
    """

    def __init__(
        self,
        store: StickyCache,
        publisher: Publisher,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        store_s: float = STORE_S,
    ) -> None:
        self._store, self._publisher, self._settings = store, publisher, settings
        self._clock, self._store_s = clock, store_s
        self._fanouts: set[Fanout] = set()
        self._notifications: Subscription | None = None  # while there are fan-outs
        self._is_started = False
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return sum(map(len, self._fanouts))

    def start(self) -> None:
        """Remove expired entries until `stop`, even without a browser."""
        self._is_started = True
        self._update_task()

    def stop(self) -> None:
        self._is_started = False
        self._update_task()

    def join(self, fanout: Fanout) -> None:
        self._fanouts.add(fanout)
        self._update_task()
        if self._notifications is None:  # `_run` looks whether it is intact
            self._update_notifications()

    def leave(self, fanout: Fanout) -> None:
        self._fanouts.discard(fanout)
        self._update_task()
        self._update_notifications()

    def _update_task(self) -> None:
        is_needed = self._is_started or bool(self._fanouts)
        if is_needed and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run(), name="sticky-reconciler")
        elif not is_needed and self._task is not None:
            self._task.cancel()
            self._task = None

    def _update_notifications(self) -> None:
        try:
            if self._notifications is not None and not (self._fanouts and self._notifications.is_intact()):
                self._notifications.close()
                self._notifications = None
            if self._notifications is None and self._fanouts:
                self._notifications = self._store.subscribe(self._on_commit)
        except Exception:  # neither comparisons nor a browser's leave may end here
            log.exception("changes by other processes are only found by comparison")

    def _on_commit(self, heads: Cursors | None) -> None:
        for fanout in self._fanouts:
            fanout.on_commit(heads)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()

        def changed() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._on_commit, None)

        self._store.listeners.add(changed)
        heartbeat_at = self._clock() + self._settings.HEARTBEAT_S
        try:
            await self._limited(self._publisher.sweep)
            while True:
                await asyncio.sleep(self._settings.HEADS_S)
                self._update_notifications()
                boards = [self._limited(fanout.reconcile) for fanout in self._fanouts]
                await asyncio.gather(self._limited(self._publisher.sweep), *boards)
                if self._clock() >= heartbeat_at:
                    heartbeat_at = self._clock() + self._settings.HEARTBEAT_S
                    for fanout in list(self._fanouts):
                        fanout.heartbeat()
        finally:
            self._store.listeners.discard(changed)

    async def _limited(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(self._store_s):
                await work()
        except (StoreError, TimeoutError) as exc:
            if not getattr(exc, "is_logged", False):
                log.warning("a board was not compared with the store: %s", str(exc) or "it did not respond in time")
        except Exception:
            # If the task ended here, nothing would restart it before the first browser of another board.
            log.exception("a board was not compared with the store")
