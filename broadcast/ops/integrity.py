"""Invariants of every store, checked through the interface that all stores share."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec

from broadcast.conf import event_types
from broadcast.errors import StoreUnusable
from broadcast.stores.base import StickyCache
from broadcast.types import Bounds, Cursor, Delta, Entry

ENTRIES_AT_ONCE = 1000

_decode = msgspec.json.Decoder().decode


def broken_invariants(store: StickyCache, names: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each broken invariant of these keyspaces.

    Raises:
        StoreError: the store cannot be read.
    """
    for name in names:
        problems = list(_of_values(store, name))
        if not problems:  # otherwise it cannot be read the way browsers are sent it
            delta = store.since({name: None})[name]
            problems = [*_of_delta(delta), *_of_bounds(name, delta.entries), *_of_counts(store, delta)]
        yield from (f"keyspace {name} {problem}" for problem in problems)


def _of_delta(delta: Delta) -> Iterator[str]:
    revisions = [entry.revision for entry in delta.entries]
    if not delta.reset:
        yield "answers a reader without a cursor with a delta that is not marked as reset"
    if revisions != sorted(set(revisions)):
        yield "has entries that are not in order of revision"
    if revisions and not 0 < revisions[0] <= revisions[-1] <= delta.to_revision:
        yield f"is at revision {delta.to_revision}, but has entries from {revisions[0]} to {revisions[-1]}"
    if delta.entries and not delta.epoch:
        yield "has entries, but no epoch"
    twice = [key for key, count in Counter(entry.key for entry in delta.entries).items() if count > 1]
    if twice:
        yield f'has entry "{twice[0]}" more than once'


def _of_values(store: StickyCache, name: str) -> Iterator[str]:
    skip = 0
    try:
        while entries := store.page(name, skip=skip, limit=ENTRIES_AT_ONCE).entries:
            skip += len(entries)
            for entry in entries:
                try:
                    _decode(entry.value or "")
                except msgspec.DecodeError as exc:
                    yield f'has entry "{entry.key}" with a value that is not JSON: {exc}'
    except StoreUnusable as exc:
        yield f"cannot be read: {exc.reason}"


def _of_bounds(name: str, entries: Sequence[Entry]) -> Iterator[str]:
    kind = event_types().get(name)
    bounds = kind.policy.bounds if kind else Bounds()
    lanes = Counter(entry.lane for entry in entries)
    fullest = max(lanes.values(), default=0)
    for bound, found in (("max_keys", len(entries)), ("per_lane", fullest), ("max_lanes", len(lanes))):
        allowed = getattr(bounds, bound)
        if allowed is not None and found > allowed:
            yield f"holds {found}, but {bound} is {allowed}; remove them: manage.py clear_sticky {name}"


def _of_counts(store: StickyCache, delta: Delta) -> Iterator[str]:
    """Compare the counts of the store with its entries, unless it has changed meanwhile."""
    stats, after = store.stats().get(delta.keyspace), store.since({delta.keyspace: None})[delta.keyspace]
    if stats is None or store.heads().get(delta.keyspace) != delta.head or after.entries != delta.entries:
        return
    size_bytes = sum(len((entry.value or "").encode()) for entry in delta.entries)
    lanes = len({entry.lane for entry in delta.entries})
    if stats[:3] != (len(delta.entries), lanes, size_bytes):
        yield f"counts {stats[:3]} entries, lanes and bytes, but has {(len(delta.entries), lanes, size_bytes)}"
    if store.since({delta.keyspace: Cursor(delta.epoch, delta.to_revision)})[delta.keyspace].has_changes:
        yield "returns changes to a reader whose cursor is at the head"
    entry = delta.entries[-1] if delta.entries else None
    if entry is not None and (found := store.read(delta.keyspace, entry.key)) is not None and found[0] != entry.value:
        yield f'has entry "{entry.key}", but returns another value for its key'
