"""The text that browsers are sent. Pure: one section per keyspace, encoded once, shared by all.

Nothing here is per connection, so browsers of one board at one cursor get the same text.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from broadcast.errors import InvalidCursor, UnsupportedProtocol
from broadcast.types import Cursor, Cursors, Delta, Entry

PROTOCOL = 2

_encode = msgspec.json.Encoder().encode


class Span(NamedTuple):
    """From which revision to which a section brings a keyspace, and whether it starts it over."""

    keyspace: str
    epoch: str
    from_revision: int
    to_revision: int
    reset: bool = False

    @property
    def head(self) -> Cursor:
        """Where a browser stands that has been sent this."""
        return Cursor(self.epoch, self.to_revision)


class Section(NamedTuple):
    """One keyspace's part of an update, encoded once however many boards show it."""

    text: str
    span: Span


class Update(NamedTuple):
    """One WebSocket message to browsers, with what it does to their cursors, and its length in UTF-8."""

    text: str
    spans: list[Span]
    size_bytes: int


def section_of(delta: Delta) -> Section:
    """Encode one keyspace's section."""
    return section_with(delta, delta.from_revision, map(entry_text, delta.entries))


def section_with(delta: Delta, from_revision: int, entries: Iterable[str]) -> Section:
    """Build a delta's section for who stands at a revision within it, and lacks these entries."""
    span = Span(delta.keyspace, delta.epoch, from_revision, delta.to_revision, delta.reset)
    head = f'{{"type":"{span.keyspace}","epoch":"{span.epoch}","from":{span.from_revision},"to":{span.to_revision}'
    reset = ',"reset":true' if delta.reset else ""
    floors = f',"floors":{_text(delta.floors)}' if delta.floors else ""
    return Section(f'{head}{reset}{floors},"entries":[{",".join(entries)}]}}', span)


def entry_text(entry: Entry) -> str:
    """Encode one entry as `[key, lane, revision, at, value]`; the value goes out as it is kept."""
    key, lane = _text(entry.key), _text(entry.lane)
    value = "null" if entry.value is None else entry.value
    return f"[{key},{lane},{entry.revision},{entry.at:.3f},{value}]"


def update_of(sections: Sequence[Section], caught_up: bool = False) -> Update:
    """Build the update that bears these sections; with `caught_up` it ends a replay."""
    marker = '"caught_up":true,' if caught_up else ""
    text = f'{{"op":"update",{marker}"sections":[{",".join(section.text for section in sections)}]}}'
    return Update(text, [section.span for section in sections], size_of(text))


def size_of(text: str) -> int:
    """Return a text's length in UTF-8; of plain ASCII, as most updates are, without encoding it."""
    return len(text) if text.isascii() else len(text.encode())


def hello_text(
    board: str,
    server_time: float,
    heartbeat_s: float,
    window: Mapping[str, int],
    keyspaces: Mapping[str, Any] | msgspec.Raw,
) -> str:
    """Encode the first message on a browser's socket."""
    return _text(
        {
            "op": "hello",
            "protocol": PROTOCOL,
            "board": board,
            "server_time": server_time,
            "heartbeat_s": heartbeat_s,
            "window": window,
            "keyspaces": keyspaces,
        }
    )


def heartbeat_text(server_time: float, heads: Cursors) -> str:
    """Encode a sign of life, with how far the store has got."""
    return _text({"op": "heartbeat", "server_time": server_time, "heads": heads})


def check_protocol(stated: str | None) -> None:
    """Raise unless a client states the protocol that this server uses.

    Raises:
        UnsupportedProtocol: it states another number, or none.
    """
    if stated != str(PROTOCOL):
        raise UnsupportedProtocol(stated, PROTOCOL)


def read_cursor(text: str, keyspaces: Iterable[str]) -> dict[str, Cursor]:
    """Read `<type>:<epoch>:<revision>,…`; types that the board does not show are left out.

    Raises:
        InvalidCursor: the text has another form.
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
    # Longer numbers are no revisions, and reading them costs time that grows with their square.
    if len(pieces) != 3 or not pieces[2].isascii() or not pieces[2].isdigit() or len(pieces[2]) > 18:
        raise InvalidCursor(part)
    return pieces[0], pieces[1], int(pieces[2])


def _text(value: Any) -> str:
    return _encode(value).decode()
