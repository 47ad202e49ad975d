"""A transport that does not stay open for a peer that neither reads nor closes."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from broadcast.server.connection_gate import Gate, Open
from broadcast.server.limits import CHECK_S, CLOSE_S, STALL_S


class BoundedTransport:
    """A transport that aborts some seconds after `close`, or if the peer reads nothing.

    A plain `close` waits until everything is sent, which never happens if the peer does not read.
    """

    __slots__ = (
        "_closing",
        "_gate",
        "_is_lost",
        "_left",
        "_loop",
        "_moved_at",
        "_stalled",
        "client",
        "inner",
        "is_closing",
        "peer",
        "user",
    )

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, gate: Gate) -> None:
        self.inner, self._loop, self._gate = transport, loop, gate
        self._closing: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._left = self._moved_at = 0.0
        self._is_lost = False
        self.user: Open | None = None
        self.is_closing = transport.is_closing
        self.client = address_of(transport, "peername")
        self.peer = self.client[0] if self.client else ""
        gate.enter(self, self.peer)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    @property
    def state(self) -> str:
        if self._closing is not None:
            return "closing"
        if self._stalled is not None:
            return "not_reading"
        return self.user.state if self.user is not None else "receiving"

    def write(self, data: bytes) -> None:
        """Send bytes; do nothing while closing, where uvloop would raise and asyncio would log."""
        if not self.is_closing():
            self.inner.write(data)

    def close(self) -> None:
        """Close when everything is sent, or abort after `CLOSE_S`."""
        self.inner.close()
        if self._closing is None and not self._is_lost:
            self._closing = self._loop.call_later(CLOSE_S, self.drop, "not_closed")

    def drop(self, cause: str) -> None:
        if not self._is_lost:
            self._gate.count_aborted(cause, self.peer)
            self.inner.abort()

    def lost(self) -> None:
        """Release everything after the connection has ended."""
        self._is_lost = True
        self._gate.leave(self)
        self.flows()
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None

    def stalls(self) -> None:
        """Start to check whether a slow peer still reads."""
        if self._stalled is None and not self._is_lost:
            self._left, self._moved_at = self.get_write_buffer_size(), self._loop.time()
            self._stalled = self._loop.call_later(CHECK_S, self._check)

    def flows(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _check(self) -> None:
        left, now = self.get_write_buffer_size(), self._loop.time()
        if left < self._left:
            self._left, self._moved_at = left, now
        if now - self._moved_at >= STALL_S - CHECK_S / 2:
            self._stalled = None
            self.drop("not_reading")
        else:
            self._stalled = self._loop.call_later(CHECK_S, self._check)


def address_of(transport: asyncio.BaseTransport, name: str) -> tuple[str, int] | None:
    """Return the transport's `peername` or `sockname`; None for a Unix socket."""
    found = transport.get_extra_info(name)
    return (str(found[0]), int(found[1])) if isinstance(found, tuple) else None


def bounded(
    transport: "asyncio.BaseTransport | BoundedTransport", loop: asyncio.AbstractEventLoop, gate: Gate, user: Open
) -> BoundedTransport:
    """Return a bounded transport for a protocol; a transport that is already bounded is returned unchanged."""
    if isinstance(transport, BoundedTransport):
        known = transport
    else:
        known = BoundedTransport(cast(asyncio.Transport, transport), loop, gate)
    known.user = user
    return known


class Deadline:
    """A timer that is either set or not."""

    __slots__ = ("_at", "_later")

    def __init__(self, later: Callable[..., asyncio.TimerHandle]) -> None:
        self._later = later
        self._at: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        return self._at is not None

    def set(self, delay_s: float, on_expiry: Callable[..., None], *args: object) -> None:
        """Call a function after a delay; do nothing if the timer is already set."""
        if self._at is None:
            self._at = self._later(delay_s, self._expire, on_expiry, *args)

    def clear(self) -> None:
        if self._at is not None:
            self._at.cancel()
            self._at = None

    def _expire(self, on_expiry: Callable[..., None], *args: object) -> None:
        self._at = None
        on_expiry(*args)
