"""A board's state for pages and `GET /api/state`: encoded and compressed once, and shared by all responses.

A state is compressed in a thread. Building a large state takes at most a tenth of the time. Between two builds,
responses contain a slightly older state, and a page's socket catches up from its cursor.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from weakref import WeakSet

from broadcast.delivery.compression import Deflated, deflated
from broadcast.delivery.concurrency import SingleFlight
from broadcast.delivery.updates import Update
from broadcast.types import Cursors

# JSON inside a script element: nothing in it may look like markup to the HTML parser.
# Source: https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
ESCAPES = {b"<": b"\\u003C", b">": b"\\u003E", b"&": b"\\u0026"}
ALWAYS_NEW_BYTES = 256 * 1024  # a state up to this size is never older than the request
REST_PER_BUILD = 9  # seconds of rest per second of building a larger state
MAX_REST_S = 10.0
# Slow downloads hold older versions in memory. Beyond both bounds, no newer version is built until some have ended.
MAX_VERSIONS, MAX_VERSION_BYTES = 3, 16 * 1024 * 1024

Select = Callable[[str], str]
Read = Callable[[tuple[str, ...]], Awaitable[Update]]
_Key = tuple[tuple[str, ...], Select]


@dataclass(eq=False)
class State:
    """One version of the state of some keyspaces; the text is JSON that is safe inside a script element."""

    text: Deflated
    heads: Cursors
    valid_until: float = 0.0


class StateCache:
    """Returns the state of keyspaces.

    Args:
        read: returns the complete state of event types.
        clock: monotonic seconds.
        max_bytes: versions in use that are larger together are at most `MAX_VERSIONS`.
        compress: compresses a text, after escaping it.
    """

    def __init__(
        self,
        read: Read,
        clock: Callable[[], float] = time.monotonic,
        max_bytes: int = MAX_VERSION_BYTES,
        compress: Callable[[str, Callable[[bytes], bytes]], Deflated] = deflated,
    ) -> None:
        self._read, self._clock, self._max_bytes, self._compress = read, clock, max_bytes, compress
        self._cached: dict[_Key, State] = {}
        self._builds = SingleFlight[_Key, State](self._build)
        self._versions: dict[_Key, WeakSet[State]] = {}

    async def of(self, names: Sequence[str], select: Select = str) -> State:
        """Return the state that is stored when this is called; a large state may be slightly older.

        Args:
            select: returns what is needed of the encoded state; by default all.

        Raises:
            StoreError: the store cannot be read.
        """
        key = tuple(names), select
        return self._valid(key) or await self._builds.join(key)

    def _valid(self, key: _Key) -> State | None:
        state = self._cached.get(key)
        return state if state is not None and self._clock() < state.valid_until else None

    async def _build(self, key: _Key) -> State:
        if valid := self._valid(key):  # built by the call before this one
            return valid
        (names, select), began, state = key, self._clock(), self._cached.get(key)
        update = await self._read(names)
        if state is None or (state.heads != update.heads and self._has_room(key)):
            text = await asyncio.to_thread(lambda: self._compress(select(update.text), escaped))
            state = self._cached[key] = State(text, update.heads)
            self._versions.setdefault(key, WeakSet()).add(state)
        now = self._clock()
        state.valid_until = now + rest_s(update.size_bytes, now - began)
        return state

    def _has_room(self, key: _Key) -> bool:
        sizes = [version.text.compressed_bytes for version in self._versions[key]]
        return len(sizes) < MAX_VERSIONS or sum(sizes) < self._max_bytes


def rest_s(size_bytes: int, took_s: float) -> float:
    """Return how long a state is used before the next build."""
    return 0.0 if size_bytes <= ALWAYS_NEW_BYTES else min(REST_PER_BUILD * took_s, MAX_REST_S)


def escaped(plain: bytes) -> bytes:
    """Return equivalent JSON without characters that look like markup."""
    for sign, escape in ESCAPES.items():
        plain = plain.replace(sign, escape)
    return plain
