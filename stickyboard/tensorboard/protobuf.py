"""Reads the fields of a protobuf message without its schema.

Source: https://protobuf.dev/programming-guides/encoding/
"""

import struct
from collections.abc import Iterator
from typing import Final, TypeVar

T = TypeVar("T", int, bytes)

FIXED: Final = {1: 8, 5: 4}  # bytes per wire type


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield each field's number and value: an int for a varint, bytes for everything else.

    Raises:
        ValueError: it is not a protobuf message.
    """
    offset = 0
    while offset < len(data):
        key, offset = _varint(data, offset)
        kind = key & 7
        if kind == 0:
            number, offset = _varint(data, offset)
            yield key >> 3, number
            continue
        if kind == 2:
            length, offset = _varint(data, offset)
        elif kind in FIXED:
            length = FIXED[kind]
        else:
            raise ValueError(f"a field has the type {kind}")
        if offset + length > len(data):
            raise ValueError("a field is longer than its message")
        yield key >> 3, data[offset : offset + length]
        offset += length


def _varint(data: bytes, offset: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if offset >= len(data):
            break
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, offset
    raise ValueError("a number has no end")


def signed(value: int | bytes) -> int:
    number = _expected(value, int)
    return number - 2**64 if number >= 2**63 else number


def message(value: int | bytes) -> bytes:
    """Return the bytes of a nested message, or of a string."""
    return _expected(value, bytes)


def text(value: int | bytes) -> str:
    return message(value).decode("utf-8", "replace")


def numbers(value: int | bytes, code: str) -> list[float]:
    """Return a fixed-size number, or a packed list of them; `code` is "f" or "d"."""
    data, size = message(value), struct.calcsize(code)
    if len(data) % size:
        raise ValueError(f"{len(data)} bytes are not a list of numbers of {size} bytes")
    return list(struct.unpack(f"<{len(data) // size}{code}", data))


def varints(value: int | bytes) -> list[int]:
    """Return an int64 field, or a packed list of them."""
    if isinstance(value, int):
        return [signed(value)]
    found, offset = [], 0
    while offset < len(value):
        number, offset = _varint(value, offset)
        found.append(signed(number))
    return found


def _expected(value: int | bytes, kind: type[T]) -> T:
    if not isinstance(value, kind):
        raise ValueError(f"a field is {type(value).__name__}, expected {kind.__name__}")  # noqa: TRY004  # the file is wrong, not the program
    return value
