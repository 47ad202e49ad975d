"""Browsers that reconnect with a cursor: one read for all that arrive together, however their cursors differ.

Clients choose their cursors, so a cursor must not cost a read of its own. One read starts at the lowest cursor, and
each browser is sent the part after its own. A browser with another epoch, an unknown revision or a missing keyspace
gets the whole board, which is read and encoded once for all.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from broadcast.delivery.concurrency import SingleFlight
from broadcast.delivery.updates import Section, Update, entry_text, section_with, update_of
from broadcast.stores.base import MAX_REMOVALS, StickyCache
from broadcast.types import NEVER_WRITTEN, Cursor, Cursors, Delta

# The store certainly remembers removals and floors of so many changes. Browsers that are further behind have a read
# of their own, because its answer may be a reset, which the others must not get.
NEAR = MAX_REMOVALS

Names = tuple[str, ...]
Position = frozenset[tuple[str, Cursor]]


class ResumeReader:
    """Answers replays that start at a position."""

    def __init__(self, store: StickyCache) -> None:
        self._store = store
        self._reads = SingleFlight[Names, Cursors, _Answers](self._read)

    async def since(self, names: Names, position: Cursors) -> Update | None:
        """Return the replay of these keyspaces after a position; None if the whole board must be sent.

        Raises:
            StoreError: the store cannot be read.
        """
        answers = await self._reads.join(names, position)
        return answers.update_for(position)

    async def _read(self, names: Names, requested: Sequence[Cursors]) -> "_Answers":
        known = await self._store.aheads()
        heads = {name: known.get(name, NEVER_WRITTEN) for name in names}
        positions = {frozenset(position.items()): position for position in requested}.values()
        behind = [(position, how_far_behind(position, heads)) for position in positions]
        answers = _Answers()
        for group in (
            [position for position, changes in behind if changes is not None and changes <= NEAR],
            [position for position, changes in behind if changes is not None and changes > NEAR],
        ):
            if group:
                answers.add(group, await self._store.asince(lowest(group, heads)))
        return answers


class _Answers:
    """The deltas of one round of reads, and the positions that each one answers."""

    def __init__(self) -> None:
        self._parts: dict[Position, list[_Part]] = {}
        self._updates: dict[Position, Update] = {}

    def add(self, positions: Iterable[Cursors], deltas: Mapping[str, Delta]) -> None:
        parts = [_Part(delta) for delta in deltas.values()]
        for position in positions:
            self._parts[frozenset(position.items())] = parts

    def update_for(self, position: Cursors) -> Update | None:
        key = frozenset(position.items())
        if key not in self._parts:
            return None
        if key not in self._updates:
            sections = [part.after(position.get(part.delta.keyspace, NEVER_WRITTEN)) for part in self._parts[key]]
            self._updates[key] = update_of([section for section in sections if section], caught_up=True)
        return self._updates[key]


class _Part:
    """One keyspace's delta, whose entries are encoded once for all positions."""

    def __init__(self, delta: Delta) -> None:
        self.delta = delta
        self._texts = [entry_text(entry) for entry in delta.entries]
        self._revisions = [entry.revision for entry in delta.entries]

    def after(self, cursor: Cursor) -> Section | None:
        """Return the section after a cursor; None if there is nothing after it.

        It includes the floors that were raised after the lowest cursor. They hold for every later cursor too.
        """
        delta = self.delta
        if delta.reset:
            return section_with(delta, 0, self._texts)
        if cursor == delta.head:
            return None
        first = bisect_right(self._revisions, cursor.revision)
        return section_with(delta, cursor.revision, self._texts[first:])


def how_far_behind(position: Cursors, heads: Cursors) -> int | None:
    """Return the number of changes after a position in the keyspace with the most; None if it is unknown."""
    most = 0
    for name, head in heads.items():
        cursor = position.get(name, NEVER_WRITTEN)
        if cursor.epoch != head.epoch or cursor.revision > head.revision:
            return None
        most = max(most, head.revision - cursor.revision)
    return most


def lowest(positions: Sequence[Cursors], heads: Cursors) -> dict[str, Cursor]:
    """Return the lowest cursor of each keyspace; all positions must be in the epochs of the heads."""
    return {
        name: Cursor(head.epoch, min(position.get(name, NEVER_WRITTEN).revision for position in positions))
        for name, head in heads.items()
    }
