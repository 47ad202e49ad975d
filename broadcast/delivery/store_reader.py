"""The store's state after a position, as one update: read and encoded once for all callers that ask at the same time.

Encoded keyspaces are cached until they change, and answers until the store commits anything.
"""

from collections.abc import Awaitable, Callable, Hashable, Sequence

from broadcast.delivery.concurrency import SingleFlight
from broadcast.delivery.resume import ResumeReader
from broadcast.delivery.updates import Section, Update, section_of, update_of
from broadcast.stores.base import StickyCache
from broadcast.types import Cursor, Cursors

_Question = tuple[tuple[str, ...], frozenset[tuple[str, Cursor]], bool]  # keyspaces, position, is_replay


class StoreReader:
    """Answers `since(position)` for browsers, pages and HTTP clients.

    Args:
        sweep: removes expired entries; called before each replay.
    """

    def __init__(self, store: StickyCache, sweep: Callable[[], Awaitable[None]]) -> None:
        self._store, self._sweep = store, sweep
        self._resume_reader = ResumeReader(store)
        self._reads = SingleFlight[_Question, None, Update](self._answer)
        self._answers: dict[_Question, tuple[Hashable, Update]] = {}  # of whole boards, each valid for one stamp
        self._sections: dict[str, Section] = {}  # each a whole keyspace
        self._updates: dict[tuple[tuple[str, ...], bool], tuple[list[Section], Update]] = {}  # each a whole board

    async def since(self, names: Sequence[str], position: Cursors, *, is_replay: bool = False) -> Update:
        """Return what these keyspaces contain after a position, as one consistent cut.

        An empty position returns everything. A replay has the caught-up marker, and expired entries are swept first.

        Raises:
            StoreError: the store cannot be read.
        """
        if is_replay:
            await self._sweep()
            rest = await self._resume_reader.since(tuple(names), position) if position else None
            return await self._shared((tuple(names), frozenset(), True)) if rest is None else rest
        return await self._shared((tuple(names), frozenset(position.items()), False))

    async def _shared(self, question: _Question) -> Update:
        known = self._answers.get(question)
        if known is not None and known[0] == self._store.stamp():
            return known[1]
        return await self._reads.join(question, None)

    async def _answer(self, question: _Question, _: Sequence[None]) -> Update:
        # Before the read: a commit during the read makes the cached answer invalid.
        stamp = self._store.stamp()
        update = await self._read(*question)
        self._answers.pop(question, None)
        if stamp is not None and not question[1]:  # whole boards only, because clients choose their cursors
            self._answers[question] = (stamp, update)
        return update

    async def _read(self, names: tuple[str, ...], position: frozenset[tuple[str, Cursor]], is_replay: bool) -> Update:
        if not position:
            return await self._read_whole(names, is_replay)
        cursors = dict(position)
        deltas = await self._store.asince({name: cursors.get(name) for name in names})
        return update_of([section_of(delta) for delta in deltas.values() if delta.has_changes], is_replay)

    async def _read_whole(self, names: tuple[str, ...], is_replay: bool) -> Update:
        # Copied before the read: a read for another board may store newer sections meanwhile.
        cached = {name: self._sections[name] for name in names if name in self._sections}
        heads = {name: section.span.head for name, section in cached.items()}
        deltas = await self._store.asince(dict.fromkeys(names), unless=heads)
        read = {name: section_of(delta) for name, delta in deltas.items()}
        self._sections.update(read)
        sections = [read.get(name) or cached[name] for name in names]
        known_sections, update = self._updates.get((names, is_replay), (None, None))
        if update is None or known_sections != sections:
            update = update_of(sections, is_replay)
            self._updates[names, is_replay] = (sections, update)
        return update
