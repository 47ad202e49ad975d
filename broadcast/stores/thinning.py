"""A course: the whole history of a lane in a bounded number of entries, thinned evenly. Sans-I/O.

The events of a lane are numbered from 0. An event is stored under its number rounded up to a multiple of the lane's
stride. The newest event is therefore always stored, and the next one has the same key and replaces it, until the
number is a multiple. With a stride of 4:

    events   0  1 2 3 4  5 6 7 8  9 10          entries   0  4  8  12 (event 10)

If the lane would exceed its size, the stride doubles, and the entries whose number is not a multiple of it are removed.
A section of an update contains only the new stride, and a browser removes the same entries from its copy. The first
event has the number 0, a multiple of every stride.
"""

from collections.abc import Iterable

from broadcast.types import Stored, number_in


def rounded_up(number: int, stride: int) -> int:
    """Return the lowest multiple of a stride that is not below a number."""
    return -(-number // stride) * stride


def key_of(lane: str, number: int) -> str:
    """Return the key of an entry; a ring's key, which has no colon, is never equal to it."""
    return f"{lane}:{number}"


def newest_numbers(entries: Iterable[Stored]) -> dict[str, int]:
    """Return the greatest number in each lane of a copy; a restored course continues after it."""
    newest: dict[str, int] = {}
    for entry in entries:
        number = number_in(entry.key)
        if number is not None and entry.key == key_of(entry.lane, number):
            newest[entry.lane] = max(number, newest.get(entry.lane, 0))
    return newest
