"""A board's state for pages and `GET /api/state`: encoded and compressed once, and shared by all responses.

Each state is built by one task at a time, in a thread. A large one is built at most a tenth of the time: in between,
responses have a state that is a little older, and a page's socket catches up from its cursor.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from weakref import WeakSet

from broadcast.delivery.deflated import Deflated, deflated
from broadcast.delivery.replay import Reader
from broadcast.delivery.updates import Span, Update

# JSON inside a script element: nothing in it may look like markup to the HTML parser.
# Source: https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
ESCAPES = {b"<": b"\\u003C", b">": b"\\u003E", b"&": b"\\u0026"}
ALWAYS_NEW_BYTES = 256 * 1024  # up to this size each change is visible at once
REST_PER_BUILD = 9  # seconds of rest for each second of building a larger one
MAX_REST_S = 10.0
# Slow downloads hold older versions. Beyond both bounds no newer one is built until some of them have ended.
MAX_VERSIONS, MAX_VERSION_BYTES = 3, 16 * 1024 * 1024

Names = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class State:
    """One version of the state of some keyspaces; its text is JSON that may be inside a script element."""

    text: Deflated
    spans: Sequence[Span]


@dataclass
class _Kept:
    update: Update
    state: State
    asked_at: float  # before the store was read
    good_until: float


class StateCache:
    """Returns the state of keyspaces.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, reader: Reader, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader, self._clock = reader, clock
        self._kept: dict[Names, _Kept] = {}
        self._building: dict[Names, asyncio.Task[None]] = {}
        self._versions: dict[Names, WeakSet[State]] = {}

    async def of(self, names: Sequence[str]) -> State:
        """Return the state that was stored when this was called, or for a large one a little earlier.

        Raises:
            StoreError: it cannot be read now.
        """
        key, asked_at = tuple(names), self._clock()
        while not (kept := self._kept.get(key)) or not self._is_good(kept, asked_at):
            if key not in self._building:
                self._building[key] = asyncio.create_task(self._build(key), name="sticky-state")
            # A caller may go; the others still wait for the answer.
            await asyncio.shield(self._building[key])
        return kept.state

    def _is_good(self, kept: _Kept, asked_at: float) -> bool:
        return kept.asked_at >= asked_at or self._clock() < kept.good_until

    async def _build(self, key: Names) -> None:
        try:
            asked_at, kept = self._clock(), self._kept.get(key)
            update = await self._reader.since(key, {}, is_replay=True)
            if kept is None or (kept.update is not update and self._has_room(key)):
                text = await asyncio.to_thread(deflated, update.text, escaped)
                kept = self._kept[key] = _Kept(update, State(text, update.spans), asked_at, 0.0)
                self._versions.setdefault(key, WeakSet()).add(kept.state)
            now = self._clock()
            kept.asked_at, kept.good_until = asked_at, now + rest_s(kept.state, now - asked_at)
        finally:
            del self._building[key]

    def _has_room(self, key: Names) -> bool:
        sizes = [version.text.compressed_bytes for version in self._versions[key]]
        return len(sizes) < MAX_VERSIONS or sum(sizes) < MAX_VERSION_BYTES


def rest_s(state: State, took_s: float) -> float:
    """Return how long a state is used before it is built again."""
    is_small = state.text.size_bytes <= ALWAYS_NEW_BYTES
    return 0.0 if is_small else min(REST_PER_BUILD * took_s, MAX_REST_S)


def escaped(plain: bytes) -> bytes:
    """Return JSON without anything that looks like markup; it means the same."""
    for sign, escape in ESCAPES.items():
        plain = plain.replace(sign, escape)
    return plain
