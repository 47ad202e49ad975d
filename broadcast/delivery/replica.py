"""A process's copy of one board, which answers `since(position)` for every browser, page and HTTP client. Sans-I/O.

    own commits, updates of other processes ──► put ──┐
    the store, read after a gap ──────────────► load ─┴──► since(position)

Updates apply in the order of their commits. One that leaves a gap waits for the missing one. How long is up to the
caller, which then reads the store; see `fanout`. An update applies to all of its keyspaces at once or to none.
"""

from collections.abc import Hashable, Iterable, Sequence
from typing import Final, NamedTuple

from broadcast.delivery.keyspace_copy import Copy
from broadcast.delivery.updates import Update, size_of, update_of
from broadcast.types import LIMITS, NEVER_WRITTEN, Cursors, Delta

MAX_EARLY_BYTES: Final = 4 * 1024 * 1024
MAX_DIGESTED: Final = 20_000  # entries per heartbeat, in about 3 ms
# Of encoded answers, besides the newest one, because clients choose their cursors.
MAX_ANSWERS: Final = 1000
MAX_ANSWER_BYTES: Final = 4 * 1024 * 1024


class _Early(NamedTuple):
    """An update that leaves a gap, and when it arrived."""

    deltas: list[Delta]
    size_bytes: int
    arrived: float


