"""Compares a board with the rows of its model, and repairs it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from broadcast.live.declaration import Declaration
from broadcast.live.follow import follow, write
from broadcast.live.rows import Rows, read, read_first
from broadcast.runtime import store
from broadcast.types import Cursor

COMPARE_S: Final = 60.0  # between two comparisons of all rows of live models
ALL = ""  # the key of all rows, in a list of keys


@dataclass(frozen=True)
class Differences:
    """What the board has and the database does not, at one instant.

    Args:
        head: the position that was read before the rows.
        missing: rows that are not on the board although there is room, in the order in which they are added.
        changed: rows with another value on the board.
        gone: entries without a row.
        rows: the number of rows that were compared.
    """

    head: Cursor
    missing: Rows
    changed: Rows
    gone: Rows
    rows: int

    def __len__(self) -> int:
        return len(self.missing) + len(self.changed) + len(self.gone)

    def __iter__(self) -> Iterator[tuple[str, Rows]]:
        return iter((("missing", self.missing), ("changed", self.changed), ("gone", self.gone)))


def differences(live: Declaration) -> Differences:
    """Compare the stored entries with the rows.

    Of a model with more rows than `max_keys`, any of them may be on the board: those that were saved last, and others
    in the order of `get_queryset` while there is room.
    """
    delta = store().since({live.event_name: None})[live.event_name]  # before the rows
    stored = {entry.key: entry.value for entry in delta.entries}
    first = read_first(live)
    found = first | read(live, [key for key in stored if key not in first])
    changed = {key: found[key] for key, text in stored.items() if found[key] not in (None, text)}
    gone: Rows = {key: None for key in stored if found[key] is None}
    room = live.max_keys - len(stored) + len(gone)
    missing = [key for key in first if key not in stored][: max(room, 0)]
    # The first rows are written last, so that they are evicted last.
    added = {key: first[key] for key in reversed(missing)}
    return Differences(delta.head, added, changed, gone, len(found) - len(gone))


def repair(live: Declaration) -> Differences:
    """Write what differs, and return it.

    Raises:
        StoreError: the store is unavailable.
        DatabaseError: the rows cannot be read.
    """
    found = differences(live)
    write(live, found.head, {**found.gone, **found.changed, **found.missing})
    return found


def update(live: Declaration, keys: list[str]) -> None:
    """Write rows as they are now.

    Raises:
        StoreError, DatabaseError: see `repair`.
    """
    if ALL in keys:
        repair(live)
    else:
        follow(live, keys)
