"""The text that is sent to browsers: one section per keyspace, encoded once and shared by all. Sans-I/O.

Nothing in an update is specific to a connection: browsers of one board at one cursor receive the same text.
"""

from asyncio import Future
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from broadcast.delivery.browser_messages import MAX_PER_S
from broadcast.errors import InvalidCursor, UnsupportedProtocol
from broadcast.types import Cursor, Cursors, Delta, Row, entry_of, entry_text

PROTOCOL = 2

_encode = msgspec.json.Encoder().encode


class Section(NamedTuple):
    """One keyspace's part of an update, encoded once for all boards that display it, and the head that it leads to."""

    text: str
    keyspace: str
    head: Cursor


@dataclass(slots=True)
class Update:
    """One WebSocket message to browsers, the heads to which it advances their cursors, and its size in UTF-8.

    Attributes:
        deflated: what browsers that requested compression are sent, once one has; see `compression`.
        deflating: what computes it.
    """

    text: str
    heads: Cursors
    size_bytes: int
    deflated: str | bytes | None = field(default=None, compare=False)
    deflating: Future[bytes] | None = field(default=None, compare=False, repr=False)


def section_of(delta: Delta) -> Section:
    return section_with(delta, map(entry_text, delta.entries))


def section_with(delta: Delta, entries: Iterable[str]) -> Section:
    """Return a delta's section with encoded entries instead of its own."""
    name, epoch, start, end = delta.keyspace, delta.epoch, delta.from_revision, delta.to_revision
    head = f'{{"type":"{name}","epoch":"{epoch}","from":{start},"to":{end}'
    reset = ',"reset":true' if delta.reset else ""
    floors = f',"floors":{_text(delta.floors)}' if delta.floors else ""
    strides = f',"strides":{_text(delta.strides)}' if delta.strides else ""
    dropped = f',"dropped":{delta.dropped}' if delta.dropped else ""
    # Entries of a whole keyspace have a line each: a page can parse a large state in slices.
    listed = "\n{}\n".format(",\n".join(entries)) if delta.reset else ",".join(entries)
    return Section(f'{head}{reset}{floors}{strides}{dropped},"entries":[{listed}]}}', name, delta.head)


def update_of(sections: Sequence[Section], caught_up: bool = False) -> Update:
    """Return an update with these sections; `caught_up` marks the end of a replay."""
    marker = '"caught_up":true,' if caught_up else ""
    text = f'{{"op":"update",{marker}"sections":[{",".join(section.text for section in sections)}]}}'
    return Update(text, {section.keyspace: section.head for section in sections}, size_of(text))


class _Section(msgspec.Struct, rename={"from_revision": "from", "to_revision": "to", "keyspace": "type"}):
    keyspace: str
    epoch: str
    from_revision: int
    to_revision: int
    reset: bool = False
    floors: dict[str, int] = {}
    entries: list[Row] = []
    strides: dict[str, int] = {}
    dropped: int = 0


class _Update(msgspec.Struct):
    sections: list[_Section]


_decode = msgspec.json.Decoder(_Update).decode


def deltas_in(text: str) -> list[Delta]:
    return [
        Delta(**{**msgspec.structs.asdict(section), "entries": list(map(entry_of, section.entries))})
        for section in _decode(text).sections
    ]


def size_of(text: str) -> int:
    """Return a text's size in UTF-8, without encoding plain ASCII, which most updates are."""
    return len(text) if text.isascii() else len(text.encode())


def hello_text(
    board: str,
    server_time: float,
    heartbeat_s: float,
    window: Mapping[str, int],
    keyspaces: Mapping[str, Any] | msgspec.Raw,
    layout: str = "",
) -> str:
    about_board = {"board": board, "keyspaces": keyspaces, "layout": layout}
    limits = {"heartbeat_s": heartbeat_s, "window": window, "max_per_s": MAX_PER_S}
    return _text({"op": "hello", "protocol": PROTOCOL, "server_time": server_time, **about_board, **limits})


def heartbeat_text(server_time: float, heads: Cursors, digests: Mapping[str, str]) -> str:
    """Encode a heartbeat with the store's heads, and the digests of keyspaces at these heads."""
    return _text({"op": "heartbeat", "server_time": server_time, "heads": heads, "digests": digests})


def check_protocol(stated: str | None) -> None:
    """Raise unless a client states the protocol that this server uses.

    Raises:
        UnsupportedProtocol: it states another number, or none.
    """
    if stated != str(PROTOCOL):
        raise UnsupportedProtocol(stated, PROTOCOL)


def read_cursor(text: str, keyspaces: Iterable[str]) -> dict[str, Cursor]:
    """Read `<type>:<epoch>:<revision>,…`; event types of other boards are ignored.

    Raises:
        InvalidCursor: the text has a different form.
    """
    known = set(keyspaces)
    cursors = {}
    for part in filter(None, text.split(",")):
        name, epoch, revision = _three(part)
        if name in known:
            cursors[name] = Cursor(epoch, revision)
    return cursors


def _three(part: str) -> tuple[str, str, int]:
    pieces = part.split(":")
    # Longer numbers are not revisions, and the time to parse them is quadratic.
    if len(pieces) != 3 or not pieces[2].isascii() or not pieces[2].isdigit() or len(pieces[2]) > 18:
        raise InvalidCursor(part)
    return pieces[0], pieces[1], int(pieces[2])


def _text(value: Any) -> str:
    return _encode(value).decode()
