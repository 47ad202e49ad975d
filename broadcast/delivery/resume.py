"""Browsers that come back with a cursor: one reading for all who ask at once, however their cursors differ.

A cursor is whatever a stranger makes up, so none may cost a reading of its own. All that ask while one is
at work are answered by the next: it reads from the lowest of their cursors, and each is told what lies
after its own. Who has another epoch or a revision that is yet to come, or lacks a keyspace, is told that
all must be sent, which is read and encoded once for everybody.
"""

import asyncio
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from broadcast.delivery.updates import Section, Update, entry_text, section_with, update_of
from broadcast.stores.base import MAX_REMOVALS, StickyCache
from broadcast.types import NEVER_WRITTEN, Cursor, Cursors, Delta

# Changes of a keyspace after which removals and floors are surely remembered. Who is further behind is read
# for apart: such a reading may find that it must start over, which is not to befall the others.
NEAR = MAX_REMOVALS

Names = tuple[str, ...]
Place = frozenset[tuple[str, Cursor]]


class Returning:
    """Answers replays that go on from a place."""

    def __init__(self, store: StickyCache) -> None:
        self._store = store
        self._running: dict[Names, asyncio.Task[_Told]] = {}
        self._coming: dict[Names, _Round] = {}

    async def since(self, names: Names, place: Cursors) -> Update | None:
        """Return the replay of what these keyspaces have after a place; None where all must be sent.

        Raises:
            StoreError: it cannot be read now.
        """
        coming = self._coming.get(names)
        if coming is None:
            coming = self._coming[names] = _Round()
            coming.task = asyncio.create_task(self._answer(names, coming, self._running.get(names)))
        coming.places[frozenset(place.items())] = place
        # Who asked may go; the others still wait for the answer.
        told = await asyncio.shield(coming.task)
        return told.update_for(place)

    async def _answer(self, names: Names, asked: "_Round", running: "asyncio.Task[_Told] | None") -> "_Told":
        if running is not None:
            await asyncio.wait([running])
        self._running[names] = self._coming.pop(names).task
        try:
            return await self._read(names, asked.places.values())
        finally:
            if self._running[names] is asyncio.current_task():
                del self._running[names]

    async def _read(self, names: Names, places: Iterable[Cursors]) -> "_Told":
        known = await self._store.aheads()
        heads = {name: known.get(name, NEVER_WRITTEN) for name in names}
        behind = [(place, how_far_behind(place, heads)) for place in places]
        told = _Told()
        for group in (
            [place for place, changes in behind if changes is not None and changes <= NEAR],
            [place for place, changes in behind if changes is not None and changes > NEAR],
        ):
            if group:
                told.add(group, await self._store.asince(lowest(group, heads)))
        return told


@dataclass
class _Round:
    """Those who are to be answered by one reading."""

    places: dict[Place, Cursors] = field(default_factory=dict)
    task: "asyncio.Task[_Told]" = field(init=False)


class _Told:
    """What a round's readings found, and for whom."""

    def __init__(self) -> None:
        self._parts: dict[Place, list[_Part]] = {}
        self._updates: dict[Place, Update] = {}

    def add(self, places: Iterable[Cursors], deltas: Mapping[str, Delta]) -> None:
        parts = [_Part(delta) for delta in deltas.values()]
        for place in places:
            self._parts[frozenset(place.items())] = parts

    def update_for(self, place: Cursors) -> Update | None:
        key = frozenset(place.items())
        if key not in self._parts:
            return None
        if key not in self._updates:
            sections = [part.after(place.get(part.delta.keyspace, NEVER_WRITTEN)) for part in self._parts[key]]
            self._updates[key] = update_of([section for section in sections if section], caught_up=True)
        return self._updates[key]


class _Part:
    """One keyspace's delta, of which a browser that had some of it is sent the rest."""

    def __init__(self, delta: Delta) -> None:
        self.delta = delta
        self._texts = [entry_text(entry) for entry in delta.entries]
        self._revisions = [entry.revision for entry in delta.entries]

    def after(self, cursor: Cursor) -> Section | None:
        """Return the section for a browser at a cursor; None where it has all of it.

        The floors are those that were raised after the lowest cursor: of an older one it is as true
        that all at or below it is gone.
        """
        delta = self.delta
        if delta.reset:
            return section_with(delta, 0, self._texts)
        if cursor == delta.head:
            return None
        first = bisect_right(self._revisions, cursor.revision)
        return section_with(delta, cursor.revision, self._texts[first:])


def how_far_behind(place: Cursors, heads: Cursors) -> int | None:
    """Return by how many changes a place is behind, in the keyspace where it is most; None where nobody can tell."""
    most = 0
    for name, head in heads.items():
        cursor = place.get(name, NEVER_WRITTEN)
        if cursor.epoch != head.epoch or cursor.revision > head.revision:
            return None
        most = max(most, head.revision - cursor.revision)
    return most


def lowest(places: Iterable[Cursors], heads: Cursors) -> dict[str, Cursor]:
    """Return the place from which all that these lack can be read; each of them is in the heads' epochs."""
    return {
        name: Cursor(head.epoch, min(place.get(name, NEVER_WRITTEN).revision for place in places))
        for name, head in heads.items()
    }
