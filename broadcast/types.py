"""The types that all packages share: cursor, entry, write, batch, delta. No Django, no I/O."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeVar

import msgspec

_encode = msgspec.json.Encoder().encode

# ASGI
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

K = TypeVar("K")
V = TypeVar("V")


class Cursor(NamedTuple):
    """The point that a reader has reached in one keyspace: an epoch and a revision."""

    epoch: str
    revision: int


# The head of a keyspace that was never written. No history has this epoch.
NEVER_WRITTEN: Final = Cursor("", 0)

Cursors = Mapping[str, Cursor]


def is_evicted(lane: str, revision: int, floors: Mapping[str, int]) -> bool:
    """Return whether an entry is at or below the floor of its lane, or that of the whole keyspace (lane "")."""
    return revision <= max(floors.get("", 0), floors.get(lane, 0))


_NUMBER: Final = re.compile(r":([0-9]{1,15})")


def number_in(key: str) -> int | None:
    """Return the number in the key of a course's entry (`<lane>:<number>`); None if the key has none."""
    found = _NUMBER.fullmatch(key, max(key.rfind(":"), 0))
    return int(found[1]) if found else None


def is_thinned(key: str, lane: str, strides: Mapping[str, int]) -> bool:
    """Return whether the stride of a lane removes an entry: its number is not a multiple of the stride."""
    stride = strides.get(lane)
    return stride is not None and ((number := number_in(key)) is None or number % stride != 0)


def put_last(entries: dict[K, V], key: K, entry: V) -> None:
    """Store the last value of a key at the end, so that keys are in the order of their last changes."""
    entries.pop(key, None)
    entries[key] = entry


class Entry(NamedTuple):
    """One key of a keyspace, or its removal.

    `at` is in seconds since 1970 on the server's clock. `value` is JSON text, None for a removal.
    """

    key: str
    lane: str
    revision: int
    at: float
    value: str | None

    def is_evicted(self, floors: Mapping[str, int]) -> bool:
        """Return whether a bound evicted the entry. A removal stays: a reader may have what it removes."""
        return self.value is not None and is_evicted(self.lane, self.revision, floors)

    def is_thinned(self, strides: Mapping[str, int]) -> bool:
        """Return whether the stride of its lane removed the entry. A removal stays, as for floors."""
        return self.value is not None and is_thinned(self.key, self.lane, strides)


Row = tuple[str, str, int, float, msgspec.Raw]
"""An entry as on the wire and in Redis, after decoding."""


def entry_of(row: Row) -> Entry:
    """Return the entry of a row, in which null is a removal."""
    key, lane, revision, at, raw = row
    value = bytes(raw).decode()
    return Entry(key, lane, revision, at, None if value == "null" else value)


# A read of a board creates one for each event type; a dataclass would take twice as long.
class Delta(msgspec.Struct):
    """Everything in a keyspace after a cursor.

    With `reset`, the reader clears its copy first, and `entries` are the complete contents.
    Without it, the revision of every entry is in (`from_revision`, `to_revision`].
    `floors` maps each lane to a revision: everything in the lane at or below it was evicted. Lane "" is the
    whole keyspace. `strides` maps each lane to a number: entries whose number is not a multiple of it were removed.
    `entries` are in ascending order of revision. `dropped` counts the entries that `max_keys` has evicted, and the
    lanes that `max_lanes` has, since the keyspace was empty.
    """

    keyspace: str
    epoch: str
    from_revision: int
    to_revision: int
    reset: bool = False
    floors: dict[str, int] = msgspec.field(default_factory=dict)
    entries: list[Entry] = msgspec.field(default_factory=list)
    strides: dict[str, int] = msgspec.field(default_factory=dict)
    dropped: int = 0

    @property
    def head(self) -> Cursor:
        """The cursor of a reader that has applied this delta."""
        return Cursor(self.epoch, self.to_revision)

    @property
    def has_changes(self) -> bool:
        """Whether it moves the cursor or clears the reader's copy."""
        return self.reset or self.to_revision > self.from_revision


@dataclass(frozen=True, slots=True)
class Bounds:
    """The maximum contents of a keyspace. None means that a bound does not apply.

    Beyond a bound, the lowest revision is evicted first: of the lane (`per_lane`), of the keyspace
    (`max_keys`), or the whole lane whose newest entry is the oldest (`max_lanes`).
    With `thins`, a lane beyond `per_lane` is a course: every second entry is removed instead; see `stores.thinning`.
    `ttl_s` is the age in seconds at which an entry is removed.
    """

    max_keys: int | None = None
    per_lane: int | None = None
    max_lanes: int | None = None
    ttl_s: float | None = None
    thins: bool = False


# (previous value or None, event) -> value to store, IGNORE or REMOVE
Decide = Callable[[Any, Any], Any]


class Write(msgspec.Struct, gc=False):  # three times as fast to make as a data class
    """One event's change to its keyspace.

    `key` is None if each event is an entry of its own; its key is then its revision, or its number in a course.
    `value` is JSON text, None to remove the entry. A policy that reads the previous value gets `event`
    instead. Writes with the same `producer` and `seq` are applied once; seq 0 is not deduplicated.
    `index` is the event's position in its message. `failure` is set when the write is applied: the reason for
    which its policy failed, or None.
    """

    key: str | None
    lane: str = ""
    value: str | None = None
    event: Any = None
    producer: str = ""
    seq: int = 0
    index: int = 0
    failure: str | None = None


@dataclass(slots=True)
class Batch:
    """The writes of one tick to one keyspace, in order.

    With `head`, they are applied only if it is still the head of the keyspace; such a batch is alone in its call.
    """

    keyspace: str
    bounds: Bounds
    writes: list[Write]
    decide: Decide | None = None
    max_value_bytes: int | None = None
    head: Cursor | None = None


class Limits(NamedTuple):
    """How much of the history of a keyspace is stored."""

    removals: int = 1000  # and as many floors; older cursors are reset
    producers: int = 10_000  # of which the newest seq is known


LIMITS: Final = Limits()


class KeyspaceStats(NamedTuple):
    """Statistics of a keyspace.

    `size_bytes` is the size of its values as JSON. `evicted` counts evictions since the first write, also
    across `clear`. `changed_at` is the time of its newest change, in seconds since 1970, and `changed_by` the
    producer of that change: "" if it was made through the cache API, or was a removal, a `clear` or an expiry.
    """

    entries: int
    lanes: int
    size_bytes: int
    evicted: int
    changed_at: float | None
    changed_by: str


class Page(NamedTuple):
    """Some of the entries that were found, newest first, and how many were found in total."""

    entries: list[Entry]
    found: int


class Stored(NamedTuple):
    """An entry with its expiry. `expires_at` is in seconds since 1970, None for never."""

    key: str
    lane: str
    revision: int
    at: float
    expires_at: float | None
    value: str


def entry_text(entry: Entry | Stored) -> str:
    """Encode one entry as `[key, lane, revision, at, value]`; the value is copied unchanged from the store."""
    key, lane = _encode(entry.key).decode(), _encode(entry.lane).decode()
    value = "null" if entry.value is None else entry.value
    return f"[{key},{lane},{entry.revision},{entry.at:.3f},{value}]"


class KeyspaceCopy(NamedTuple):
    """A copy of a keyspace: its entries by ascending revision, and the newest seq of each producer."""

    keyspace: str
    head: Cursor
    entries: list[Stored]
    seqs: dict[str, int]
