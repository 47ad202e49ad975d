"""What a server does for its project besides serving: relays the outbox, and keeps live models in line.

    each round of `broadcast.ops.processes` ─► a thread: outbox, changes that failed, and a comparison when it is due

It runs in a thread of its own, so that a slow database delays nothing else.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from django.db import DatabaseError, close_old_connections, router

from broadcast.errors import StoreError
from broadcast.live.compare import ALL, COMPARE_S
from broadcast.live.registry import live_models
from broadcast.live.signals import attempt
from broadcast.models import OutboxEvent
from broadcast.ops.connections import Connections
from broadcast.publishing.outbox import Lease, listeners, relay_waiting
from broadcast.runtime import serving

log = logging.getLogger("broadcast.live.background")

ROUND_S: Final = 1.0  # of relaying, before the thread looks at live models

_thread = ThreadPoolExecutor(1, "sticky-background")


class Background:
    """A chore of `broadcast.ops.processes`.

    Args:
        clock: monotonic seconds. Tests pass it.
        relay: sends some rows of a database's outbox, and returns how many.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, relay: Callable[[Lease, str], int] = relay_waiting
    ) -> None:
        self._clock, self._relay_waiting = clock, relay
        self._compare_at = float("-inf")  # the first round compares, because rows may have changed without a server
        self._leases: dict[str, Lease] = {}
        self._is_failing = False
        self._running: asyncio.Future[None] | None = None

    async def __call__(self, _: Connections | None = None) -> None:
        """Begin a round, unless one is running."""
        self.begin(asyncio.get_running_loop())

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin a round on the event loop's thread."""
        if self._running is None or self._running.done():
            self._running = loop.run_in_executor(_thread, self.make_round)

    def make_round(self) -> None:
        """Relay what is committed, and compare if it is due; errors are logged once until a round succeeds."""
        close_old_connections()
        try:
            self._relay()
            self._update_live_models()
        except (DatabaseError, StoreError) as exc:
            if not self._is_failing:
                log.error("the outbox and live models wait: %s", exc)
            self._is_failing = True
        except Exception:
            log.exception("the outbox and live models wait")
        else:
            self._is_failing = False
        finally:
            close_old_connections()

    def _relay(self) -> None:
        until = self._clock() + ROUND_S
        for database in _databases():
            lease = self._leases.setdefault(database, Lease(database))
            sent = 0
            while (count := self._relay_waiting(lease, database)) and self._clock() < until:
                sent += count
            if sent:
                lease.release()

    def _update_live_models(self) -> None:
        is_due = self._clock() >= self._compare_at
        if is_due:
            self._compare_at = self._clock() + COMPARE_S
        for live in live_models():
            if is_due or live.late:
                attempt(live, [ALL] if is_due else [])


background = Background()


def begin_now() -> None:
    """Relay without waiting for the next round, if this process serves boards."""
    if here := serving():
        here.loop.call_soon_threadsafe(background.begin, here.loop)


listeners.append(begin_now)


def _databases() -> set[str]:
    """Return the databases whose outbox a server relays; others need `relay_outbox --database`."""
    return {router.db_for_write(OutboxEvent), *(live.database for live in live_models() if live.outbox)}
