"""One board's browsers in this process: the member of its group that hands each update to all of them.

    channel layer ──► ReorderBuffer ──► Fanout ──► each browser that is at the update's start and not busy

There is one member per board and process, so a layer carries, copies and decodes each update once,
whatever the number of browsers. Handing on takes no task and waits for nobody: a browser that cannot
take an update is passed over, and caught up by its cursor. Updates that come faster than one per tick,
as those of several processes do, are handed on as one, see `pacing`.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec
from channels.layers import BaseChannelLayer

from broadcast.conf import Settings
from broadcast.delivery.board_sender import group_of, update_from
from broadcast.delivery.coalesce import Delivery
from broadcast.delivery.position import lacks
from broadcast.delivery.publisher import FLUSH_SHARE
from broadcast.delivery.reorder import Pacer, ReorderBuffer
from broadcast.delivery.updates import Update, hello_text
from broadcast.events.event_type import EventType
from broadcast.types import NEVER_WRITTEN, Cursors

log = logging.getLogger("broadcast.delivery.fanout")

LOG_BYTES = 4 * 1024 * 1024
RETRY_S = 1.0  # before the first attempt to be a member again, after the layer failed
# Before any later one: updates come by the reconciler meanwhile, and channels_redis's pub/sub layer keeps something of
# each channel that could not be made.
MAX_RETRY_S = 30.0
LAYER_S = 5.0  # for its answer; redis-py before 8 waits for ever for a server that says nothing
RENEW_S = 60.0  # Channels' own layers end a membership after a day, and a Redis that was emptied has none


class Recipient(Protocol):
    """Whom updates are handed to; every call returns at once."""

    position: Cursors

    def on_delivery(self, delivery: Delivery, now: float) -> None:
        """Take what it has or leave it; `now` is in monotonic seconds."""

    def on_behind(self) -> None:
        """Learn that the store has what was not sent."""

    def on_heartbeat(self, text: str) -> None:
        """Take a sign of life, to be passed on."""


class Fanout:
    """Hands one board's updates to its browsers.

    Args:
        event_types: those that the board shows.
        on_busy: told after each update how many seconds it took to hand it on.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        board: str,
        event_types: Mapping[str, EventType],
        layer: BaseChannelLayer,
        settings: Settings,
        on_busy: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.board, self.names, self.keyspaces = board, tuple(event_types), frozenset(event_types)
        self._layer, self._settings, self._on_busy, self._clock = layer, settings, on_busy, clock
        policies = {name: kind.policy.describe() for name, kind in event_types.items()}
        self._policies = msgspec.Raw(msgspec.json.encode(policies))
        self._browsers: dict[Recipient, None] = {}
        self._log: deque[Delivery] = deque(maxlen=settings.MAILBOX_UPDATES)
        self._log_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._member = asyncio.Event()
        self._failures = 0  # attempts to be a member in a row
        self._reorder_buffer = ReorderBuffer(settings.MAILBOX_UPDATES, LOG_BYTES)
        self._pacer = Pacer()
        self._due: asyncio.TimerHandle | None = None
        self._took_s = 0.0  # handing the last ones on
        self.number = 0  # of the newest delivery

    def __len__(self) -> int:
        return len(self._browsers)

    def hello(self) -> str:
        """Return the first message on a browser's socket."""
        conf = self._settings
        window = {"updates": conf.WINDOW_UPDATES, "bytes": conf.WINDOW_BYTES}
        return hello_text(self.board, time.time(), conf.HEARTBEAT_S, window, self._policies)

    def join(self, browser: Recipient) -> None:
        """Hand every update to this browser too, from now on."""
        self._browsers[browser] = None
        if self._task is None or self._task.done():
            self._member = asyncio.Event()
            self._task = asyncio.create_task(self._receive(self._member), name=f"sticky-fanout-{self.board}")

    async def is_member(self) -> None:
        """Wait until this process is a member of the board's group: what is published from now on arrives."""
        await self._member.wait()

    def drop(self, browser: Recipient) -> None:
        """Hand nothing more to this browser."""
        self._browsers.pop(browser, None)

    async def leave(self, browser: Recipient) -> None:
        """Hand nothing more to this browser; after the last one this process leaves the group."""
        self.drop(browser)
        if not self._browsers and self._task is not None:
            task, self._task = self._task, None
            # More than once, as redis-py on its way from one failure to the next was seen to swallow it.
            while not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=RETRY_S)

    def after(self, number: int) -> Sequence[Delivery] | None:
        """Return what was handed on after a number; None when the oldest of it is gone."""
        missed = self.number - number
        if missed > len(self._log):
            return None
        return list(self._log)[len(self._log) - missed :]

    # what the reconciler calls

    def on_heads(self, heads: Cursors) -> None:
        """Tell the browsers that lack something of the store's heads."""
        # A keyspace that the store knows nothing of is one that was lost with its file.
        shown = {name: heads.get(name, NEVER_WRITTEN) for name in self.names}
        verdicts: dict[int, bool] = {}
        for browser in list(self._browsers):
            position = browser.position
            if id(position) not in verdicts:
                verdicts[id(position)] = lacks(position, shown)
            if verdicts[id(position)]:
                browser.on_behind()

    def on_heartbeat(self, text: str) -> None:
        """Pass a sign of life on to all."""
        for browser in list(self._browsers):
            browser.on_heartbeat(text)

    # the one task

    async def _receive(self, member: asyncio.Event) -> None:
        while True:
            try:
                await self._receive_as_member(member)
            except Exception:
                # Browsers keep their pictures, and are compared with the store's heads meanwhile.
                log.exception("board %s gets no updates from the channel layer; trying again", self.board)
                member.set()
                await asyncio.sleep(retry_s(self._failures))
                self._failures += 1

    async def _receive_as_member(self, member: asyncio.Event) -> None:
        async with asyncio.timeout(LAYER_S):
            group, channel = group_of(self.board), await self._layer.new_channel()
        try:
            async with asyncio.timeout(LAYER_S):
                await self._layer.group_add(group, channel)
            member.set()
            self._failures = 0
            staying = asyncio.create_task(self._stay_member(group, channel), name=f"sticky-member-{self.board}")
            try:
                while True:
                    self._take(update_from(await self._layer.receive(channel)))
            finally:
                staying.cancel()
                await asyncio.wait([staying])
        finally:
            self._forget()
            with contextlib.suppress(Exception):  # a layer that failed may fail at this too
                async with asyncio.timeout(LAYER_S):
                    await self._layer.group_discard(group, channel)

    async def _stay_member(self, group: str, channel: str) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            try:
                await self._layer.group_add(group, channel)
            except Exception as exc:
                log.warning("the membership of board %s was not renewed: %s", self.board, exc)

    def _take(self, update: Update) -> None:
        self._reorder_buffer.put(update)
        if self._due is None:
            self._deliver_when_due()

    def _deliver_when_due(self) -> None:
        wait_s = self._pacer.wait_s(self._clock())
        if wait_s > 0:
            self._due = asyncio.get_running_loop().call_later(wait_s, self._deliver)
        else:
            self._deliver()

    def _deliver(self) -> None:
        self._due = None
        updates, started = self._reorder_buffer.take(), self._clock()
        # Where handing on takes long, fewer and larger updates cost less.
        self._pacer.record(started, max(self._settings.TICK_S, self._took_s / FLUSH_SHARE))
        if updates:
            self._deliver_to_all(updates, started)
        if self._reorder_buffer:
            self._deliver_when_due()

    def _deliver_to_all(self, updates: Sequence[Update], started: float) -> None:
        self.number += 1
        delivery = Delivery(updates, self.number)
        self._remember(delivery)
        for browser in list(self._browsers):
            browser.on_delivery(delivery, started)
        delivery.forget_positions()
        self._took_s = self._clock() - started
        self._on_busy(self._took_s)

    def _remember(self, delivery: Delivery) -> None:
        """Keep the newest updates for browsers that are being caught up meanwhile."""
        if len(self._log) == self._log.maxlen:
            self._log_bytes -= self._log.popleft().size_bytes
        self._log.append(delivery)
        self._log_bytes += delivery.size_bytes
        while self._log_bytes > LOG_BYTES and len(self._log) > 1:
            self._log_bytes -= self._log.popleft().size_bytes

    def _forget(self) -> None:
        self._reorder_buffer.forget()
        if self._due is not None:
            self._due.cancel()
            self._due = None


def retry_s(failures: int) -> float:
    """Return how long to wait for the next attempt, after so many that failed before the last one."""
    return min(RETRY_S * 2.0 ** min(failures, 16), MAX_RETRY_S)
