"""One function per decoder. Each takes any bytes, and raises only if the decoder does something that it must not do.

A decoder may refuse its input with a typed error of bounded length. What it accepts must be what the rest of the
program relies on: exact JSON, keys within their limit, numbers that a browser can represent.
"""

import dataclasses
import gzip
import hashlib
import io
import json
import math
from collections.abc import Callable, Iterable
from itertools import cycle
from typing import Any

import msgspec

from broadcast.asgi.origins import check_origin
from broadcast.close_codes import PROTOCOL, TOO_FAST, Closed
from broadcast.consumers import _query_in
from broadcast.delivery.browser_messages import (
    MAX_CHARACTERS,
    MAX_PER_S,
    MIN_PER_S,
    Mismatch,
    Pace,
    read_message,
    read_resume,
)
from broadcast.delivery.compression import read_encoding
from broadcast.delivery.flow_control import FlowControl
from broadcast.delivery.updates import check_protocol, read_cursor
from broadcast.errors import (
    EventRefused,
    InvalidCursor,
    MessageRefused,
    OriginRefused,
    StickyboardError,
    UnsupportedEncoding,
    UnsupportedProtocol,
)
from broadcast.events.validation import MAX_DEPTH, Validator, depth_of
from broadcast.ops.dump import DumpRefused, dump_lines, read_dump
from broadcast.page import widgets
from broadcast.page.widgets import Column, Threshold, Widget
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.types import Cursor
from dashboard_project.event_types import EVENT_TYPES
from producers_api.messages import MAX_SEQ, Message, read_messages, seq_of
from producers_api.post_body import CLOUD_EVENT, CLOUD_EVENTS, message_in, unpacked
from stickyboard.tensorboard.records import Record, masked_crc, read_records
from stickyboard.tensorboard.summaries import Decoder
from tests.support.table import EVENT_TYPES as SMALL_TYPES

MAX_BYTES, MAX_EVENTS, MAX_KEY_BYTES, MAX_ERROR_CHARACTERS = 20_000, 100, 100, 4000
KINDS = {kind.name: kind for kind in (*EVENT_TYPES, *SMALL_TYPES)}
NAMES = tuple(KINDS)
CONTENT_TYPES = (
    "application/json",
    "application/x-ndjson",
    CLOUD_EVENT,
    CLOUD_EVENTS,
    "text/plain; charset=utf-16",
    "",
)
ENCODINGS = ("", "gzip", "GZIP ", "identity", "br")
FIELDS = [name for kind in KINDS.values() for name in kind.fields]
VALUES: list[Any] = [
    *[
        None,
        True,
        0,
        1,
        -1,
        0.5,
        1e308,
        math.nan,
        math.inf,
        2**70,
        "",
        "@time",
        "@step",
        "-n",
        ".",
        "{n}",
        "{",
        ".3f",
        "log",
    ],
    *[
        [],
        (),
        {},
        ["n"],
        [None],
        [["n"]],
        {"n": "n"},
        {1: 2},
        (0, 1),
        (1, 0),
        (0, math.nan),
        ("0", 1),
        b"n",
        object,
        {"n"},
    ],
    *[[Threshold(at=1, word="high")], Threshold(at=math.nan, word=3), [Column(field="n")], Column(field=3), "n" * 300],
    *FIELDS,
]
WIDGETS = [
    getattr(widgets, name)
    for name in widgets.__all__
    if issubclass(getattr(widgets, name), Widget) and name != "Widget"
]
_validator = Validator(KINDS, 5000, MAX_KEY_BYTES)
_dumps = cycle(range(50))


def message(data: bytes) -> None:
    """A message of a producer."""
    seq = seq_of(data)
    assert seq is None or isinstance(seq, int)
    try:
        messages = read_messages(data, MAX_BYTES, MAX_EVENTS)
    except (MessageRefused, EventRefused) as exc:
        _check_error(exc)
    else:
        _check_messages(messages)


def body(data: bytes) -> None:
    """The body of a POST, after two bytes that choose its headers."""
    kind, encoding = (
        names[byte % len(names)]
        for names, byte in zip((CONTENT_TYPES, ENCODINGS), data[:2].ljust(2, b"\0"), strict=True)
    )
    text = data[2:]
    if data[1:2] and data[1] >= 128 and "gzip" in encoding.lower():
        text = gzip.compress(text, 1)  # otherwise hardly anything would get past the checksum
    try:
        text = unpacked(text, encoding, MAX_BYTES)
        assert len(text) <= MAX_BYTES or not encoding
        _check_messages([message_in(text, kind, len(data), MAX_BYTES, MAX_EVENTS)])
    except (MessageRefused, EventRefused) as exc:
        _check_error(exc)


