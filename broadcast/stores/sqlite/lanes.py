"""The lanes that a batch touches, and the numbers of courses. Runs inside the caller's transaction."""

import sqlite3
from collections.abc import Iterable

import msgspec

from broadcast.stores.apply_policies import Change
from broadcast.stores.sqlite.bulk import insert_rows, select_arrays
from broadcast.stores.thinning import Course, courses_after, with_keys

_FACTS = "live, newest, number, stride, raised_by"


class Lane(msgspec.Struct):
    """The number of live entries in a lane, and the revision of the newest one that was added.

    Of a course also the number of its newest event, its stride, and the revision that raised the stride.
    """

    live: int = 0
    newest: int = 0
    number: int = -1
    stride: int = 1
    raised_by: int = 0

    @property
    def course(self) -> Course:
        return Course(self.number, self.stride)


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
        """Return the changes with the keys of courses, and the lanes whose stride this raised."""
        before = {name: lane.course for name, lane in self.items()}
        after = courses_after(changes, before, size)
        for name, course in after.items():
            self[name].number, self[name].stride = course
        raised = {name for name, course in after.items() if course.stride > max(before[name].stride, 1)}
        return with_keys(changes, before, after), raised

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
