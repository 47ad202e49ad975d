"""The nouns that everything else speaks: cursor, entry, write, batch, delta.

Plain data without behaviour beyond reading and writing themselves; no Django, no I/O.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Cursor(NamedTuple):
    """How far a reader has got in one keyspace: its history's name, and the last revision seen."""

    epoch: str
    revision: int


# A keyspace that was never written has this head; it differs from every real epoch.
NEVER_WRITTEN: Final = Cursor("", 0)

Cursors = Mapping[str, Cursor]


def is_evicted(lane: str, revision: int, floors: Mapping[str, int]) -> bool:
    """Return whether an entry is at or below the floor of its lane, or that of the whole keyspace (lane "")."""
    return revision <= max(floors.get("", 0), floors.get(lane, 0))


def put_last(entries: dict[K, V], key: K, entry: V) -> None:
    """Store the last value of a key at the end, so that the order is that of each key's last change."""
    entries.pop(key, None)
    entries[key] = entry


class Entry(NamedTuple):
    """One key of a keyspace as it stands, or its removal.

    `at` is in seconds since 1970 on the server's clock; `value` is JSON text, None for a removal.
    """

    key: str
    lane: str
    revision: int
    at: float
    value: str | None

    def is_evicted(self, floors: Mapping[str, int]) -> bool:
        """Return whether a bound evicted the entry. A removal stays: a reader may have what it removes."""
        return self.value is not None and is_evicted(self.lane, self.revision, floors)


@dataclass(slots=True)
class Delta:
    """Everything in a keyspace after a cursor.

    With `reset` the reader must empty its copy first, and `entries` are all there is.
    Without, every entry's revision lies in (`from_revision`, `to_revision`], and of each lane in
    `floors` everything at or below that revision is gone (lane "": of the whole keyspace).
    `entries` are in ascending order of revision.
    """

    keyspace: str
    epoch: str
    from_revision: int
    to_revision: int
    reset: bool = False
    floors: dict[str, int] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)

    @property
    def head(self) -> Cursor:
        """Where a reader stands who has applied this delta."""
        return Cursor(self.epoch, self.to_revision)

    @property
    def is_news(self) -> bool:
        """Whether a reader must be told: it moves the cursor or starts the copy over."""
        return self.reset or self.to_revision > self.from_revision


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a keyspace holds at most; None means that this bound does not apply.

    Beyond a bound the lowest revision goes first: of the lane (`per_lane`), of the keyspace
    (`max_keys`), or the whole lane whose newest entry is the oldest (`max_lanes`).
    `ttl_s` is the age in seconds at which an entry is removed.
    """

    max_keys: int | None = None
    per_lane: int | None = None
    max_lanes: int | None = None
    ttl_s: float | None = None


# (value kept before or None, event) -> value to keep, IGNORE or REMOVE
Decide = Callable[[Any, Any], Any]


class Write(NamedTuple):
    """What one event asks of its keyspace.

    `key` is None where each event is an entry of its own: the store names it by its revision.
    `value` is JSON text, None to remove the entry; `event` is what a policy that looks at the
    previous value is given instead. Writes of one `producer` with one `seq` are applied once,
    however often they are sent; seq 0 is not remembered.
    """

    key: str | None
    lane: str = ""
    value: str | None = None
    event: Any = None
    producer: str = ""
    seq: int = 0


@dataclass(slots=True)
class Batch:
    """All that one tick writes to one keyspace, in order."""

    keyspace: str
    bounds: Bounds
    writes: list[Write]
    decide: Decide | None = None
    max_value_bytes: int | None = None


@dataclass(slots=True)
class Applied:
    """What became of a batch: the change for browsers, and why single writes failed, by index."""

    delta: Delta
    failed: dict[int, str] = field(default_factory=dict)


class Holding(NamedTuple):
    """What a keyspace holds, in numbers.

    `size_bytes` counts the JSON of its values; `evicted` the entries that a bound took since it was
    first written, whatever was cleared meanwhile. `changed_at`, in seconds since 1970, is when its
    newest change was applied, and `changed_by` who sent that (`Write.producer`): "" for what was
    removed, cleared or set by hand, and for what expired.
    """

    entries: int
    lanes: int
    size_bytes: int
    evicted: int
    changed_at: float | None
    changed_by: str


class Page(NamedTuple):
    """Some of the entries that were found, newest first, and how many were found in all."""

    entries: list[Entry]
    found: int


class Stored(NamedTuple):
    """An entry as it lies in the store; `expires_at` is in seconds since 1970, None for never."""

    key: str
    lane: str
    revision: int
    at: float
    expires_at: float | None
    value: str


class KeyspaceCopy(NamedTuple):
    """All of a keyspace that must outlive its store: entries by ascending revision, and each producer's newest seq."""

    keyspace: str
    head: Cursor
    entries: list[Stored]
    seqs: dict[str, int]
