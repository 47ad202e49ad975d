"""One board's browsers in this process: the member of its group that hands each frame to all of them.

    channel layer ──► Fanout ──► each browser that is at the frame's start and not busy

There is one member per board and process, so a layer carries, copies and decodes each frame once,
whatever the number of browsers. Handing on takes no task and waits for nobody: a browser that cannot
take a frame is passed over, and caught up by its cursor.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec
from channels.layers import BaseChannelLayer

from broadcast.conf import Settings
from broadcast.event_type import EventType
from broadcast.follower import Passage, lacks
from broadcast.frames import hello_text
from broadcast.publisher import frame_from, group_of
from broadcast.words import NEVER_WRITTEN, Cursors

log = logging.getLogger("broadcast.fanout")

LOG_BYTES = 4 * 1024 * 1024
RETRY_S = 1.0  # between attempts to be a member again, after the layer failed


class Browser(Protocol):
    """Whom frames are handed to; every call returns at once."""

    place: Cursors

    def on_passage(self, passage: Passage, now: float) -> None:
        """Take a frame or leave it; `now` is in monotonic seconds."""

    def on_behind(self) -> None:
        """Learn that the store has what was not sent."""

    def on_beat(self, text: str) -> None:
        """Take a sign of life, to be passed on."""


class Fanout:
    """Hands one board's frames to its browsers.

    Args:
        event_types: those that the board shows.
        on_busy: told after each frame how many seconds it took to hand it on.
    """

    def __init__(
        self,
        board: str,
        event_types: Mapping[str, EventType],
        layer: BaseChannelLayer,
        settings: Settings,
        on_busy: Callable[[float], None],
    ) -> None:
        self.board, self.names, self.keyspaces = board, tuple(event_types), frozenset(event_types)
        self._layer, self._settings, self._on_busy = layer, settings, on_busy
        policies = {name: kind.policy.describe() for name, kind in event_types.items()}
        self._policies = msgspec.Raw(msgspec.json.encode(policies))
        self._browsers: dict[Browser, None] = {}
        self._log: deque[Passage] = deque(maxlen=settings.MAILBOX_FRAMES)
        self._log_bytes = 0
        self._task: asyncio.Task[None] | None = None
        self._member = asyncio.Event()
        self.number = 0  # of the newest frame

    def __len__(self) -> int:
        return len(self._browsers)

    def hello(self) -> str:
        """Return the first message on a browser's socket."""
        conf = self._settings
        window = {"frames": conf.WINDOW_FRAMES, "bytes": conf.WINDOW_BYTES}
        return hello_text(self.board, time.time(), conf.BEAT_S, window, self._policies)

    def join(self, browser: Browser) -> None:
        """Hand every frame to this browser too, from now on."""
        self._browsers[browser] = None
        if self._task is None or self._task.done():
            self._member = asyncio.Event()
            self._task = asyncio.create_task(self._receive(self._member), name=f"sticky-fanout-{self.board}")

    async def is_member(self) -> None:
        """Wait until this process is a member of the board's group: what is published from now on arrives."""
        await self._member.wait()

    def drop(self, browser: Browser) -> None:
        """Hand nothing more to this browser."""
        self._browsers.pop(browser, None)

    async def leave(self, browser: Browser) -> None:
        """Hand nothing more to this browser; after the last one this process leaves the group."""
        self.drop(browser)
        if not self._browsers and self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait([task])

    def after(self, number: int) -> Sequence[Passage] | None:
        """Return the frames after one that was handed on; None when the oldest of them are gone."""
        missed = self.number - number
        if missed > len(self._log):
            return None
        return list(self._log)[len(self._log) - missed :]

    # what the pulse calls

    def on_heads(self, heads: Cursors) -> None:
        """Tell the browsers that lack something of the store's heads."""
        # A keyspace that the store knows nothing of is one that was lost with its file.
        shown = {name: heads.get(name, NEVER_WRITTEN) for name in self.names}
        verdicts: dict[int, bool] = {}
        for browser in list(self._browsers):
            place = browser.place
            if id(place) not in verdicts:
                verdicts[id(place)] = lacks(place, shown)
            if verdicts[id(place)]:
                browser.on_behind()

    def on_beat(self, text: str) -> None:
        """Pass a sign of life on to all."""
        for browser in list(self._browsers):
            browser.on_beat(text)

    # the one task

    async def _receive(self, member: asyncio.Event) -> None:
        while True:
            try:
                await self._receive_as_member(member)
            except Exception:
                # Browsers keep their pictures, and are compared with the store's heads meanwhile.
                log.exception("board %s gets no frames from the channel layer; trying again", self.board)
                member.set()
                await asyncio.sleep(RETRY_S)

    async def _receive_as_member(self, member: asyncio.Event) -> None:
        group, channel = group_of(self.board), await self._layer.new_channel()
        try:
            await self._layer.group_add(group, channel)
            member.set()
            while True:
                self._hand_on(await self._layer.receive(channel))
        finally:
            with contextlib.suppress(Exception):  # a layer that failed may fail at this too
                await self._layer.group_discard(group, channel)

    def _hand_on(self, message: Mapping[str, Any]) -> None:
        started = time.monotonic()
        self.number += 1
        passage = Passage(frame_from(message), self.number)
        self._remember(passage)
        for browser in list(self._browsers):
            browser.on_passage(passage, started)
        passage.forget_places()
        self._on_busy(time.monotonic() - started)

    def _remember(self, passage: Passage) -> None:
        """Keep the newest frames for browsers that are being caught up meanwhile."""
        if len(self._log) == self._log.maxlen:
            self._log_bytes -= self._log.popleft().frame.size_bytes
        self._log.append(passage)
        self._log_bytes += passage.frame.size_bytes
        while self._log_bytes > LOG_BYTES and len(self._log) > 1:
            self._log_bytes -= self._log.popleft().frame.size_bytes
