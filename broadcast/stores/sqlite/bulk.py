"""Reads and writes many rows in one statement.

sqlite3 releases the GIL for each row that `executemany` writes and each row that a cursor fetches. With a busy
event loop in another thread, getting it back may take Python's switch interval of 5 ms, for every row.
"""

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import msgspec

# Only for these numbers of rows, so that there are few statements and all of them are cached. With seven columns,
# the largest is far below SQLite's limit of 32,766 parameters.
SIZES = (256, 64, 16, 4, 1)

_decode = msgspec.json.Decoder().decode


def insert_rows(db: sqlite3.Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run an INSERT, given without its VALUES, for all rows in order."""
    if not rows:
        return
    for size, start in _slices(len(rows)):
        values = list(chain.from_iterable(rows[start : start + size]))
        db.execute(_insert(sql, len(rows[0]), size), values)


def select_arrays(
    db: sqlite3.Connection, columns: str, where: str, fixed: Sequence[Any], values: Sequence[Any]
) -> list[list[Any]]:
    """Return `columns` of the rows that `where` finds; its `{}` is replaced by the contents of an `IN (…)`."""
    rows: list[list[Any]] = []
    for size, start in _slices(len(values)):
        found = db.execute(_select(columns, where, size), (*fixed, *values[start : start + size]))
        rows += _decode(found.fetchone()[0])
    return rows


@lru_cache
def _insert(sql: str, columns: int, size: int) -> str:
    row = f"({','.join('?' * columns)})"
    return f"{sql} VALUES {','.join([row] * size)}"


@lru_cache
def _select(columns: str, where: str, size: int) -> str:
    return f"SELECT json_group_array(json_array({columns})) FROM {where.replace('{}', ','.join('?' * size))}"


@lru_cache
def _slices(count: int) -> tuple[tuple[int, int], ...]:
    slices, start = list[tuple[int, int]](), 0
    for size in SIZES:
        while count - start >= size:
            slices.append((size, start))
            start += size
    return tuple(slices)
