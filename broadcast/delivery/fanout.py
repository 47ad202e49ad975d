"""One board's browsers in this process: a member of the board's group, which delivers each update to all of them.

    channel layer ──► ReorderBuffer ──► Fanout ──► each browser at the update's start that is not busy

There is one member per board and process, so a layer carries, copies and decodes each update once, whatever the
number of browsers. A delivery needs no task and never blocks: a browser that cannot receive an update skips it and
catches up by its cursor. Updates that arrive faster than one per tick, as from several processes, are delivered as
one; see `reorder`.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

import msgspec
from channels.layers import BaseChannelLayer

from broadcast.conf import Settings
from broadcast.delivery.board_sender import group_of, update_from
from broadcast.delivery.coalesce import Delivery
from broadcast.delivery.position import lacks
from broadcast.delivery.publisher import FLUSH_SHARE
from broadcast.delivery.reorder import Pacer, ReorderBuffer
from broadcast.delivery.updates import Update, hello_text, part_of
from broadcast.events.event_type import EventType
from broadcast.types import NEVER_WRITTEN, Cursors

log = logging.getLogger("broadcast.delivery.fanout")

LOG_BYTES = 4 * 1024 * 1024
RETRY_S = 1.0  # before the first attempt to join again after the layer failed
# Before later attempts: the reconciler catches browsers up meanwhile, and channels_redis's pub/sub layer leaks a little
# for each channel that it failed to create.
MAX_RETRY_S = 30.0
LAYER_S = 5.0  # for the layer's response; redis-py before 8 waits forever for a server that does not respond
RENEW_S = 60.0  # Channels' own layers expire memberships after a day, and a flushed Redis has none


class Recipient(Protocol):
    """A browser that receives updates; no call blocks."""

    position: Cursors

    def on_delivery(self, delivery: Delivery, now: float) -> None:
        """Send the delivery or skip it; `now` is in monotonic seconds."""

    def on_behind(self) -> None:
        """Catch up, because the store has changes that were not sent."""

    def on_heartbeat(self, text: str) -> None:
        """Send a heartbeat."""


class Fanout:
    """Delivers one board's updates to its browsers.

    Args:
        event_types: the board's event types, or those of the scene.
        on_busy: called after each delivery with its duration in seconds.
        clock: monotonic seconds; `sleep` waits for a number of seconds.
        layout: the version of the board's scenes, see `Board.version`.
        scene: the name of a scene whose event types are delivered; "" for the whole board.
    """

    def __init__(
        self,
        board: str,
        event_types: Mapping[str, EventType],
        layer: BaseChannelLayer,
        settings: Settings,
        on_busy: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        layout: str = "",
        scene: str = "",
    ) -> None:
        self._layout, self._scene, self._sleep = layout, scene, sleep
        self.board, self.names, self.keyspaces = board, tuple(event_types), frozenset(event_types)
        self._layer, self._settings, self._on_busy, self._clock = layer, settings, on_busy, clock
        policies = {name: kind.policy.describe() for name, kind in event_types.items()}
        self._policies = msgspec.Raw(msgspec.json.encode(policies))
        self._browsers: dict[Recipient, None] = {}
        self._log: deque[Delivery] = deque(maxlen=settings.MAILBOX_UPDATES)
        self._log_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._member = asyncio.Event()
        self._failures = 0  # consecutive attempts to join
        self._reorder_buffer = ReorderBuffer(settings.MAILBOX_UPDATES, LOG_BYTES)
        self._pacer = Pacer()
        self._due: asyncio.TimerHandle | None = None
        self._took_s = 0.0  # the last delivery
        self.number = 0  # of the newest delivery

    def __len__(self) -> int:
        return len(self._browsers)

    def hello(self) -> str:
        """Return the first message for a browser's socket."""
        conf = self._settings
        window = {"updates": conf.WINDOW_UPDATES, "bytes": conf.WINDOW_BYTES}
        return hello_text(
            self._scene or self.board, time.time(), conf.HEARTBEAT_S, window, self._policies, self._layout
        )

    def join(self, browser: Recipient) -> None:
        """Deliver every update to this browser from now on."""
        self._browsers[browser] = None
        if self._task is None or self._task.done():
            self._member = asyncio.Event()
            self._task = asyncio.create_task(self._receive(self._member), name=f"sticky-fanout-{self.board}")

    async def is_member(self) -> None:
        """Wait until this process is a member of the board's group, so that later updates arrive."""
        await self._member.wait()

    def drop(self, browser: Recipient) -> None:
        """Deliver nothing more to this browser."""
        self._browsers.pop(browser, None)

    async def leave(self, browser: Recipient) -> None:
        """Deliver nothing more to this browser; when the last one leaves, this process leaves the group."""
        self.drop(browser)
        if not self._browsers and self._task is not None:
            task, self._task = self._task, None
            # More than once: redis-py has been seen to swallow a cancellation between two failures.
            while not task.done():
                task.cancel()
                await asyncio.wait([task], timeout=RETRY_S)

    def after(self, number: int) -> Sequence[Delivery] | None:
        """Return the deliveries after a number; None if the log no longer has all of them."""
        missed = self.number - number
        if missed > len(self._log):
            return None
        return list(self._log)[len(self._log) - missed :]

    # called by the reconciler

    def on_heads(self, heads: Cursors) -> None:
        """Notify the browsers that are behind the store's heads."""
        # A keyspace without a head was lost with the store's file.
        expected = {name: heads.get(name, NEVER_WRITTEN) for name in self.names}
        verdicts: dict[int, bool] = {}
        for browser in list(self._browsers):
            position = browser.position
            if id(position) not in verdicts:
                verdicts[id(position)] = lacks(position, expected)
            if verdicts[id(position)]:
                browser.on_behind()

    def on_heartbeat(self, text: str) -> None:
        for browser in list(self._browsers):
            browser.on_heartbeat(text)

    # the one task

    async def _receive(self, member: asyncio.Event) -> None:
        while True:
            try:
                await self._receive_as_member(member)
            except Exception:
                # Browsers still display their state, and the reconciler compares them with the store meanwhile.
                log.exception("board %s receives no updates from the channel layer; retrying", self.board)
                member.set()
                await self._sleep(retry_s(self._failures))
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
            with contextlib.suppress(Exception):  # a layer that failed may fail here too
                async with asyncio.timeout(LAYER_S):
                    await self._layer.group_discard(group, channel)

    async def _stay_member(self, group: str, channel: str) -> None:
        while True:
            await self._sleep(RENEW_S)
            try:
                await self._layer.group_add(group, channel)
            except Exception as exc:
                log.warning("the group membership of board %s could not be renewed: %s", self.board, exc)

    def _take(self, update: Update) -> None:
        update = part_of(update, self.keyspaces)
        if not update.spans:  # of the board's other scenes
            return
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
        # If a delivery takes long, fewer and larger updates cost less.
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
        """Log the newest deliveries for browsers that are catching up."""
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
    """Return the delay before the next attempt; `failures` counts those before the last one."""
    return min(RETRY_S * 2.0 ** min(failures, 16), MAX_RETRY_S)
