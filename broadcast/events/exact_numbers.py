"""Finds whole numbers that browsers cannot represent exactly.

JSON allows numbers of any length, but JSON.parse turns each into a double, which is exact up to 2**53 - 1. A larger
ID, as many services use, would be displayed and exported as a different ID.
"""

from typing import Any, Final

MAX_WHOLE: Final = 2**53 - 1
# Every larger number has as many digits. A pattern takes six times as long to find them.
ZEROS: Final = b"0" * 16
AS_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")


def inexact_in(value: Any, text: bytes) -> str:
    """Return a message about the first number in `value` that browsers cannot represent; "" if there is none.

    Args:
        text: the value as JSON, which is searched first, because few values have a long number.
    """
    found = _find(value) if ZEROS in text.translate(AS_ZEROS) else None
    if found is None:
        return ""
    path, number = found
    digits = str(number) if abs(number) < 10**40 else f"a number of {number.bit_length()} bits"
    return f"expected whole numbers up to {MAX_WHOLE}, got {digits} at {path}; send it as a string"


def _find(value: Any) -> tuple[str, int] | None:
    level = [("$", value)]
    while level:
        for path, each in level:
            if isinstance(each, int) and abs(each) > MAX_WHOLE:
                return path, each
        level = [inner for path, each in level for inner in _within(path, each)]
    return None


def _within(path: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(f"{path}.{key}", inner) for key, inner in value.items()]
    if isinstance(value, list):
        return [(f"{path}[{index}]", inner) for index, inner in enumerate(value)]
    return []
