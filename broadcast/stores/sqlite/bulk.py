"""Many rows in one step of SQLite, whichever way they go.

Python lets go of its lock for each row that `executemany` writes and each row that a cursor fetches.
Beside a busy event loop it may be given back only after Python's switch interval of 5 ms, row by row.
Here a statement takes, or returns, hundreds of rows at once.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import msgspec

# Statements are made for these numbers of rows only, so that few are compiled and all are kept. With
# seven columns the largest stays far below SQLite's limit of 32,766 parameters.
SIZES = (256, 64, 16, 4, 1)

_decode = msgspec.json.Decoder().decode


def insert_rows(db: sqlite3.Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run an INSERT that ends before its VALUES for all rows, in their order."""
    if not rows:
        return
    row = f"({','.join('?' * len(rows[0]))})"
    for size, start in _slices(len(rows)):
        values = list(chain.from_iterable(rows[start : start + size]))
        db.execute(f"{sql} VALUES {','.join([row] * size)}", values)


def select_arrays(
    db: sqlite3.Connection, columns: str, where: str, fixed: Sequence[Any], values: Sequence[Any]
) -> list[list[Any]]:
    """Return `columns` of the rows that `where` finds, whose `{}` stands for what is inside an `IN (…)`."""
    rows: list[list[Any]] = []
    for size, start in _slices(len(values)):
        sql = f"SELECT json_group_array(json_array({columns})) FROM {where.replace('{}', ','.join('?' * size))}"
        rows += _decode(db.execute(sql, (*fixed, *values[start : start + size])).fetchone()[0])
    return rows


def _slices(count: int) -> Iterator[tuple[int, int]]:
    start = 0
    for size in SIZES:
        while count - start >= size:
            yield size, start
            start += size
