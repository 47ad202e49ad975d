"""What the store has after a cursor, as one update: read and encoded once for all who ask at once.

A read serves those who asked before it began: who asks while one runs may already have been passed
over by an update that it does not have. So there is one read at work and one to come for each place,
however many browsers come back together. Whole keyspaces are kept encoded until they change, and while
the store says that nothing at all was committed, what was answered is answered again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence

from broadcast.delivery.resume import Returning
from broadcast.delivery.updates import Section, Update, section_of, update_of
from broadcast.stores.base import StickyCache
from broadcast.types import Cursor, Cursors

_Question = tuple[tuple[str, ...], frozenset[tuple[str, Cursor]], bool]


class Reader:
    """Answers `since(place)` for browsers, pages and whoever fetches a board's state.

    Args:
        sweep: removes what has expired; called before each replay.
    """

    def __init__(self, store: StickyCache, sweep: Callable[[], Awaitable[None]]) -> None:
        self._store, self._sweep = store, sweep
        self._returning = Returning(store)
        self._running: dict[_Question, asyncio.Task[Update]] = {}
        self._coming: dict[_Question, asyncio.Task[Update]] = {}
        self._answers: dict[_Question, tuple[Hashable, Update]] = {}  # of whole boards, each good for one stamp
        self._sections: dict[str, Section] = {}  # each a whole keyspace
        self._updates: dict[tuple[tuple[str, ...], bool], tuple[list[Section], Update]] = {}  # each a whole board

    async def since(self, names: Sequence[str], place: Cursors, *, is_replay: bool = False) -> Update:
        """Return what these keyspaces have after a place, all at one instant; with no place, all they have.

        A replay bears the caught-up marker, and the expired are swept before it.

        Raises:
            StoreError: it cannot be read now.
        """
        if is_replay:
            await self._sweep()
            rest = await self._returning.since(tuple(names), place) if place else None
            return await self._shared((tuple(names), frozenset(), True)) if rest is None else rest
        return await self._shared((tuple(names), frozenset(place.items()), False))

    async def _shared(self, question: _Question) -> Update:
        known = self._answers.get(question)
        if known is not None and known[0] == self._store.stamp():
            return known[1]
        coming = self._coming.get(question)
        if coming is None:
            coming = self._coming[question] = asyncio.create_task(self._answer(question, self._running.get(question)))
        # Who asked may go; the others still wait for the answer.
        return await asyncio.shield(coming)

    async def _answer(self, question: _Question, running: "asyncio.Task[Update] | None") -> Update:
        if running is not None:
            await asyncio.wait([running])
        self._running[question] = self._coming.pop(question)
        # Asked before the read: what is committed meanwhile makes the answer one that is read again.
        stamp = self._store.stamp()
        try:
            update = await self._read(*question)
        finally:
            if self._running[question] is asyncio.current_task():
                del self._running[question]
        self._remember(question, stamp, update)
        return update

    def _remember(self, question: _Question, stamp: Hashable | None, update: Update) -> None:
        self._answers.pop(question, None)
        if stamp is not None and not question[1]:  # whole boards only: cursors are whatever a stranger makes up
            self._answers[question] = (stamp, update)

    async def _read(self, names: tuple[str, ...], place: frozenset[tuple[str, Cursor]], is_replay: bool) -> Update:
        if not place:
            return await self._read_whole(names, is_replay)
        cursors = dict(place)
        deltas = await self._store.asince({name: cursors.get(name) for name in names})
        return update_of([section_of(delta) for delta in deltas.values() if delta.is_news], is_replay)

    async def _read_whole(self, names: tuple[str, ...], is_replay: bool) -> Update:
        # Taken before the read: another board's may put newer sections there meanwhile.
        kept = {name: self._sections[name] for name in names if name in self._sections}
        heads = {name: section.span.head for name, section in kept.items()}
        deltas = await self._store.asince(dict.fromkeys(names), unless=heads)
        read = {name: section_of(delta) for name, delta in deltas.items()}
        self._sections.update(read)
        sections = [read.get(name) or kept[name] for name in names]
        known_sections, update = self._updates.get((names, is_replay), (None, None))
        if update is None or known_sections != sections:
            update = update_of(sections, is_replay)
            self._updates[names, is_replay] = (sections, update)
        return update
