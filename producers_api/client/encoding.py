"""An event as JSON, or the reason why it has no such form. Pure."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

# The server reads 1 MiB; a larger event goes alone in its message, whose envelope needs a few bytes.
MAX_EVENT_BYTES = 1024 * 1024 - 64


def encode_event(event: Mapping[str, Any]) -> bytes:
    """Return the event as JSON; numpy scalars and arrays are written as numbers and lists.

    Raises:
        ValueError: a number in it is NaN or infinite (its path is named), or it is too large.
        TypeError: a value in it has no JSON form.
    """
    encoded = msgspec.json.encode(event, enc_hook=_to_builtin)
    # msgspec writes NaN and Infinity as null, so only an event with a null in it must be searched.
    if b"null" in encoded:
        for path, number in _not_finite(msgspec.to_builtins(event, enc_hook=_to_builtin), "$"):
            msg = f"expected a finite number, got {number} at {path}"
            raise ValueError(msg)
    if len(encoded) > MAX_EVENT_BYTES:
        msg = f"event is {len(encoded)} bytes; a message takes at most {MAX_EVENT_BYTES}"
        raise ValueError(msg)
    return encoded


def _to_builtin(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    msg = f"a {type(value).__name__} has no JSON form"
    raise TypeError(msg)


def _not_finite(value: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, float):
        if not math.isfinite(value):
            yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _not_finite(inner, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _not_finite(inner, f"{path}[{index}]")
