"""A copy of one keyspace, which answers a cursor as the store does. Sans-I/O.

It has the entries, and of the history the newest removals, floors and strides. A cursor is answered with what came
after it, or with the complete contents if that is unknown. All of these are in the order of their revisions, so an
answer costs what it contains.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile
from typing import NamedTuple
from zlib import crc32

from broadcast.delivery.updates import Section, section_with
from broadcast.types import NEVER_WRITTEN, Cursor, Delta, Entry, entry_text, is_thinned, put_last


class _Item(NamedTuple):
    """An entry or removal as text, or the floor or stride of a lane; `revision` is that of the change."""

    lane: str
    revision: int
    content: str | int


_Items = dict[str, _Item]  # in ascending order of revision


def _newer(items: _Items, revision: int) -> list[_Item]:
    """Return the items above a revision, in ascending order."""
    found = list(takewhile(lambda item: item.revision > revision, reversed(items.values())))
    found.reverse()
    return found


def _numbers_after(items: _Items, revision: int) -> dict[str, int]:
    return {item.lane: int(item.content) for item in _newer(items, revision)} if items else {}


class Copy:
    """The copy of one keyspace.

    Args:
        max_removals: how many removals, floors and strides are remembered, of each kind; older cursors are reset.
    """

    def __init__(self, name: str, max_removals: int) -> None:
        self.name, self.head, self._max_removals = name, NEVER_WRITTEN, max_removals
        self.horizon = 0  # what came after an older revision is unknown
        self._entries: _Items = {}
        self._removals: _Items = {}
        self._floors: _Items = {}
        self._strides: _Items = {}
        self._lanes: dict[str, dict[str, None]] = {}  # the keys of each lane but "", in the same order
        self._dropped = 0  # see `Delta`
        self._whole: Section | None = None
        self._digest: str | None = None

    @property
    def size(self) -> int:
        return len(self._entries)

    def has(self, epoch: str, revision: int) -> bool:
        """Return whether a commit is in this copy."""
        return epoch == self.head.epoch and revision <= self.head.revision

    def is_continued_by(self, delta: Delta) -> bool:
        """Return whether a delta begins at the head, or before it."""
        if delta.reset:  # the first write of a keyspace
            return self.head == NEVER_WRITTEN
        return self.has(delta.epoch, delta.from_revision)

    def apply(self, delta: Delta) -> None:
        """Apply a delta that begins at the head or before it, or that is marked as reset."""
        if delta.reset:
            for items in (self._entries, self._removals, self._floors, self._strides, self._lanes):
                items.clear()
            self.horizon = delta.to_revision
        else:
            # What changed since then is in the delta, so a delta from before the head overwrites it.
            self.horizon = min(self.horizon, delta.from_revision)
        if delta.floors or delta.strides:
            self._evict(delta.floors, delta.to_revision)
            self._thin(delta.strides, delta.to_revision)
        for entry in delta.entries:
            self._put(entry)
        for items in (self._removals, self._floors, self._strides):
            if len(items) > self._max_removals:
                self._forget_oldest(items)
        self.head, self._dropped, self._whole, self._digest = delta.head, delta.dropped, None, None

    def known(self, cursor: Cursor | None) -> Cursor | None:
        """Return a cursor; None if what came after it is unknown, so that its answer is the complete contents."""
        epoch, revision = self.head
        is_known = cursor is not None and cursor.epoch == epoch and self.horizon <= cursor.revision <= revision
        return cursor if is_known else None

    def after(self, cursor: Cursor | None) -> Section | None:
        """Return the section after a cursor that `known` has returned; None if there is nothing after it."""
        if cursor == self.head:
            return None
        epoch, revision = self.head
        if cursor is None:
            if self._whole is None:
                whole = Delta(self.name, epoch, 0, revision, reset=True, dropped=self._dropped)
                self._whole = section_with(whole, (str(item.content) for item in self._entries.values()))
            return self._whole
        floors, strides = _numbers_after(self._floors, cursor.revision), _numbers_after(self._strides, cursor.revision)
        delta = Delta(self.name, epoch, cursor.revision, revision, False, floors, [], strides, self._dropped)
        return section_with(delta, self._texts_after(cursor.revision))

    def digest(self) -> str:
        """Return the digest of the entries at the head, by which a client verifies its own copy."""
        if self._digest is None:
            total = sum([crc32(key.encode(), item.revision) for key, item in self._entries.items()])
            self._digest = f"{total & 0xFFFFFFFF:08x}"
        return self._digest

    def _texts_after(self, revision: int) -> list[str]:
        changed = _newer(self._entries, revision)
        if self._removals and (removed := _newer(self._removals, revision)):
            changed = sorted(changed + removed, key=lambda item: item.revision)
        return [str(item.content) for item in changed]

    def _put(self, entry: Entry) -> None:
        self._remove(entry.key)
        self._removals.pop(entry.key, None)
        item = _Item(entry.lane, entry.revision, entry_text(entry))
        if entry.value is None:
            self._removals[entry.key] = item
            return
        self._entries[entry.key] = item
        if entry.lane:
            self._lanes.setdefault(entry.lane, {})[entry.key] = None

    def _remove(self, key: str) -> None:
        item = self._entries.pop(key, None)
        if item is not None and item.lane:
            keys = self._lanes[item.lane]
            del keys[key]
            if not keys:
                del self._lanes[item.lane]

    def _evict(self, floors: Mapping[str, int], raised_by: int) -> None:
        for lane, floor in floors.items():
            put_last(self._floors, lane, _Item(lane, raised_by, floor))
            for key in list(takewhile(self._is_at_most(floor), self._keys_of(lane))):
                self._remove(key)

    def _thin(self, strides: Mapping[str, int], raised_by: int) -> None:
        for lane, stride in strides.items():
            put_last(self._strides, lane, _Item(lane, raised_by, stride))
            for key in list(self._keys_of(lane)):
                if is_thinned(key, self._entries[key].lane, strides):
                    self._remove(key)

    def _is_at_most(self, revision: int) -> Callable[[str], bool]:
        return lambda key: self._entries[key].revision <= revision

    def _keys_of(self, lane: str) -> Iterable[str]:
        """Return the keys of a lane by ascending revision; lane "" is the whole keyspace."""
        return self._lanes.get(lane, {}) if lane else self._entries

    def _forget_oldest(self, items: _Items) -> None:
        for key in list(items)[: len(items) - self._max_removals]:
            self.horizon = max(self.horizon, items.pop(key).revision)
