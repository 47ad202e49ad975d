"""Whether the store works: a probe runs a transaction that changes nothing, and reads.

A health check must not write, because an idle server would then write all the time. So a full disk is known from the
latest tick that failed. After that, probes write a mark until one succeeds, to find out whether the store works again.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from broadcast.errors import StoreError
from broadcast.events.policies import latest
from broadcast.ops.queries import counts
from broadcast.stores.base import StickyCache
from broadcast.types import Batch, Write

log = logging.getLogger("broadcast.ops.probe")

MARK = "_health"


class Health(NamedTuple):
    """The result of a probe; `error` is None if the store works. `at` is in monotonic seconds."""

    at: float
    took_s: float
    error: StoreError | None
    keyspaces: dict[str, dict[str, Any]]


class Probe:
    """Probes a store at most once per pause, and once for all concurrent callers.

    Args:
        failure: returns why the latest tick failed, None if it did not.

    Attributes:
        pause_s: for how long a result is used.
    """

    def __init__(self, store: StickyCache, failure: Callable[[], StoreError | None]) -> None:
        self._store, self._failure, self.pause_s = store, failure, 1.0
        self._ended: StoreError | None = None  # the failure after which a mark was written
        self._task: asyncio.Task[Health] | None = None

    async def health(self) -> Health:
        """Return the result of the current or latest probe."""
        if self._task is None or (self._task.done() and not self._is_fresh(self._task)):
            self._task = asyncio.create_task(self._run(), name="sticky-probe")
        # Shielded, so that a cancelled request does not cancel the others.
        return await asyncio.shield(self._task)

    def _is_fresh(self, task: asyncio.Task[Health]) -> bool:
        failed = task.cancelled() or task.exception() is not None
        return not failed and time.monotonic() - task.result().at < self.pause_s

    async def _run(self) -> Health:
        began = time.monotonic()
        try:
            await self._write_and_read()
            keyspaces = await asyncio.to_thread(counts, self._store)
        except StoreError as exc:
            if not exc.is_logged:
                log.error("the store failed its probe: %s", exc)
            return Health(time.monotonic(), time.monotonic() - began, exc, {})
        return Health(time.monotonic(), time.monotonic() - began, None, keyspaces)

    async def _write_and_read(self) -> None:
        failure = self._failure()
        is_unknown = failure is not None and failure is not self._ended
        mark = [Write("", value=f'"{secrets.token_hex(8)}"')] if is_unknown else []
        await (await self._store.aapply([Batch(MARK, latest().bounds, mark)])).until_durable()
        # Another process may have written its own mark since; any mark will do.
        if not (await self._store.asince({MARK: None}))[MARK].entries and mark:
            raise StoreError("the value that was written could not be read back")
        self._ended = failure
