"""The output of commands, as text or as one JSON object, and their exit codes."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

import msgspec

# 0: success. 1: failure (CommandError). 2: invalid arguments (argparse).
FOUND_WRONG: Final = 3  # success, but a problem was found

BAR_CHARACTERS: Final = 30

T = TypeVar("T")


def as_json(facts: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(facts), indent=2).decode()


def aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def with_bar(lines: Iterable[T], total: int) -> Iterator[T]:
    """Yield the lines, and draw a progress bar if standard error is a terminal."""
    if not sys.stderr.isatty():
        yield from lines
        return
    step = max(1, total // 100)
    for count, line in enumerate(lines, 1):
        yield line
        if count % step == 0 or count == total:
            share = count / total if total else 1.0
            bar = "█" * round(share * BAR_CHARACTERS)
            sys.stderr.write(f"\r{bar:·<{BAR_CHARACTERS}} {count:,} of {total:,} lines")
            sys.stderr.flush()
    sys.stderr.write("\n")
