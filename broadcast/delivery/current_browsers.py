"""Browsers that have everything, and can be sent the next update without a look at each of them. Sans-I/O.

What a delivery reads and writes of a browser is mostly not in the processor's caches. So what is sent to these browsers
is recorded once, here, and in the flow control of each of them when that is read. The least room of their windows
limits how often that may be done before all of them are looked at again.
"""

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from broadcast.delivery.flow_control import FlowControl
from broadcast.delivery.updates import Update
from broadcast.types import Cursors

MIN_ROOM = 4  # updates; otherwise, a few slow browsers would have all of them looked at


class Current(Protocol):
    """A browser that may be current."""

    def on_left(self, position: Cursors) -> None:
        """Note that it is no longer current, and the position that it had reached."""


B = TypeVar("B", bound=Current)


class CurrentBrowsers(Generic[B]):
    """The current browsers of a fan-out; all of them are at one position."""

    def __init__(self) -> None:
        self._senders: dict[B, Callable[[str], bool]] = {}
        self._sent: list[tuple[float, int]] = []  # time and bytes
        self._updates = self._size_bytes = 0  # that each of their windows admits

    def __len__(self) -> int:
        return len(self._senders)

    def __contains__(self, browser: object) -> bool:
        return browser in self._senders

    def add(self, browser: B, send_now: Callable[[str], bool], flow: FlowControl, latest: Update) -> int | None:
        """Add a browser that was sent the latest update, if its window has room for more.

        Returns:
            The number of records that are in its flow control; None if it was not added.
        """
        updates, size_bytes = flow.room
        if updates < MIN_ROOM or size_bytes < MIN_ROOM * latest.size_bytes:
            return None
        if self._senders:
            updates, size_bytes = min(updates, self._updates), min(size_bytes, self._size_bytes)
        self._updates, self._size_bytes = updates, size_bytes
        self._senders[browser] = send_now
        return len(self._sent)

    def record_in(self, flow: FlowControl, recorded: int) -> int:
        """Record in a flow control what it lacks; return the number of records that are in it then."""
        for sent_at, size_bytes in self._sent[recorded:]:
            flow.record_sent(size_bytes, sent_at)
        return len(self._sent)

    def send(self, update: Update, position: Cursors, now: float) -> list[B]:
        """Send an update to all of them, which are at a position; return those that must be looked at instead."""
        text, left = update.text, list[B]()
        if self._updates <= 0 or self._size_bytes <= 0:
            left = list(self._senders)
        else:
            for browser, send_now in self._senders.items():
                try:
                    is_sent = send_now(text)
                except Exception:  # it fails again when the browser is looked at
                    is_sent = False
                if not is_sent:
                    left.append(browser)
        for browser in left:
            self.remove(browser, position)
        if self._senders:
            self._sent.append((now, update.size_bytes))
            self._updates, self._size_bytes = self._updates - 1, self._size_bytes - update.size_bytes
        return left

    def remove(self, browser: B, position: Cursors) -> None:
        """Remove a browser, which is at a position."""
        if browser in self._senders:
            browser.on_left(position)
            del self._senders[browser]
            if not self._senders:
                self._sent.clear()
