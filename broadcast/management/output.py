"""How commands answer: for people or as one JSON object, with an exit code that a script can go by."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TextIO, TypeVar

import msgspec

# 0: done. 1: not done, as CommandError has it. 2: the words were not understood, as argparse has it.
FOUND_WRONG: Final = 3  # it was done, and something is not as it should be

BAR_CHARACTERS: Final = 30

T = TypeVar("T")


def as_json(facts: Any) -> str:
    """Return facts as one indented JSON object."""
    return msgspec.json.format(msgspec.json.encode(facts), indent=2).decode()


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows of cells as lines with their columns below each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def with_bar(items: Iterable[T], total: int, what: str, stream: TextIO) -> Iterator[T]:
    """Hand items on, and draw how many there were; only where somebody looks at the stream."""
    if not stream.isatty():
        yield from items
        return
    step = max(1, total // 100)
    for count, item in enumerate(items, 1):
        yield item
        if count % step == 0 or count == total:
            share = count / total if total else 1.0
            bar = "█" * round(share * BAR_CHARACTERS)
            stream.write(f"\r{bar:·<{BAR_CHARACTERS}} {count:,} of {total:,} {what}")
            stream.flush()
    stream.write("\n")