def query(data: bytes) -> None:
    """The query string of a browser's socket."""
    found = _query_in(data)
    try:
        check_protocol(found.get("protocol"))
        read_encoding(found.get("encoding"))
        cursors = read_cursor(found.get("cursor", ""), NAMES)
    except (UnsupportedProtocol, UnsupportedEncoding, InvalidCursor) as exc:
        _check_error(exc)
    else:
        text = ",".join(f"{name}:{epoch}:{revision}" for name, (epoch, revision) in cursors.items())
        assert read_cursor(text, NAMES) == cursors
        assert all(0 <= revision < 10**18 for _, revision in cursors.values())


def browser(data: bytes) -> None:
    """A message of a browser."""
    text = data.decode("utf-8", "replace")
    match read_message(text):
        case Pace(max_per_s=float(pace)):
            assert MIN_PER_S <= pace <= MAX_PER_S
        case Mismatch(expected=expected, found=found):
            assert f"{expected}{found}".isalnum()
            assert len(text) <= MAX_CHARACTERS
    flow = FlowControl(NAMES, 60, 1000)
    try:
        flow.take(text, 0.0)
    except Closed as closed:
        assert closed.code in (PROTOCOL, TOO_FAST)
    try:
        cursors = read_resume(text, NAMES)
    except InvalidCursor as exc:
        _check_error(exc)
    else:
        assert all(isinstance(cursor, Cursor) and 0 <= cursor.revision < 10**18 for cursor in cursors.values())


def origin(data: bytes) -> None:
    """The headers of a handshake: origin and host, each on a line."""
    headers = [(name, value) for name, value in zip((b"origin", b"host"), data.split(b"\n"), strict=False)]
    try:
        check_origin({"type": "websocket", "path": "/", "headers": headers, "scheme": "ws"})
    except OriginRefused as exc:
        _check_error(exc)


def dump(data: bytes) -> None:
    """A dump; its last line is replaced by the right one, unless the file begins with a space."""
    if data[:1] != b" ":
        lines = data.splitlines(keepends=True)
        data = b"".join([*lines, _end_of(lines)])
    try:
        copies = read_dump(io.BytesIO(data))
    except DumpRefused as exc:
        _check_error(exc)
        return
    assert read_dump(dump_lines(copies, 1.0)) == copies
    store = SQLiteCache(f":memory:fuzz-{next(_dumps)}", {})
    try:
        store.restore(copies)
    except StickyboardError as exc:
        _check_error(exc)
        return
    for copy in copies:
        assert store.heads()[copy.keyspace].revision == copy.head.revision


def event_file(data: bytes) -> None:
    """A record of an event file of TensorBoard, and the same bytes as a file."""
    for found in (*read_records(io.BytesIO(data)), *read_records(io.BytesIO(_framed(data)))):
        if isinstance(found, Record):
            try:
                event = Decoder().decode(found.data)
            except ValueError:
                continue
            msgspec.json.encode([event.step, event.time])
            assert abs(event.step) <= MAX_SEQ


def options(data: bytes) -> None:
    """The options of a widget in a board file: after two bytes for widget and event type, one per option."""
    first, second, *rest = data[:60].ljust(2, b"\0")
    kind = WIDGETS[first % len(WIDGETS)]
    names = [option.name for option in dataclasses.fields(kind)]
    chosen = {name: VALUES[byte % len(VALUES)] for name, byte in zip(names, rest, strict=False) if byte < 250}
    try:
        widget = kind(**chosen)
    except TypeError:  # an option is missing
        return
    event_type = [*KINDS.values()][second % len(KINDS)]
    problems = list(widget.problems(event_type))
    assert all(isinstance(problem, str) and len(problem) <= MAX_ERROR_CHARACTERS for problem in problems)
    if not problems:
        msgspec.json.encode(widget.options())


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each for each in (message, body, query, browser, origin, dump, event_file, options)
}


def _check_messages(messages: Iterable[Message]) -> None:
    messages = list(messages)
    assert sum(len(each.events) for each in messages) <= MAX_EVENTS
    for each in messages:
        assert 0 <= each.seq <= MAX_SEQ
        for raw in each.events:
            try:
                kind, write = _validator.check(bytes(raw))
            except EventRefused as exc:
                _check_error(exc)
                continue
            text = write.value if write.value is not None else msgspec.json.encode(write.event).decode()
            value = json.loads(text, parse_constant=_refuse_constant)
            assert value["type"] == kind.name
            assert depth_of(value) <= MAX_DEPTH
            assert all(len((name or "").encode()) <= MAX_KEY_BYTES for name in (write.key, write.lane))


def _check_error(exc: Exception) -> None:
    assert str(exc).encode(), exc
    assert len(str(exc)) <= MAX_ERROR_CHARACTERS, len(str(exc))


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _end_of(lines: list[bytes]) -> bytes:
    (*_, end) = dump_lines([], 1.0)
    facts = json.loads(end) | {"lines": len(lines), "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
    return json.dumps(facts, separators=(",", ":")).encode() + b"\n"


def _framed(data: bytes) -> bytes:
    length = len(data).to_bytes(8, "little")
    return length + masked_crc(length) + data + masked_crc(data)
