"""From bytes to a validated event and its write: the stage between ingest and policy."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Literal, NoReturn, get_args, get_origin

import msgspec

from broadcast.errors import (
    EventTooLarge,
    InvalidEvent,
    InvalidJSON,
    KeyTooLong,
    RepeatedKey,
    UnknownEventType,
    did_you_mean,
)
from broadcast.events.event_type import EventType
from broadcast.events.exact_numbers import inexact_in
from broadcast.events.images import EXPECTED_IMAGE, IMAGE_PATTERN
from broadcast.events.misspelt import MisspeltFields
from broadcast.events.misspelt import shared as misspelt_fields
from broadcast.types import Write

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_convert = msgspec.convert

MAX_DEPTH = 100  # of nested arrays and objects; Python's own limit differs between versions
TOO_DEEP = f"it is nested too deeply; the limit is {MAX_DEPTH} levels"

MISSING: Final = re.compile(r"missing required field `(.+)`$")
MAX_COMPARED: Final = 20  # fields of one event, because a producer may be hostile
MAX_NAME_CHARACTERS: Final = 80
MAX_CHOICES: Final = 30

# What msgspec raises for invalid JSON; too deep nesting raises RecursionError instead of its own error.
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Validator:
    """Checks events against a table of event types.

    Args:
        table: event types by name.
        max_event_bytes: the limit of types that set none.
        max_key_bytes: the limit of an entry's key and of its lane.
        misspelt: logs hints about fields.
    """

    def __init__(
        self,
        table: Mapping[str, EventType],
        max_event_bytes: int,
        max_key_bytes: int,
        misspelt: MisspeltFields = misspelt_fields,
    ) -> None:
        self._table, self._misspelt = table, misspelt
        self.max_event_bytes = max_event_bytes
        self._max_key_bytes = max_key_bytes

    def limit_of(self, event_type: EventType) -> int:
        """Return the maximum size of a value of this type, in bytes."""
        return event_type.max_event_bytes or self.max_event_bytes

    def check(self, raw: bytes, producer: str = "", seq: int = 0) -> tuple[EventType, Write]:
        """Return the event's type and its write.

        The value is the event itself in canonical JSON (no spaces, shortest numbers).

        Raises:
            InvalidJSON: `raw` is not JSON.
            InvalidEvent: it is not an object, a required field is missing or has the wrong type, or browsers
                cannot represent one of its numbers.
            RepeatedKey: an object has a key twice.
            UnknownEventType: no event type has its `type`.
            EventTooLarge: it is larger than its type allows.
            KeyTooLong: its key or its lane is too long.
        """
        # As few calls as possible, because this is done for each event.
        event = self._decode(raw)
        event_type = self._type_of(event)
        if len(raw) > (event_type.max_event_bytes or self.max_event_bytes):
            self._refuse_size(raw, event_type)
        try:
            value = _encode(event)
            _convert(event, event_type.schema)
        except RecursionError:
            raise InvalidJSON(TOO_DEEP) from None
        except msgspec.ValidationError as exc:
            raise InvalidEvent(describe_validation_error(exc, event, event_type.schema)) from None
        # A decoder silently drops the first of two equal keys. Text that is encoded to the same bytes had none;
        # only other text (spaces, escapes, other numbers) is parsed again, pair by pair.
        if value != raw:
            refuse_repeated_keys(raw)
        if inexact := inexact_in(event, value):
            raise InvalidEvent(inexact)
        if len(event) > event_type.shortest:
            self._misspelt.look(event_type, event)
        policy = event_type.policy
        key, lane = policy.key_of(event), policy.lane_of(event) if policy.lane else ""
        # A character has at most four bytes.
        if key and len(key) * 4 > self._max_key_bytes:
            self._check_length(key, policy.key)
        if policy.lane:
            self._check_lane(lane, policy.lane)
        if policy.decide is None:
            return event_type, Write(key, lane, value.decode(), None, producer, seq)
        return event_type, Write(key, lane, None, event, producer, seq)

    def _decode(self, raw: bytes) -> dict[str, Any]:
        try:
            event = _decode(raw)
        except UNDECODABLE as exc:
            raise InvalidJSON(describe_decode_error(exc)) from None
        if not isinstance(event, dict):
            raise InvalidEvent(f"expected an object with a type, got {type(event).__name__} at $")
        # An event with fewer brackets than the limit, as most have, cannot be nested too deeply.
        if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and depth_of(event) > MAX_DEPTH:
            raise InvalidJSON(TOO_DEEP)
        return event

    def _type_of(self, event: dict[str, Any]) -> EventType:
        name = event.get("type")
        if not isinstance(name, str):
            if "type" in event:
                raise InvalidEvent(f"expected a string, got {_abbreviated(name)} at $.type")
            raise InvalidEvent(f'missing "type" at ${self._example_of_type(event)}')
        event_type = self._table.get(name)
        if event_type is None:
            raise UnknownEventType(name, self._table)
        return event_type

    def _example_of_type(self, event: Mapping[str, Any]) -> str:
        others = [name for name in event if len(name) <= MAX_NAME_CHARACTERS][:MAX_COMPARED]
        if near := did_you_mean("type", others, '"type" by "{}"'.format):
            return near
        known = [name for name, kind in self._table.items() if kind.from_producers]
        return f'; expected an event type, such as "type": "{known[0]}"' if known else ""

    def _refuse_size(self, raw: bytes, event_type: EventType) -> NoReturn:
        own = event_type.max_event_bytes is not None
        setting = f"{event_type.name}.max_event_bytes" + ("" if own else ', or BROADCAST["MAX_EVENT_BYTES"]')
        raise EventTooLarge(len(raw), self.limit_of(event_type), setting)

    def _check_lane(self, lane: str, field: str) -> None:
        self._check_length(lane, (field,))
        if not lane:
            # On the wire, lane "" is the whole keyspace.
            raise InvalidEvent(f"expected a name that is not empty at $.{field}")

    def _check_length(self, text: str, fields: Sequence[str]) -> None:
        if (size := len(text.encode())) > self._max_key_bytes:
            raise KeyTooLong(size, self._max_key_bytes, ", ".join(fields))


def depth_of(value: Any) -> int:
    """Return the number of levels of nested arrays and objects."""
    level, depth = [value], 0
    while level:
        depth += 1
        parts = (parent.values() if type(parent) is dict else parent for parent in level)
        level = [item for part in parts for item in part if type(item) is dict or type(item) is list]
    return depth


def refuse_repeated_keys(raw: bytes) -> None:
    """Raise RepeatedKey if an object in `raw`, which must be JSON, has a key twice."""
    try:
        json.loads(raw, object_pairs_hook=_distinct)
    except RecursionError:
        raise InvalidJSON(TOO_DEEP) from None


def _distinct(pairs: list[tuple[str, Any]]) -> None:
    seen = set()
    for key, _ in pairs:
        if key in seen:
            raise RepeatedKey(key)
        seen.add(key)


def describe_decode_error(exc: Exception) -> str:
    """Return a decoder's message, without its preamble."""
    if isinstance(exc, RecursionError):
        return TOO_DEEP
    return str(exc).removeprefix("JSON is malformed: ")[:300]


