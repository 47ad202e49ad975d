"""The lanes that a batch touches, and the numbers of courses. Runs inside the caller's transaction."""

import sqlite3
from collections import Counter
from collections.abc import Iterable

import msgspec

from broadcast.stores.apply_policies import Change
from broadcast.stores.sqlite.bulk import insert_rows, select_arrays
from broadcast.stores.thinning import key_of, rounded_up
from broadcast.types import put_last

_FACTS = "live, newest, number, stride, raised_by"


class Lane(msgspec.Struct):
    """The number of live entries in a lane, and the revision of the newest one that was added.

    Of a course also the number of its newest event, its stride (0 if unknown, since the lane was restored), and the
    revision that raised the stride.
    """

    live: int = 0
    newest: int = 0
    number: int = -1
    stride: int = 1
    raised_by: int = 0

    def count(self, events: int, size: int) -> bool:
        """Count further events of a course; return whether this raised its stride."""
        before = self.stride = max(self.stride, 1)
        self.number += events
        while rounded_up(self.number, self.stride) >= size * self.stride:
            self.stride *= 2
        return self.stride > before


class Lanes(dict[str, Lane]):
    """Lanes of a keyspace by name, as they are after the changes so far."""

    def read(self, db: sqlite3.Connection, keyspace: int, names: Iterable[str]) -> None:
        """Read the lanes with these names that are not here yet."""
        unknown = [name for name in names if name not in self]
        self.update((name, Lane()) for name in unknown)
        where = "lane WHERE keyspace = ? AND lane IN ({})"
        for name, *facts in select_arrays(db, f"lane, {_FACTS}", where, (keyspace,), unknown):
            self[name] = Lane(*facts)

    def number(self, changes: list[Change], size: int) -> tuple[list[Change], set[str]]:
        """Return the changes with the keys of courses, each key once, and the lanes whose stride this raised."""
        numbers = {name: lane.number for name, lane in self.items()}
        events = Counter(change.lane for change in changes if change.key is None)
        raised = {name for name, count in events.items() if self[name].count(count, size)}
        keyed: dict[str, Change] = {}
        for change in changes:
            key = change.key
            if key is None:
                numbers[change.lane] += 1
                key = key_of(change.lane, rounded_up(numbers[change.lane], self[change.lane].stride))
            put_last(keyed, key, change._replace(key=key))
        return list(keyed.values()), raised

    def drop_empty(self, db: sqlite3.Connection, keyspace: int) -> int:
        """Delete the lanes without live entries; return how many remain."""
        sql = "SELECT COUNT(nullif(live, 0)), COUNT(*) FROM lane WHERE keyspace = ?"
        live, count = db.execute(sql, (keyspace,)).fetchone()
        if live < count:
            db.execute("DELETE FROM lane WHERE keyspace = ? AND live = 0", (keyspace,))
            for name in [name for name, lane in self.items() if not lane.live]:
                del self[name]
        return int(live)

    def write(self, db: sqlite3.Connection, keyspace: int) -> None:
        rows = [(keyspace, name, *msgspec.structs.astuple(lane)) for name, lane in self.items()]
        insert_rows(db, f"INSERT OR REPLACE INTO lane (keyspace, lane, {_FACTS})", rows)
