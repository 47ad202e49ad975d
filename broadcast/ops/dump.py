"""A copy of keyspaces as an NDJSON file; a file that was changed is refused with the line number.

{"dump":"stickyboard","version":1,"at":…,"keyspaces":[{"keyspace":…,"epoch":…,"revision":…,"entries":…,"seqs":…}]}
{"keyspace":…,"key":…,"lane":…,"revision":…,"at":…,"expires_at":…,"value":…}     each entry, in order of revision
{"keyspace":…,"producer":…,"seq":…}                                              the latest seq of each producer
{"end":true,"lines":…,"sha256":…}                                                of all bytes before this line
"""

import codecs
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from broadcast.errors import StickyboardError
from broadcast.events.event_type import NAME
from broadcast.events.exact_numbers import inexact_in
from broadcast.types import Cursor, KeyspaceCopy, Stored

VERSION: Final = 1
T = TypeVar("T")
Revision = Annotated[int, msgspec.Meta(ge=0, lt=2**44)]  # the row ids of the SQLite store have 44 bits for it
Seq = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]  # as SQLite


class DumpRefused(StickyboardError):
    """Raised when a file is not a dump, or is damaged; nothing of it was used."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line, self.reason = line, reason

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class _Announced(msgspec.Struct, forbid_unknown_fields=True):
    keyspace: str
    epoch: str
    revision: Revision
    entries: int
    seqs: int


class _Head(msgspec.Struct, forbid_unknown_fields=True):
    dump: Literal["stickyboard"]
    version: int
    at: float
    keyspaces: list[_Announced]


class _EntryLine(msgspec.Struct, forbid_unknown_fields=True):
    key: str
    lane: str
    revision: Revision
    at: float
    expires_at: float | None
    value: msgspec.Raw
    keyspace: str


class _SeqLine(msgspec.Struct, forbid_unknown_fields=True):
    producer: str
    seq: Seq
    keyspace: str


class _End(msgspec.Struct, forbid_unknown_fields=True):
    end: Literal[True]
    lines: int
    sha256: str


_encode = msgspec.json.Encoder().encode
_decode_value = msgspec.json.Decoder().decode


def dump_lines(copies: Iterable[KeyspaceCopy], at: float) -> Iterator[bytes]:
    """Yield the lines of a dump; `at` is in seconds since 1970."""
    copies, digest, count = list(copies), hashlib.sha256(), 0
    announced = [_Announced(copy.keyspace, *copy.head, len(copy.entries), len(copy.seqs)) for copy in copies]
    for line in _lines(copies, _Head("stickyboard", VERSION, at, announced)):
        digest.update(line)
        count += 1
        yield line
    yield _encode(_End(end=True, lines=count, sha256=digest.hexdigest())) + b"\n"


def _lines(copies: Iterable[KeyspaceCopy], head: _Head) -> Iterator[bytes]:
    yield _encode(head) + b"\n"
    for name, _, entries, seqs in copies:
        for key, lane, revision, at, expires_at, value in entries:
            yield _encode(_EntryLine(key, lane, revision, at, expires_at, msgspec.Raw(value.encode()), name)) + b"\n"
        for producer, seq in seqs.items():
            yield _encode(_SeqLine(producer, seq, name)) + b"\n"


def read_dump(lines: Iterable[bytes]) -> list[KeyspaceCopy]:
    """Return the keyspaces of a dump.

    Raises:
        DumpRefused: the file is not a dump, is of a newer version, was truncated or was changed.
    """
    reader = _Reader()
    for number, line in enumerate(lines, 1):
        reader.take(number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)
    return reader.result()


class _Reader:
    def __init__(self) -> None:
        self._copies: dict[str, KeyspaceCopy] = {}
        self._announced: Mapping[str, _Announced] = {}
        self._digest, self._number = hashlib.sha256(), 0
        self._is_complete = False

    def take(self, number: int, line: bytes) -> None:
        self._number = number
        if self._is_complete:
            raise DumpRefused(number, "there is more after the end of the dump")
        if number == 1:
            self._begin(line)
        elif line.startswith(b'{"end":'):
            self._finish(line)
        elif line.startswith(b'{"producer":'):
            seq = _decoded(number, line, _SeqLine)
            self._of(seq.keyspace).seqs[seq.producer] = seq.seq
        else:
            self._take_entry(_decoded(number, line, _EntryLine))
        self._digest.update(line)

    def result(self) -> list[KeyspaceCopy]:
        if not self._is_complete:
            raise DumpRefused(self._number + 1, "the file ends before the dump does; it was truncated")
        return list(self._copies.values())

    def _begin(self, line: bytes) -> None:
        try:
            head = msgspec.json.decode(line, type=_Head)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise DumpRefused(1, "this is not a dump of Stickyboard; create one with: manage.py dump_sticky") from None
        if head.version > VERSION:
            raise DumpRefused(1, f"the dump is of version {head.version}; this program reads up to {VERSION}")
        self._announced = {facts.keyspace: facts for facts in head.keyspaces}
        for facts in head.keyspaces:
            if not NAME.fullmatch(facts.keyspace):
                raise DumpRefused(1, f'"{facts.keyspace}" is not the name of a keyspace')
            self._copies[facts.keyspace] = KeyspaceCopy(facts.keyspace, Cursor(facts.epoch, facts.revision), [], {})

    def _take_entry(self, line: _EntryLine) -> None:
        copy = self._of(line.keyspace)
        last = copy.entries[-1].revision if copy.entries else 0
        if not last < line.revision <= copy.head.revision:
            expected = f"expected a revision from {last + 1} to {copy.head.revision}"
            raise DumpRefused(self._number, f"{expected}, got {line.revision}")
        try:
            value, text = _decode_value(line.value), bytes(line.value).decode()
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise DumpRefused(self._number, f"the value is not JSON: {exc}") from None
        if value is None:
            raise DumpRefused(self._number, "the value is null, which means a removal")
        if inexact := inexact_in(value, bytes(line.value)):
            raise DumpRefused(self._number, inexact)
        copy.entries.append(Stored(line.key, line.lane, line.revision, line.at, line.expires_at, text))

    def _of(self, keyspace: str) -> KeyspaceCopy:
        if keyspace not in self._copies:
            raise DumpRefused(self._number, f'keyspace "{keyspace[:80]}" is not announced in line 1')
        return self._copies[keyspace]

    def _finish(self, line: bytes) -> None:
        end = _decoded(self._number, line, _End)
        for name, copy in self._copies.items():
            facts = self._announced[name]
            if (len(copy.entries), len(copy.seqs)) != (facts.entries, facts.seqs):
                announced = f"{facts.entries} entries and {facts.seqs} seqs of {name} are announced in line 1"
                raise DumpRefused(self._number, f"{announced}, but there are {len(copy.entries)} and {len(copy.seqs)}")
            if len({entry.key for entry in copy.entries}) < len(copy.entries):
                raise DumpRefused(self._number, f"{name} has two entries with one key")
        if (end.lines, end.sha256) != (self._number - 1, self._digest.hexdigest()):
            raise DumpRefused(self._number, "the lines above were changed (SHA-256 differs)")
        if line != _encode(end) + b"\n":  # the decoder ignores spaces, and no digest covers this line
            raise DumpRefused(self._number, "the line is damaged: it was changed")
        self._is_complete = True


def _decoded(number: int, line: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise DumpRefused(number, f"the line is damaged: {exc}") from None


def facts_of(copies: Iterable[KeyspaceCopy]) -> dict[str, Any]:
    return {
        copy.keyspace: {"entries": len(copy.entries), "revision": copy.head.revision, "producers": len(copy.seqs)}
        for copy in copies
    }
