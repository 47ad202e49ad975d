"""An event's JSON from Python values, with the path of a value that has no JSON form."""

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.functional import Promise

from broadcast.errors import InvalidEvent, InvalidJSON
from broadcast.events.validation import TOO_DEEP


def _plain(value: Any) -> Any:
    if isinstance(value, Promise):  # a translation that is not evaluated yet
        return str(value)
    raise TypeError("it has no JSON form")


_encode = msgspec.json.Encoder(enc_hook=_plain, decimal_format="number").encode


def encode_event(event: Mapping[str, Any]) -> bytes:
    """Encode an event; dates, decimals, UUIDs, enums, dataclasses and Structs also have a JSON form.

    Raises:
        InvalidEvent: a value has no JSON form, such as NaN or an object of another class.
        InvalidJSON: it is nested too deeply.
    """
    raw, cause = b"", None
    try:
        raw = _encode(event)
    except RecursionError:
        raise InvalidJSON(TOO_DEEP) from None
    except (TypeError, ValueError, OverflowError) as exc:
        cause = exc
    if cause or b"null" in raw:  # NaN and the infinities are encoded as null
        for problem in _problems(event, "$"):
            raise InvalidEvent(problem) from cause
    if cause:
        raise InvalidEvent(f"{cause} at $") from cause
    return raw


def _problems(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _problems(each, f"{path}.{name}")
    elif isinstance(value, list | tuple | set | frozenset):
        for index, each in enumerate(value):
            yield from _problems(each, f"{path}[{index}]")
    elif isinstance(value, float | Decimal) and not math.isfinite(value):
        yield f"expected a finite number, got {value} at {path}"
    else:
        try:
            _encode(value)
        except (TypeError, ValueError, OverflowError) as exc:
            yield f"expected a value with a JSON form, got {type(value).__name__} at {path} ({exc})"
