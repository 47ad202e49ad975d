"""One board in this process: a replica of it, a member of its group, and the browsers that display it.

    own commits ───► Replica ──► each browser that can receive an update
    channel layer ─┘    ▲
                        └── the store, after a gap

There is one member per board and process, so a layer carries, copies and decodes each update once, whatever the
number of browsers. The updates of this process do not take that way: they are applied directly after the commit, and
ignored when they come back. A delivery needs no task and never blocks: a browser that cannot receive an update skips
it and is sent `since` its position later. Without browsers, a board is neither a member nor updated.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from channels.layers import BaseChannelLayer

from broadcast.conf import Settings
from broadcast.delivery.board_sender import UPDATE
from broadcast.delivery.concurrency import begin
from broadcast.delivery.flow_control import UpdateInterval
from broadcast.delivery.group_member import Member
from broadcast.delivery.publisher import FLUSH_SHARE, Publisher
from broadcast.delivery.replica import Replica
from broadcast.delivery.store_reader import StoreReader
from broadcast.delivery.updates import deltas_in, heartbeat_text, hello_text
from broadcast.errors import StoreError
from broadcast.events.event_type import EventType
from broadcast.stores.base import StickyCache
from broadcast.types import Cursor, Cursors, Delta

log = logging.getLogger("broadcast.delivery.fanout")

# Ticks that an update which leaves a gap waits for the missing one, since two processes that commit one after the
# other may send in either order.
PATIENCE: Final = 4
SLACK: Final = 0.5  # part of a tick by which a delivery may be early
LINGER_S: Final = 5.0  # to join and leave a board's group and the notifications takes a third of a connect
UNUSED_S = 60.0  # after which the copy of a board that nobody displays is released

# Why the store is read while a board is displayed: an update was lost or late, no update reported a change, or another
# process on the same store has committed.
GAP, HEADS, NOTIFIED = "gap", "heads", "notified"


class Recipient(Protocol):
    """A browser that receives updates; no call blocks."""

    def on_change(self, now: float) -> None:
        """Send what is new, or skip it; `now` is in monotonic seconds."""

    def on_round(self) -> None:
        """Send what was skipped, if the browser permits a probe."""

    def on_heartbeat(self, text: str) -> None:
        """Send a heartbeat."""


class Fanout:
    """Delivers one board's updates to its browsers.

    Args:
        event_types: the board's event types, or those of the scene.
        publisher: of this process.
        clock: monotonic seconds.
        layout: the version of the board's scenes, see `Board.version`.
        scene: the name of a scene whose event types are delivered; "" for the whole board.

    Attributes:
        replica: answers browsers; call `refresh` before the first question.
    """

    def __init__(
        self,
        board: str,
        event_types: Mapping[str, EventType],
        store: StickyCache,
        layer: BaseChannelLayer,
        publisher: Publisher,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        layout: str = "",
        scene: str = "",
    ) -> None:
        self._layout, self._scene = layout, scene
        self.board, self.names = board, tuple(event_types)
        self._store, self._publisher, self._settings = store, publisher, settings
        self._clock = clock
        policies = {name: kind.policy.describe() for name, kind in event_types.items()}
        self._policies = msgspec.Raw(msgspec.json.encode(policies))
        self._browsers: dict[Recipient, None] = {}
        self._hello = ""  # while the replica is up to date
        self._member = Member(board, layer, self._take)
        self._repairing: asyncio.Task[None] | None = None
        self._delivery_interval, self._read_interval = UpdateInterval(SLACK), UpdateInterval(SLACK)
        self._due: asyncio.TimerHandle | None = None
        self._took_s = 0.0  # the last delivery
        self._is_current = True  # whether the last read of the store succeeded
        self._used_at = float("-inf")
        self._releasing: asyncio.TimerHandle | None = None
        self._forget()
        publisher.subscribers.append(self.put)

    def __len__(self) -> int:
        return len(self._browsers)

    async def greeting(self) -> str:
        """Return the first message to a browser that has joined, when the replica is up to date.

        Browsers come in herds, so a comparison with the store is for all that ask in one iteration of the event loop.
        A read of the store takes several, and may lack what was committed before a later browser came. The process
        is a member of the group, so what is committed from now on arrives as an update.

        Raises:
            StoreError: the store cannot be read.
        """
        if self._hello:
            return self._hello
        read = begin(self.refresh())
        if read is not None:
            await read
            return self._hello_now()
        self._hello = self._hello_now()
        asyncio.get_running_loop().call_soon(self._forget_hello)
        return self._hello

    def _hello_now(self) -> str:
        conf, name = self._settings, self._scene or self.board
        window = {"updates": conf.WINDOW_UPDATES, "bytes": conf.WINDOW_BYTES}
        return hello_text(name, time.time(), conf.HEARTBEAT_S, window, self._policies, self._layout)

    def _forget_hello(self) -> None:
        self._hello = ""

    def join(self, browser: Recipient) -> None:
        """Deliver every update to this browser from now on."""
        self._browsers[browser] = None
        self._member.join()

    async def is_member(self) -> None:
        """Wait until this process is a member of the board's group, so that later updates arrive."""
        await self._member.is_joined.wait()

    def drop(self, browser: Recipient) -> None:
        """Deliver nothing more to this browser."""
        self._browsers.pop(browser, None)
        if not self._browsers:  # from now on, updates are not applied
            self._forget_hello()

    async def leave(self) -> None:
        """Leave the group, if no browser displays the board."""
        if not self._browsers:
            if self._due is not None:
                self._due.cancel()
                self._due = None
            if self._repairing is not None:
                self._repairing.cancel()
                await asyncio.wait([self._repairing])
            await self._member.leave()

    async def refresh(self) -> None:
        """Return when the replica has everything that was committed before this call.

        Raises:
            StoreError: the store cannot be read.
        """
        self._used_at = self._clock()
        replica, reader = self.replica, self._reader
        await reader.refresh()
        if self.replica is not replica:  # released meanwhile
            await self._reader.refresh()
        if self._releasing is None:
            self._release_when_unused()
        self._on_put()

    # called by the publisher

    def put(self, deltas: Sequence[Delta]) -> None:
        """Apply what this process has committed, and deliver it."""
        if self._browsers:
            self.replica.put(deltas, self._clock())
            self._on_put()

    # called by the reconciler

    def on_commit(self, heads: Cursors | None) -> None:
        """Read what another process has committed; None if that may be any change."""
        if self._browsers:
            self._publisher.note_foreign(self)
            self.replica.miss(heads)
            self._on_put(NOTIFIED)

    async def reconcile(self) -> None:
        """Read what no update reported, and probe the browsers that are behind."""
        heads = self.replica.heads
        try:
            await self.refresh()
            self._is_current = True
        except BaseException:
            self._is_current = False
            raise
        if self.replica.heads is not heads:
            self._publisher.meters.catch_ups[HEADS] += 1
        for browser in list(self._browsers):
            browser.on_round()

    def heartbeat(self) -> None:
        """Send a heartbeat to every browser, without heads if the store cannot be read."""
        if self._due is not None:  # first, because a browser at other heads cannot compare the digests
            self._due.cancel()
            self._deliver()
        heads = {name: head for name, head in self.replica.heads.items() if head.epoch} if self._is_current else {}
        text = heartbeat_text(time.time(), heads, self.replica.digests() if heads else {})
        for browser in list(self._browsers):
            browser.on_heartbeat(text)

    # the layer

    def _take(self, message: Mapping[str, Any]) -> None:
        is_own = message.get("sender") == self._publisher.sender  # and was applied after its commit
        if is_own or message["type"] != UPDATE or not self._browsers:
            return
        self._publisher.note_foreign(self)
        if text := message["text"]:
            self.replica.put(deltas_in(text), self._clock(), text)
        else:
            heads = message.get("heads")  # absent in a message of another version, such as during a rolling restart
            self.replica.miss(None if heads is None else {name: Cursor(*head) for name, head in heads.items()})
        self._on_put()

    # delivery

    def _on_put(self, cause: str = GAP) -> None:
        if self.replica.gap_since is not None and self._repairing is None and self._browsers:
            self._repairing = asyncio.create_task(self._repair(cause), name=f"sticky-repair-{self.board}")
        if self._browsers and self._due is None and self.replica.heads is not self._delivered:
            wait_s = self._delivery_interval.wait_s(self._clock())
            if wait_s > 0:
                self._due = asyncio.get_running_loop().call_later(wait_s, self._deliver)
            else:
                self._deliver()

    def _deliver(self) -> None:
        self._due, self._delivered, started = None, self.replica.heads, self._clock()
        # If a delivery takes long, fewer and larger updates cost less.
        self._delivery_interval.record(started, max(self._settings.TICK_S, self._took_s / FLUSH_SHARE))
        for browser in list(self._browsers):
            browser.on_change(started)
        self._took_s = self._clock() - started
        self._publisher.note_delivery(self._took_s)

    async def _repair(self, cause: str) -> None:
        """Read the store once the missing update is late, and at most once per tick."""
        tick_s = self._settings.TICK_S
        try:
            while self._browsers and (since := self.replica.gap_since) is not None:
                now = self._clock()
                wait_s = max(since + PATIENCE * tick_s - now, self._read_interval.wait_s(now))
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                else:
                    self._read_interval.record(now, tick_s)
                    self._publisher.meters.catch_ups[cause] += 1
                    await self.refresh()
        except StoreError as exc:
            # Browsers still display their state; the reconciler tries again.
            if not exc.is_logged:
                log.warning("what board %s lacks could not be read: %s", self.board, exc)
        finally:
            self._repairing = None

    # memory

    def _release_when_unused(self) -> None:
        """Release the copy of a board that nobody displays, but later, because a page may be loaded again."""
        if self._browsers:
            self._used_at = self._clock()
        wait_s = self._used_at + UNUSED_S - self._clock()
        if wait_s > 0:
            self._releasing = asyncio.get_running_loop().call_later(wait_s, self._release_when_unused)
        else:
            self._releasing = None
            self._forget()

    def _forget(self) -> None:
        self.replica = Replica(self.names, self._settings.MAILBOX_UPDATES, self._store.limits.removals)
        self._reader = StoreReader(self._store, self.replica)
        self._delivered = self.replica.heads
