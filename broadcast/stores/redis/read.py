"""Reads deltas, heads, sizes and single entries from Redis. Sans-I/O; see `client`.

A long script blocks Redis for all clients, so deltas are read in pages. Each page continues after the last one,
like a reader that reconnects with its cursor: an entry that has changed since has a greater revision and is read
again, removals are included, and evictions are reported by floors. The reading ends with the first round in which
no keyspace has more, which is one instant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final

import msgspec

from broadcast.stores.base import invalid_value
from broadcast.stores.redis.apply import value_in
from broadcast.stores.redis.keys import Command, Layout, Steps
from broadcast.stores.redis.repair import asking
from broadcast.types import Cursor, Delta, Entry, Row, entry_of, put_last

PAGE_ENTRIES: Final = 2000
PAGE_BYTES: Final = 1024 * 1024  # a page ends with the slice of 100 entries that reaches it
PATIENT_ROUNDS: Final = 64  # afterwards pages double, so that a reading ends however fast the writers are

_Head = tuple[str, int, int, bool, bool, int]
_decode_head = msgspec.msgpack.Decoder(_Head).decode
_decode_floors = msgspec.json.Decoder(dict[str, int]).decode
_decode_rows = msgspec.json.Decoder(list[Row]).decode


@dataclass(slots=True)
class Reading:
    """One keyspace's delta while it is read."""

    keyspace: str
    cursor: Cursor | None
    page_entries: int = PAGE_ENTRIES
    delta: Delta | None = None  # read so far
    removed_after: int = 0  # the reader does not need earlier removals
    floors_after: int = 0
    is_over: bool = False
    _entries: dict[str, Entry] = field(default_factory=dict)

    def question(self, scale: int) -> dict[str, Any]:
        """Return the argument of since.lua: for the first page, or for the next one."""
        asked: dict[str, Any] = {"max_entries": self.page_entries * scale, "max_bytes": PAGE_BYTES * scale}
        if self.delta is not None:
            after = self.delta.to_revision
            asked |= {"epoch": self.delta.epoch, "after": after, "floors_after": self.floors_after}
            asked["removed_after"] = max(after, self.removed_after)
        elif self.cursor is not None:
            after = self.cursor.revision
            asked |= {"epoch": self.cursor.epoch, "after": after, "floors_after": after, "removed_after": after}
        return asked

    def take(self, answer: list[bytes]) -> None:
        epoch, head, reached, is_fresh, self.is_over, dropped = _decode_head(answer[1])
        floors, strides = _decode_floors(answer[2]), _decode_floors(answer[4])
        try:
            rows = _decode_rows(answer[3])
        except msgspec.DecodeError as exc:
            raise invalid_value(self.keyspace, None, exc) from exc
        if is_fresh:
            self._entries.clear()
            self.delta = Delta(self.keyspace, epoch, 0, reached, reset=True)
            self.removed_after = self.floors_after = head
        elif self.delta is None:
            assert self.cursor is not None  # noqa: S101  # only a reading with a cursor continues one
            self.delta = Delta(self.keyspace, epoch, self.cursor.revision, reached)
            self.floors_after = self.cursor.revision
        self.delta.to_revision, self.delta.dropped = reached, dropped
        # Added to those of earlier pages, which the store may have deleted since; a lane's floor only rises.
        self.delta.floors |= floors
        self.delta.strides |= strides
        if strides:  # at once, because a lane that was evicted may begin again with a lower stride
            self._entries = {key: each for key, each in self._entries.items() if not each.is_thinned(strides)}
        for row in rows:
            put_last(self._entries, row[0], entry_of(row))

    def result(self) -> Delta:
        assert self.delta is not None  # noqa: S101  # since the first page
        delta, entries = self.delta, list(self._entries.values())
        if delta.floors:
            entries = [entry for entry in entries if not entry.is_evicted(delta.floors)]
        if delta.reset:
            entries = [entry for entry in entries if entry.value is not None]
            delta.floors, delta.strides = {}, {}
        delta.entries = entries
        return delta


def reading(
    layout: Layout, cursors: Mapping[str, Cursor | None], page_entries: int = PAGE_ENTRIES
) -> Steps[dict[str, Delta]]:
    """Read these deltas, all at one instant; see `StickyCache.since`."""
    deltas, _ = yield from reading_beside(layout, cursors, [], page_entries)
    return deltas


def reading_beside(
    layout: Layout,
    cursors: Mapping[str, Cursor | None],
    beside: list[Command],
    page_entries: int = PAGE_ENTRIES,
) -> Steps[tuple[dict[str, Delta], list[Any]]]:
    """Read deltas, and the answers of other commands at the same instant."""
    answers: list[Any] = []
    readings = [Reading(name, cursor, page_entries) for name, cursor in cursors.items()]
    for number in count() if readings else ():
        scale = 1 << max(0, number - PATIENT_ROUNDS)
        calls = [layout.call("since", each.keyspace, each.question(scale)) for each in readings]
        answers = yield from asking(layout, [*calls, *beside])
        for each, answer in zip(readings, answers, strict=False):
            each.take(answer)
        if all(each.is_over for each in readings):
            break
    return {each.keyspace: each.result() for each in readings}, answers[len(readings) :]


def heads(layout: Layout) -> Steps[dict[str, Cursor]]:
    (names,) = yield [("SMEMBERS", layout.index)]
    known = sorted({*(name.decode() for name in names), *layout.names()})  # the server may have dropped the index
    found = (yield from asking(layout, [layout.call("head", name, {}) for name in known])) if known else []
    heads = zip(known, found, strict=True)
    return {name: Cursor(epoch.decode(), revision) for name, (epoch, revision) in heads if epoch}


def sizes(layout: Layout) -> Steps[dict[str, int]]:
    known = yield from heads(layout)
    counts = (yield [("ZCARD", layout.key(name, "live")) for name in known]) if known else []
    return dict(zip(known, counts, strict=True))


def finding(layout: Layout, keyspace: str, key: str) -> Steps[tuple[str, float | None] | None]:
    text, expires_at = yield [
        ("HGET", layout.key(keyspace, "value"), key),
        ("ZSCORE", layout.key(keyspace, "expiry"), key),
    ]
    value = _value(keyspace, key, text)
    return None if value is None else (value, None if expires_at is None else float(expires_at))


def present(layout: Layout, keyspace: str, key: str) -> Steps[str | None]:
    question = {"keys": [key], "producers": []}
    ((_, (text,), _),) = yield from asking(layout, [layout.call("previous", keyspace, question)])
    return _value(keyspace, key, text)


def _value(keyspace: str, key: str, text: bytes | None) -> str | None:
    try:
        return value_in(text) if text is not None else None
    except msgspec.DecodeError as exc:
        raise invalid_value(keyspace, key, exc) from exc
