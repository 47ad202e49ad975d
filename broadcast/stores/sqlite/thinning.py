"""The courses of a keyspace in SQLite: numbers their entries, and thins them. Runs inside the caller's transaction."""

import sqlite3
from dataclasses import dataclass, field

import msgspec

from broadcast.stores.apply_policies import Change
from broadcast.stores.sqlite.bulk import insert_rows, select_arrays
from broadcast.stores.sqlite.schema import LANE, NO_LANE
from broadcast.stores.thinning import Course, courses_after, with_keys
from broadcast.types import is_thinned

WRITE_COURSE = "INSERT OR REPLACE INTO course (keyspace, lane, newest, stride, raised_by)"


@dataclass(slots=True)
class Courses:
    """The courses that a batch changes, before and after it."""

    db: sqlite3.Connection
    keyspace: int
    before: dict[str, Course] = field(default_factory=dict)
    after: dict[str, Course] = field(default_factory=dict)
    raised_by: dict[str, int] = field(default_factory=dict)

    def number(self, changes: list[Change], size: int) -> list[Change]:
        """Return the changes with the keys of courses."""
        lanes = {change.lane for change in changes if change.key is None}
        where = "course WHERE keyspace = ? AND lane IN ({})"
        columns = "lane, newest, stride, raised_by"
        for lane, newest, stride, raised_by in select_arrays(self.db, columns, where, (self.keyspace,), list(lanes)):
            self.before[lane], self.raised_by[lane] = Course(newest, stride), raised_by
        self.after = courses_after(changes, self.before, size)
        return with_keys(changes, self.before, self.after)

    def write(self, keyspace: int, revision: int) -> dict[str, int]:
        """Write the courses; return the strides that this revision raised."""
        strides = {
            lane: course.stride
            for lane, course in self.after.items()
            if course.is_thinned_from(self.before.get(lane, Course()))
        }
        raised_by = self.raised_by | dict.fromkeys(strides, revision)
        rows = [(keyspace, lane, *course, raised_by.get(lane, 0)) for lane, course in self.after.items()]
        insert_rows(self.db, WRITE_COURSE, rows)
        return strides

    def thin(self, row_ids: tuple[int, int], lane: str, stride: int) -> int:
        """Remove the entries of a lane that its stride skips; return how many there were."""
        sql = f"SELECT json_group_array(json_array(row_id, key)) FROM entry {LANE if lane else NO_LANE}"
        found = msgspec.json.decode(self.db.execute(sql, (lane, *row_ids)).fetchone()[0])
        gone = [row_id for row_id, key in found if is_thinned(key, lane, {lane: stride})]
        sql = "DELETE FROM entry WHERE row_id IN (SELECT value FROM json_each(?))"
        self.db.execute(sql, (msgspec.json.encode(gone).decode(),))
        return len(gone)


def forget_courses(db: sqlite3.Connection, keyspace: int) -> set[str]:
    """Delete the courses of lanes that no longer exist, and return those lanes."""
    where = "course WHERE keyspace = ?1 AND lane NOT IN (SELECT lane FROM lane WHERE keyspace = ?1)"
    gone = {lane for (lane,) in db.execute(f"SELECT lane FROM {where}", (keyspace,)).fetchall()}
    db.execute(f"DELETE FROM {where}", (keyspace,))
    return gone
