"""Writes rows to the store, so that the board has the database's state whatever other processes do.

    head of the keyspace ─► rows ─► write, unless the head has moved ─► if so, read what has changed again

A row that was read before the write of another process is never written after it: an older state cannot win.
"""

from collections.abc import Mapping

from broadcast.errors import HeadMoved, StoreUnavailable
from broadcast.live.declaration import Declaration
from broadcast.live.rows import Rows, read
from broadcast.publishing.direct import deliver
from broadcast.runtime import store
from broadcast.types import NEVER_WRITTEN, Batch, Cursor, Delta, Write

WRITES_AT_ONCE = 1000
# Each failure means that another process has written, and reading again takes a millisecond.
MAX_ATTEMPTS = 1000


def head_of(live: Declaration) -> Cursor:
    """Return the position of the keyspace; read it before the rows."""
    return store().heads().get(live.event_name, NEVER_WRITTEN)


def follow(live: Declaration, keys: list[str]) -> None:
    """Write the rows with these keys as they are now.

    Raises:
        StoreError: the store is unavailable, or other processes wrote every time.
        DatabaseError: the rows cannot be read.
    """
    head = head_of(live)
    write(live, head, read(live, keys))


def write(live: Declaration, head: Cursor, rows: Rows) -> None:
    """Write rows that were read after the head; those that changed meanwhile are read again."""
    waiting = dict(rows)
    for _ in range(MAX_ATTEMPTS):
        if not waiting:
            return
        part = dict(list(waiting.items())[:WRITES_AT_ONCE])
        try:
            head = _apply(live, head, part)
        except HeadMoved:
            delta = store().since({live.event_name: head})[live.event_name]
            waiting |= read(live, _changed(delta, head, waiting))
            head = delta.head
        else:
            waiting = {key: text for key, text in waiting.items() if key not in part}
    raise StoreUnavailable(f"other processes changed {live.event_name} {MAX_ATTEMPTS} times in between")


def _apply(live: Declaration, head: Cursor, rows: Rows) -> Cursor:
    writes = [Write(key, value=text) for key, text in rows.items()]
    (delta,) = store().apply([Batch(live.event_name, live.event_type.policy.bounds, writes, head=head)])
    deliver(store(), [delta])
    return delta.head


def _changed(delta: Delta, head: Cursor, waiting: Mapping[str, str | None]) -> list[str]:
    """Return the keys that were written after the head; all of them if that is unknown."""
    if delta.reset or max(delta.floors.values(), default=0) > head.revision:
        return list(waiting)
    return [entry.key for entry in delta.entries if entry.key in waiting]
