"""Combines several updates into one, without values that are out of date. Sans-I/O.

Sections of a keyspace that continue one another become one section, with the newest entry of each key, and the highest
floor and stride of each lane. Entries that a later floor or stride removes are removed here, because a browser applies
both before entries.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import msgspec

from broadcast.delivery.position import Verdict, continues, has, judge, moved
from broadcast.delivery.updates import Section, Span, Update, update_of
from broadcast.types import Cursor, Cursors, is_evicted, is_thinned, put_last

_Entry = tuple[str, str, int, msgspec.Raw, msgspec.Raw]  # key, lane, revision, at, value
_REMOVED: Final = b"null"


class _Section(msgspec.Struct, rename={"from_revision": "from", "to_revision": "to", "keyspace": "type"}):
    keyspace: str
    epoch: str
    from_revision: int
    to_revision: int
    reset: bool = False
    floors: dict[str, int] = {}
    strides: dict[str, int] = {}
    dropped: int = 0
    entries: list[_Entry] = []


class _Update(msgspec.Struct):
    sections: list[_Section]


_decode = msgspec.json.Decoder(_Update).decode
_encode = msgspec.json.Encoder().encode


def coalesced(position: Cursors, updates: Sequence[Update]) -> Update | None:
    """Return what these updates add to a position, as one update; it has no spans if they add nothing.

    Returns:
        None if they leave a gap or contain heads only, so that the store must be read.
    """
    cursors: dict[str, Cursor] = dict(position)
    news: dict[str, list[tuple[Update, int]]] = {}
    for update in updates:
        for index, span in enumerate(update.spans):
            if has(cursors, span):
                continue
            if not update.text or not continues(cursors, span):
                return None
            cursors[span.keyspace] = span.head
            news.setdefault(span.keyspace, []).append((update, index))
    return _update_of_news(news)


def newest_heads(updates: Sequence[Update]) -> Update:
    """Return an update with only the newest heads of these updates, so that the store is read."""
    spans: dict[str, Span] = {}
    for span in (span for update in updates for span in update.spans):
        known = spans.get(span.keyspace)
        if known is None or known.epoch != span.epoch or known.to_revision < span.to_revision:
            spans[span.keyspace] = Span(span.keyspace, span.epoch, span.to_revision, span.to_revision)
    return Update("", list(spans.values()), 0)


def _update_of_news(news: Mapping[str, Sequence[tuple[Update, int]]]) -> Update:
    distinct = {id(update): update for parts in news.values() for update, _ in parts}
    if len(distinct) == 1:
        (only,) = distinct.values()
        if len(news) == len(only.spans):
            return only
    decoded = {key: _decode(update.text).sections for key, update in distinct.items()}
    return update_of([_joined([decoded[id(update)][index] for update, index in parts]) for parts in news.values()])


def _joined(sections: Sequence[_Section]) -> Section:
    first, last = sections[0], sections[-1]
    floors: dict[str, int] = {}
    strides: dict[str, int] = {}
    entries: dict[str, _Entry] = {}
    for section in sections:
        if section.floors or section.strides:
            entries = {key: entry for key, entry in entries.items() if not _is_gone(entry, section)}
            _raise(floors, section.floors)
            _raise(strides, section.strides)
        for entry in section.entries:
            put_last(entries, entry[0], entry)
    span = (first.keyspace, first.epoch, first.from_revision, last.to_revision, first.reset)
    whole = _Section(*span, floors, strides, last.dropped, list(entries.values()))
    return Section(_text(whole), Span(*span))


def _raise(highest: dict[str, int], raised: Mapping[str, int]) -> None:
    highest.update({lane: max(value, highest.get(lane, 0)) for lane, value in raised.items()})


def _is_gone(entry: _Entry, section: _Section) -> bool:
    key, lane, revision, _, value = entry
    if bytes(value) == _REMOVED:  # stays, because the browser may have the entry from an earlier update
        return False
    return is_evicted(lane, revision, section.floors) or is_thinned(key, lane, section.strides)


def _text(section: _Section) -> str:
    fields = {
        "type": section.keyspace,
        "epoch": section.epoch,
        "from": section.from_revision,
        "to": section.to_revision,
    }
    if section.reset:
        fields["reset"] = True
    if section.floors:
        fields["floors"] = section.floors
    if section.strides:
        fields["strides"] = section.strides
    if section.dropped:
        fields["dropped"] = section.dropped
    return _encode({**fields, "entries": section.entries}).decode()


NOTHING = Update("", [], 0)


class Decision(NamedTuple):
    """What to do at one position; with `FORWARD`, the update to send and the position after it."""

    verdict: Verdict
    position: Cursors
    update: Update


class Delivery:
    """Updates that all browsers of a board receive together; `number` counts the board's deliveries in this process.

    Browsers that have received the same updates share one position object, which is never changed. A decision is
    therefore computed once for all of them.
    """

    __slots__ = ("_by_identity", "_by_value", "number", "size_bytes", "updates")

    def __init__(self, updates: Sequence[Update], number: int) -> None:
        self.updates, self.number = updates, number
        self.size_bytes = sum(update.size_bytes for update in updates)
        self._by_identity: dict[int, tuple[Cursors, Decision]] = {}
        self._by_value: dict[frozenset[tuple[str, Cursor]], Decision] = {}

    def decide_at(self, position: Cursors) -> Decision:
        """Return the decision for a browser at this position; equal positions share one result."""
        known = self._by_identity.get(id(position))
        if known is not None:
            return known[1]
        value = frozenset(position.items())
        decision = self._by_value.get(value)
        if decision is None:
            decision = self._by_value[value] = self._decide(position)
        self._by_identity[id(position)] = (position, decision)  # a reference, so that the identity stays unique
        return decision

    def forget_positions(self) -> None:
        """Release the computed decisions, once every browser has had its turn."""
        self._by_identity.clear()
        self._by_value.clear()

    def _decide(self, position: Cursors) -> Decision:
        if len(self.updates) == 1 and self.updates[0].text:
            update = self.updates[0]
            return Decision(judge(position, update.spans), moved(position, update.spans), update)
        rest = coalesced(position, self.updates)
        if rest is None:
            return Decision(Verdict.CATCH_UP, position, NOTHING)
        verdict = Verdict.FORWARD if rest.spans else Verdict.DROP
        return Decision(verdict, moved(position, rest.spans), rest)