class Replica:
    """The copies of a board's keyspaces.

    Args:
        max_early: maximum number of updates that wait for a missing one.
        max_removals: see `Copy`.
        max_digested: the number of entries after which `digests` stops.

    Attributes:
        heads: the position of a browser that has everything. It is replaced by each change, never changed, so that
            browsers that are at the same position share one object, and their next update is encoded once.
        is_loaded: whether the store has been read.
    """

    def __init__(
        self,
        names: Iterable[str],
        max_early: int,
        max_removals: int = LIMITS.removals,
        max_digested: int = MAX_DIGESTED,
    ) -> None:
        self.names = tuple(names)
        self._copies = {name: Copy(name, max_removals) for name in self.names}
        self._max_early, self._max_digested = max_early, max_digested
        self.heads: Cursors = {}
        self.is_loaded = False
        self._asked: Cursors = {}  # the heads at the beginning of the current read
        self._early: list[_Early] = []
        self._is_update_lost = False
        self._by_identity: dict[int, tuple[Cursors, Update]] = {}
        self._by_value: dict[Hashable, Update] = {}
        self._answer_bytes = 0
        self._next_digest = 0  # index of a name

    # updates

    def put(self, deltas: Sequence[Delta], now: float, text: str = "") -> None:
        """Apply what one tick changed, as soon as it continues the copies.

        Args:
            text: the update of these deltas, if it is known; browsers at the heads before it are sent it.
        """
        mine = [delta for delta in deltas if delta.keyspace in self._copies and delta.has_changes]
        before = self.heads
        if mine and not self._apply(mine):
            size_bytes = sum(len(entry.value or "") for delta in mine for entry in delta.entries)
            self._early.append(_Early(mine, size_bytes, now))
            if len(self._early) > self._max_early or sum(each.size_bytes for each in self._early) > MAX_EARLY_BYTES:
                self._forget_early()
                self._is_update_lost = True
        else:
            # A scene displays a part of the update; a delta from before the heads would repeat entries.
            if text and self.heads is not before and len(mine) == len(deltas) and _begins_at(before, mine):
                update = Update(text, {delta.keyspace: delta.head for delta in mine}, size_of(text))
                self._by_identity[id(before)] = (before, update)
            self._apply_early()

    def miss(self, heads: Cursors | None) -> None:
        """Note the heads after a commit whose changes were not sent; None if any keyspace may have changed."""
        if heads is None:
            self._is_update_lost = True
            return
        known = ((self._copies.get(name), head) for name, head in heads.items())
        self._is_update_lost |= any(copy and not copy.has(*head) for copy, head in known)

    @property
    def gap_since(self) -> float | None:
        """When the oldest update arrived that leaves a gap; None if there is none."""
        if self._is_update_lost:
            return float("-inf")
        return self._early[0].arrived if self._early else None

    # the store

    def begin_read(self) -> Cursors:
        """Return the cursors after which the store is to be read. It has what waits here, so that is forgotten."""
        self._forget_early()
        self._asked = self.heads
        return self.heads

    def load(self, deltas: Iterable[Delta]) -> None:
        """Apply what was read. The first time, this is the contents of every keyspace."""
        for delta in deltas:
            copy = self._copies[delta.keyspace]
            if delta.reset:
                # Updates may have arrived during the read. Otherwise a lower revision is that of a restored file.
                is_outdated = copy.head != self._asked.get(delta.keyspace, NEVER_WRITTEN) and copy.has(*delta.head)
                if not is_outdated:
                    copy.apply(delta)
            elif not self.is_loaded or (
                delta.has_changes and copy.is_continued_by(delta) and delta.to_revision >= copy.head.revision
            ):
                copy.apply(delta)
        self.is_loaded = True
        self._update_heads()
        self._apply_early()

    # browsers

    def since(self, position: Cursors) -> Update:
        """Return everything after a position as one update, without heads if there is nothing."""
        known = self._by_identity.get(id(position))
        if known is None:
            # With a reference to the position, so that its identity stays unique.
            known = self._by_identity[id(position)] = (position, self._answer(position, (), caught_up=False))
        return known[1]

    def replay(self, position: Cursors, names: tuple[str, ...] = ()) -> Update:
        """Return the same with the caught-up marker; an empty position returns the complete contents.

        Args:
            names: only these event types; by default all.
        """
        return self._answer(position, names, caught_up=True)

    def digests(self) -> dict[str, str]:
        """Return the digests of the keyspaces at their heads.

        After `max_digested` entries it stops at the end of a keyspace, and the next call begins with the next one.
        """
        found: dict[str, str] = {}
        names, entries = self.names[self._next_digest :] + self.names[: self._next_digest], 0
        for name in names:
            copy = self._copies[name]
            if copy.head.epoch:
                found[name] = copy.digest()
                entries += copy.size
            if entries >= self._max_digested:
                self._next_digest = (self.names.index(name) + 1) % len(self.names)
                break
        return found

    def _answer(self, position: Cursors, names: tuple[str, ...], *, caught_up: bool) -> Update:
        # All cursors that are unknown here have one answer, so that clients cannot have it encoded for each of them.
        known = {name: self._copies[name].known(position.get(name)) for name in names or self.names}
        question = (tuple(known.items()), caught_up)
        update = self._by_value.get(question)
        if update is None:
            sections = (self._copies[name].after(cursor) for name, cursor in known.items())
            update = update_of([section for section in sections if section is not None], caught_up)
            if len(self._by_value) >= MAX_ANSWERS or self._answer_bytes + update.size_bytes > MAX_ANSWER_BYTES:
                self._forget_answers()
            self._by_value[question] = update
            self._answer_bytes += update.size_bytes
        return update

    def _apply(self, deltas: Sequence[Delta]) -> bool:
        """Apply an update; return False if it leaves a gap."""
        if not self.is_loaded:
            return False
        pairs = [(self._copies[delta.keyspace], delta) for delta in deltas]
        news = [(copy, delta) for copy, delta in pairs if not copy.has(*delta.head)]
        if not all(copy.is_continued_by(delta) for copy, delta in news):
            return False
        for copy, delta in news:
            copy.apply(delta)
        self._update_heads()
        return True

    def _apply_early(self) -> None:
        while True:
            waiting = [each for each in self._early if not self._apply(each.deltas)]
            if len(waiting) == len(self._early):  # nothing closed a gap
                return
            self._early = waiting

    def _update_heads(self) -> None:
        heads = {name: copy.head for name, copy in self._copies.items()}
        if heads != self.heads:
            self.heads = heads
            self._forget_answers()

    def _forget_early(self) -> None:
        self._early, self._is_update_lost = [], False

    def _forget_answers(self) -> None:
        self._by_identity.clear()
        self._by_value.clear()
        self._answer_bytes = 0


def _begins_at(heads: Cursors, deltas: Iterable[Delta]) -> bool:
    return all(heads.get(delta.keyspace) == (delta.epoch, delta.from_revision) for delta in deltas)