def describe_validation_error(exc: msgspec.ValidationError, event: Any, schema: type[msgspec.Struct]) -> str:
    """Return msgspec's message with the value: ``expected `float`, got "12%" at $.macro_f1``.

    msgspec names only the type of the value, so the value is looked up by its path.
    """
    message, _, path = str(exc).rpartition(" - at `")
    if not message:
        return f"{_lowered(str(exc))} at ${_misspelt(str(exc), event, schema)}"
    path = path.rstrip("`")
    message = message.replace(f"`str` matching regex {IMAGE_PATTERN!r}", EXPECTED_IMAGE)
    wanted, got, _ = message.partition(", got ")
    value = _abbreviated(_value_at(event, path))
    if message.startswith("Invalid enum value") and (valid := _choices(schema, path)):
        return f"expected one of {valid}, got {value} at {path}"
    return f"{_lowered(wanted)}, got {value} at {path}" if got else f"{_lowered(message)} (got {value}) at {path}"


def _lowered(message: str) -> str:
    return message[:1].lower() + message[1:]


def _value_at(event: Any, path: str) -> Any:
    for step in path.removeprefix("$").replace("[", ".[").split("."):
        if step.startswith("[") and isinstance(event, list) and step[1:-1].isdigit():
            event = event[int(step[1:-1])]
        elif isinstance(event, dict) and step in event:
            event = event[step]
    return event


def _abbreviated(value: Any) -> str:
    try:
        text = _encode(value).decode()
    except RecursionError:
        return "a value that is nested too deeply"
    return text if len(text) <= 60 else text[:57] + "…"


def _misspelt(message: str, event: Mapping[str, Any], schema: type[msgspec.Struct]) -> str:
    """Return the end of a message about a missing field that names a similar field of the event; "" without one."""
    if not (missing := MISSING.search(message)):
        return ""
    known = {*schema.__struct_encode_fields__, "type"}
    others = [name for name in event if name not in known and len(name) <= MAX_NAME_CHARACTERS]
    return did_you_mean(missing[1], others[:MAX_COMPARED], f'`{missing[1]}` by "{{}}"'.format)


@lru_cache(maxsize=256)
def _choices(schema: type[msgspec.Struct], path: str) -> str:
    """Return the values that a field of an event permits, as JSON; "" if it is no choice, or not at the top."""
    for field in msgspec.structs.fields(schema):
        if f"$.{field.encode_name}" == path:
            values = [msgspec.json.encode(value).decode() for value in _values_of(field.type)]
            return ", ".join(values) if len(values) <= MAX_CHOICES else ""
    return ""


def _values_of(hint: Any) -> Iterator[Any]:
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        yield from hint
    else:
        for part in get_args(hint):
            yield from _values_of(part)
