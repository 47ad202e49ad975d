"""Encodes an event as JSON, or reports which value cannot be encoded. Sans-I/O.

docs/reference/client.md lists how each type is converted. Most events contain only JSON types and are encoded
directly; all others are converted value by value, so that an error can name the path.
"""

import dataclasses
import datetime
import decimal
import enum
import math
import re
import uuid
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

import msgspec

# The server reads 1 MiB; a large event is alone in its message, whose envelope takes a few bytes.
MAX_EVENT_BYTES = 1024 * 1024 - 64
MAX_INTEGER: Final = 2**53 - 1  # JSON.parse in a browser rounds larger ones
MAX_DEPTH: Final = 100  # as on the server

_NAMES = {str}
_LEAVES = {str, int, float, bool, type(None)}
_LONG_INTEGER = re.compile(rb"(?<![\d.])\d{16}")  # 2**53 has 16 digits
_AS_ZEROS, _SIXTEEN_ZEROS = bytes.maketrans(b"123456789", b"000000000"), b"0" * 16


def event_of(
    event_type: str | Mapping[str, Any], fields: Mapping[str, Any] | None = None, more: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the event of a type, or a complete event, updated with `fields` and then `more`.

    Raises:
        TypeError: its type is not a string, or the fields are not a mapping.
        ValueError: the fields name another type.
    """
    event = {"type": event_type} if isinstance(event_type, str) else dict(_mapping(event_type))
    if not isinstance(event.get("type"), str):
        got = _short_repr(event["type"]) if "type" in event else "nothing"
        raise TypeError(f'expected a string, such as "model_metric", got {got} at $.type')
    for part in (fields, more):
        update = {} if part is None else _mapping(part)
        if update.get("type", event["type"]) != event["type"]:
            msg = f'the event type is "{event["type"]}", but its fields have the type {_short_repr(update["type"])}'
            raise ValueError(msg)
        event.update(update)
    return event


def _mapping(part: Any) -> Mapping[str, Any]:
    if not isinstance(part, Mapping):
        msg = f'expected an event type, such as "model_metric", and its fields as a mapping, got {_short_repr(part)}'
        raise TypeError(msg)
    return part


def encode_event(event: Mapping[str, Any]) -> bytes:
    """Return the event as JSON.

    Raises:
        ValueError: a value cannot be sent (the message names its path), or the event is too large.
        TypeError: the event or a value in it has a type without a JSON form (the message names its path).
    """
    if type(event) is not dict or type(event.get("type")) is not str:
        event = event_of(event)
    try:
        plain = event if _is_plain(event) else _plain(event)
        encoded = _encoded(plain)
        if _is_suspect(encoded):
            _plain(plain)
    except RecursionError:
        raise ValueError(_too_deep("$")) from None
    if len(encoded) > MAX_EVENT_BYTES:
        raise ValueError(f"event is {len(encoded)} bytes; the limit is {MAX_EVENT_BYTES}")
    return encoded


def _encoded(plain: Mapping[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(plain)
    except ValueError:  # a lone surrogate, or an integer of thousands of digits
        _plain(plain)
        raise


def _is_suspect(encoded: bytes) -> bool:
    """Return whether it may contain NaN, which is encoded as null, or an integer that is too large.

    The pattern is searched last, because that takes ten times as long as the rest.
    """
    has_long = _SIXTEEN_ZEROS in encoded.translate(_AS_ZEROS)
    return b"null" in encoded or (has_long and _LONG_INTEGER.search(encoded) is not None)


def _is_plain(value: Any) -> bool:
    """Return whether all types in it are JSON types; those of one container are checked at once for speed."""
    kind = type(value)
    if kind is dict:
        return set(map(type, value)) <= _NAMES and _are_plain(value.values())
    return kind in _LEAVES or (kind in (list, tuple) and _are_plain(value))


def _are_plain(values: Any) -> bool:
    return set(map(type, values)) <= _LEAVES or all(map(_is_plain, values))


def _plain(value: Any, path: str = "$", depth: int = 0) -> Any:
    if isinstance(value, str):
        return _text(value, path)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return _plain(value.value, path, depth)
    if isinstance(value, int | float | decimal.Decimal):
        return _number(value, path)
    if depth >= MAX_DEPTH:
        raise ValueError(_too_deep(path))
    if isinstance(value, Mapping):
        return _object(value, path, depth)
    return _converted(value, path, depth)


def _converted(value: Any, path: str, depth: int) -> Any:
    fix = "convert it to a number, a string, a list or a mapping"
    if isinstance(value, bytes | bytearray | memoryview):
        fix = "decode text with .decode(), and send other bytes as a string, such as base64"
    elif (fields := _fields_of(value)) is not None:
        return _object(fields, path, depth)
    elif isinstance(value, Sequence | Set):
        return [_plain(inner, f"{path}[{index}]", depth + 1) for index, inner in enumerate(_in_order(value))]
    elif (simple := _simple(value, path)) is not value:
        return _plain(simple, path, depth + 1)
    raise TypeError(f"{type(value).__name__} has no JSON form at {path}; {fix}")


def _fields_of(value: Any) -> dict[str, Any] | None:
    if isinstance(value, msgspec.Struct):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    return None


def _simple(value: Any, path: str) -> Any:
    """Return the JSON form of a time, a UUID or an array; the value itself if it is none of these."""
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime.date | datetime.time):
        if str(value) == "NaT":  # NaT of pandas is a datetime
            raise ValueError(f"expected a time, got {value} at {path}")
        return value.isoformat()
    return _of_array(value, path)


def _of_array(value: Any, path: str) -> Any:
    """Return the contents of an array, tensor or number of another library; the value itself if it is none."""
    if isinstance(value, type):
        return value
    try:
        for method in ("tolist", "numpy", "to_numpy", "__array__", "item"):
            if callable(convert := getattr(value, method, None)):
                return convert()
    except Exception as exc:  # of any type, raised by a library
        raise ValueError(f"{type(value).__name__} cannot be converted at {path}: {exc}") from exc
    return value


def _object(value: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key, inner in value.items():
        name = key.value if isinstance(key, enum.Enum) else key
        if isinstance(name, bool) or not isinstance(name, str | int):
            name = _of_array(name, path)
        if isinstance(name, bool) or not isinstance(name, str | int):
            raise TypeError(f"{type(key).__name__} cannot be a key at {path}; use a string")
        name = _text(str(name), path)
        if name in plain:
            raise ValueError(f'two keys are both "{name}" as strings at {path}')
        plain[name] = _plain(inner, f"{path}.{name}", depth + 1)
    return plain


def _in_order(values: Any) -> Any:
    try:
        return sorted(values) if isinstance(values, Set) else values
    except TypeError:
        return list(values)


def _number(value: int | float | decimal.Decimal, path: str) -> int | float:
    if isinstance(value, decimal.Decimal):
        is_integer = value.is_finite() and value == value.to_integral_value() and abs(value) <= MAX_INTEGER
        value = int(value) if is_integer else float(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"expected a finite number, got {value} at {path}")
        return float(value)
    if abs(value) > MAX_INTEGER:
        got = value if abs(value) < 10**40 else f"one of {value.bit_length()} bits"
        msg = f"expected an integer of at most {MAX_INTEGER}, the limit in browsers, got {got} at {path}"
        raise ValueError(f"{msg}; send it as a string")
    return int(value)


def _text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"expected valid Unicode, got {value[:40]!r} at {path}") from None
    return str(value)


def _too_deep(path: str) -> str:
    return f"the event is nested too deeply at {path[:80]}; the limit is {MAX_DEPTH} levels"


def _short_repr(value: Any) -> str:
    text = repr(value)
    return f"{type(value).__name__} {text if len(text) <= 60 else text[:57] + '…'}"
