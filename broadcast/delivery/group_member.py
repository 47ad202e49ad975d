"""A process's membership in the group of one board."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from channels.layers import BaseChannelLayer

from broadcast.delivery.board_sender import group_of

log = logging.getLogger("broadcast.delivery.group_member")

RETRY_S = 1.0  # before the first attempt to join again after the layer failed
# Before later attempts: the reconciler reads the store meanwhile, and channels_redis's pub/sub layer leaks a little
# for each channel that it failed to create.
MAX_RETRY_S = 30.0
LAYER_S = 5.0  # for the layer's response; redis-py before 8 waits forever for a server that does not respond
RENEW_S = 60.0  # Channels' own layers expire memberships after a day, and a flushed Redis has none


class Member:
    """Receives the messages of a board's group.

    Args:
        take: called with each message.
        sleep: waits for a number of seconds; tests pass it.

    Attributes:
        is_joined: set while later messages arrive, and after a failure of the layer.
    """

    def __init__(
        self,
        board: str,
        layer: BaseChannelLayer,
        take: Callable[[dict[str, Any]], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._board, self._layer, self._take, self._sleep = board, layer, take, sleep
        self._task: asyncio.Task[None] | None = None
        self._failures = 0  # consecutive attempts to join
        self.is_joined = asyncio.Event()

    def join(self) -> None:
        """Begin to join, unless that was done already."""
        if self._task is None or self._task.done():
            self.is_joined = asyncio.Event()
            self._task = asyncio.create_task(self._receive(self.is_joined), name=f"sticky-member-{self._board}")

    async def leave(self) -> None:
        task, self._task = self._task, None
        # More than once: redis-py has been seen to swallow a cancellation between two failures.
        while task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=RETRY_S)

    async def _receive(self, is_joined: asyncio.Event) -> None:
        while True:
            try:
                await self._receive_as_member(is_joined)
            except Exception:
                # Browsers still display their state, and the reconciler reads the store meanwhile.
                log.exception("board %s receives no updates from the channel layer; retrying", self._board)
                is_joined.set()
                await self._sleep(retry_s(self._failures))
                self._failures += 1

    async def _receive_as_member(self, is_joined: asyncio.Event) -> None:
        async with asyncio.timeout(LAYER_S):
            group, channel = group_of(self._board), await self._layer.new_channel()
        try:
            async with asyncio.timeout(LAYER_S):
                await self._layer.group_add(group, channel)
            is_joined.set()
            self._failures = 0
            staying = asyncio.create_task(self._stay_member(group, channel), name=f"sticky-renewal-{self._board}")
            try:
                while True:
                    self._take(await self._layer.receive(channel))
            finally:
                staying.cancel()
                await asyncio.wait([staying])
        finally:
            with contextlib.suppress(Exception):  # a layer that failed may fail here too
                async with asyncio.timeout(LAYER_S):
                    await self._layer.group_discard(group, channel)

    async def _stay_member(self, group: str, channel: str) -> None:
        while True:
            await self._sleep(RENEW_S)
            try:
                await self._layer.group_add(group, channel)
            except Exception as exc:
                log.warning("the group membership of board %s could not be renewed: %s", self._board, exc)


def retry_s(failures: int) -> float:
    """Return the delay before the next attempt; `failures` counts those before the last one."""
    return min(RETRY_S * 2.0 ** min(failures, 16), MAX_RETRY_S)
