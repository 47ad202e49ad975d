"""Applies a batch to a keyspace in SQLite, in a few statements. Runs inside the caller's transaction.

    find -> expired -> read the batch's keys -> policies -> number -> write -> evict

The changes of a batch are computed in Python and then written in bulk; see `bulk`.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import msgspec

from broadcast.errors import HeadMoved
from broadcast.stores.apply_policies import Change, apply_policies
from broadcast.stores.base import SWEEP_LIMIT, new_epoch
from broadcast.stores.sqlite.bulk import insert_rows, select_arrays
from broadcast.stores.sqlite.lanes import Lanes
from broadcast.stores.sqlite.read import REVISION, delta_since, row_id_of
from broadcast.stores.sqlite.schema import LANE, LIVE, NO_LANE, REMOVALS
from broadcast.types import LIMITS, Batch, Bounds, Delta, Entry, Limits, is_thinned

_FACTS = "epoch, revision, horizon, live, removed, evicted, dropped, changed_at, changed_by"
_UPDATE = f"UPDATE keyspace SET {_FACTS.replace(',', ' = ?,')} = ? WHERE id = ?"
_FIND = (
    f"SELECT id, {_FACTS}, EXISTS(SELECT 1 FROM lane WHERE keyspace = k.id),"
    " EXISTS(SELECT 1 FROM entry WHERE keyspace = k.id AND expires_at <= ?2 AND value IS NOT NULL)"
    " FROM keyspace k WHERE name = ?1"
)
_EXPIRED = (
    "SELECT json_group_array(key) FROM (SELECT key FROM entry WHERE keyspace = ? AND expires_at <= ?"
    " AND value IS NOT NULL ORDER BY expires_at LIMIT ?)"
)


class Held(NamedTuple):
    """The entry at a key before the batch: its lane, whether it is live or a removal, and its value if needed."""

    lane: str
    is_live: bool
    value: str | None


NOTHING = Held("", False, None)


@dataclass(slots=True)
class Keyspace:
    """A keyspace's row in this transaction. `now` is in seconds since 1970."""

    db: sqlite3.Connection
    name: str
    now: float
    limits: Limits
    id: int = 0
    epoch: str = ""
    revision: int = 0
    horizon: int = 0
    live: int = 0
    removed: int = 0
    evicted: int = 0
    dropped: int = 0  # entries by `max_keys`, lanes by `max_lanes`
    changed_at: float | None = None
    changed_by: str = ""
    has_lanes: int = 0  # also if this process does not know the event type, and has no bounds for it
    has_expired: int = 0
    lanes: Lanes = field(default_factory=Lanes)

    @classmethod
    def find(cls, db: sqlite3.Connection, name: str, now: float, limits: Limits = LIMITS) -> Self:
        """Return the keyspace; its first write creates the row."""
        found = db.execute(_FIND, (name, now := round(now, 3))).fetchone()  # the wire has milliseconds
        return cls(db, name, now, limits, *(found or ()))

    def apply(self, batch: Batch) -> Delta:
        """Apply a batch: expiry, policy, revisions, bounds, and the newest seq of each producer."""
        if batch.head is not None and batch.head != (self.epoch, self.revision):
            raise HeadMoved(self.name)
        before, is_first = self.revision, not self.epoch
        expired = self._expired()
        known = self._seqs(batch)
        held = self._held({*expired, *(write.key for write in batch.writes if write.key is not None)}, batch)
        decided = apply_policies(batch, known, lambda key: None if key in expired else held.get(key, NOTHING).value)
        raised = set[str]()
        if batch.bounds.thins and batch.bounds.per_lane is not None:
            self.lanes.read(self.db, self.id, {change.lane for change in decided.changes if change.key is None})
            decided.changes, raised = self.lanes.number(decided.changes, batch.bounds.per_lane)
            held |= self._held({str(change.key) for change in decided.changes} - held.keys(), batch)
        written = {change.key for change in decided.changes}
        changes = [*(Change(key, "", None) for key in expired if key not in written), *decided.changes]
        changes = [change for change in changes if change.value is not None or held[str(change.key)].is_live]
        if not changes and not decided.seqs:
            return Delta(self.name, self.epoch, before, before, dropped=self.dropped)
        if not self.id:
            self.insert()
        entries = self._number(changes, held)
        if entries:
            self.changed_at, self.changed_by = self.now, decided.changed_by
        self._write(entries, batch.bounds)
        if batch.bounds.per_lane is not None or self.has_lanes:
            self._count(entries, held)
        self._thin(raised)
        floors = self._evict(batch.bounds)
        strides = {name: self.lanes[name].stride for name in raised if name in self.lanes}
        self._delete_oldest(floors)
        self.remember(decided.seqs, known)
        self.update()
        if is_first and self.epoch:
            return delta_since(self.db, self.name, None)
        remaining = [entry for entry in entries if not entry.is_evicted(floors)] if floors else entries
        return Delta(self.name, self.epoch, before, self.revision, False, floors, remaining, strides, self.dropped)

    def reset(self) -> bool:
        """Empty the keyspace and begin a new epoch; the seqs of producers remain."""
        if not self.id:
            return False
        self.db.execute("DELETE FROM entry WHERE row_id > ? AND row_id <= ?", self._row_ids(self.revision))
        for table in ("lane", "floor"):
            self.db.execute(f"DELETE FROM {table} WHERE keyspace = ?", (self.id,))
        self.db.execute("UPDATE producer SET revision = 0 WHERE keyspace = ?", (self.id,))
        self.epoch, self.revision, self.horizon = new_epoch(), 0, 0
        self.live = self.removed = self.dropped = 0
        self.changed_at, self.changed_by = self.now, ""
        self.update()
        return True

    # reading

    def _expired(self) -> set[str]:
        if not self.has_expired:
            return set()
        found = self.db.execute(_EXPIRED, (self.id, self.now, SWEEP_LIMIT)).fetchone()
        return set(msgspec.json.decode(found[0]))

    def _held(self, keys: set[str], batch: Batch) -> dict[str, Held]:
        value = "value" if batch.decide is not None else "NULL"
        columns, where = f"key, lane, value IS NOT NULL, {value}", "entry WHERE keyspace = ? AND key IN ({})"
        held = dict.fromkeys(keys, NOTHING)
        for key, lane, is_live, text in select_arrays(self.db, columns, where, (self.id,), list(keys)):
            held[key] = Held(lane, bool(is_live), text)
        return held

    def _seqs(self, batch: Batch) -> dict[str, int]:
        names = {write.producer for write in batch.writes if write.seq}
        where = "producer WHERE keyspace = ? AND name IN ({})"
        return dict(select_arrays(self.db, "name, seq", where, (self.id,), list(names)))

    # writing

    def insert(self) -> None:
        # Its epoch begins with its first change; until then it reads like a keyspace that was never written.
        sql = "INSERT INTO keyspace (name, epoch, revision, horizon, live, removed) VALUES (?, '', 0, 0, 0, 0)"
        self.id = self.db.execute(sql, (self.name,)).lastrowid or 0

    def update(self) -> None:
        counts = (self.revision, self.horizon, self.live, self.removed, self.evicted, self.dropped)
        self.db.execute(_UPDATE, (self.epoch, *counts, self.changed_at, self.changed_by, self.id))

    def _number(self, changes: list[Change], held: dict[str, Held]) -> list[Entry]:
        """Assign a revision to each change, and count live entries and removals."""
        entries, revision, now = [], self.revision, self.now
        for key, lane, value in changes:
            revision += 1
            if key is None:
                entries.append(Entry(str(revision), lane, revision, now, value))
                self.live += 1
                continue
            before = held[key]
            self.live += (value is not None) - before.is_live
            self.removed += (value is None) - (before is not NOTHING and not before.is_live)
            # A removal has the lane of its entry, so that the lane's count is correct.
            entries.append(Entry(key, before.lane if value is None else lane, revision, now, value))
        self.revision = revision
        if entries:
            self.epoch = self.epoch or new_epoch()
        return entries

    def _count(self, entries: list[Entry], held: dict[str, Held]) -> None:
        """Update the counts of the lanes of these entries."""
        gone = [held[entry.key].lane for entry in entries if held.get(entry.key, NOTHING).is_live]
        self.lanes.read(self.db, self.id, {*gone, *(entry.lane for entry in entries)})
        for name in gone:
            self.lanes[name].live -= 1
        for entry in entries:
            if entry.value is not None:
                lane = self.lanes[entry.lane]
                lane.live, lane.newest = lane.live + 1, entry.revision

    def _write(self, entries: list[Entry], bounds: Bounds) -> None:
        base, expires_at = row_id_of(self.id, 0), self.now + bounds.ttl_s if bounds.ttl_s else None
        rows = [
            (base + revision, self.id, key, lane, at, expires_at if value is not None else None, value)
            for key, lane, revision, at, value in entries
        ]
        insert_rows(self.db, "INSERT OR REPLACE INTO entry (row_id, keyspace, key, lane, at, expires_at, value)", rows)

    # bounds

    def _thin(self, raised: Iterable[str]) -> None:
        for name in raised:
            lane = self.lanes[name]
            thinned, lane.raised_by = self._drop_thinned(name, lane.stride), self.revision
            lane.live -= thinned
            self._count_evicted(thinned)

    def _drop_thinned(self, lane: str, stride: int) -> int:
        """Remove the entries of a lane that its stride skips; return how many there were."""
        sql = f"SELECT json_group_array(json_array(row_id, key)) FROM entry {LANE if lane else NO_LANE}"
        found = msgspec.json.decode(self.db.execute(sql, (lane, *self._row_ids(self.revision))).fetchone()[0])
        gone = [row_id for row_id, key in found if is_thinned(key, lane, {lane: stride})]
        sql = "DELETE FROM entry WHERE row_id IN (SELECT value FROM json_each(?))"
        self.db.execute(sql, (msgspec.json.encode(gone).decode(),))
        return len(gone)

    def _evict(self, bounds: Bounds) -> dict[str, int]:
        """Evict the lowest revisions beyond the bounds; return the floors that this raised."""
        floors: dict[str, int] = {}
        if bounds.per_lane is not None:
            for name, lane in self.lanes.items():
                if lane.live > bounds.per_lane:
                    floors[name] = self._floor(LANE if name else NO_LANE, lane.live - bounds.per_lane, name)
                    lane.live -= self._drop_of_lane(name, floors[name])
            if bounds.thins:  # a lane without entries begins again with number 0, so nothing older may stay
                floors.update({name: self.revision for name, lane in self.lanes.items() if not lane.live})
        self.lanes.write(self.db, self.id)
        if bounds.max_lanes is not None:
            floors.update(self._evict_lanes(bounds.max_lanes))
        if bounds.max_keys is not None and self.live > bounds.max_keys:
            floors[""] = self._floor(LIVE, self.live - bounds.max_keys)
            if bounds.per_lane is not None or self.has_lanes:
                self._count_out_of_lanes(floors[""])
            self.dropped += self.live - bounds.max_keys
            self._count_evicted(self._drop(LIVE, floors[""]))
        rows = [(self.id, lane, floor, self.revision) for lane, floor in floors.items()]
        insert_rows(self.db, "INSERT OR REPLACE INTO floor (keyspace, lane, floor, raised_by)", rows)
        return floors

    def _evict_lanes(self, max_lanes: int) -> dict[str, int]:
        if (live := self.lanes.drop_empty(self.db, self.id)) <= max_lanes:
            return {}
        sql = "SELECT lane, newest FROM lane WHERE keyspace = ? ORDER BY newest LIMIT ?"
        floors = dict(self.db.execute(sql, (self.id, live - max_lanes)).fetchall())
        self.dropped += len(floors)
        for name, newest in floors.items():
            self._drop_of_lane(name, newest)
            self.lanes.pop(name, None)
            self.db.execute("DELETE FROM lane WHERE keyspace = ? AND lane = ?", (self.id, name))
        return floors

    def _count_out_of_lanes(self, floor: int) -> None:
        sql = f"SELECT lane, COUNT(*) FROM entry {LIVE} GROUP BY lane"
        for lane, count in self.db.execute(sql, self._row_ids(floor)).fetchall():
            self.db.execute("UPDATE lane SET live = live - ? WHERE keyspace = ? AND lane = ?", (count, self.id, lane))

    def _drop_of_lane(self, lane: str, floor: int) -> int:
        dropped = self._drop(LANE if lane else NO_LANE, floor, lane)
        self._count_evicted(dropped)
        return dropped

    def _count_evicted(self, dropped: int) -> None:
        self.live -= dropped
        self.evicted += dropped

    def _floor(self, rows: str, excess: int, *values: str) -> int:
        """Return the revision of the last of the `excess` lowest rows."""
        sql = f"SELECT {REVISION} FROM entry {rows} ORDER BY row_id LIMIT 1 OFFSET ?"
        return int(self.db.execute(sql, (*values, *self._row_ids(self.revision), excess - 1)).fetchone()[0])

    def _drop(self, rows: str, floor: int, *values: str) -> int:
        return self.db.execute(f"DELETE FROM entry {rows}", (*values, *self._row_ids(floor))).rowcount

    def _row_ids(self, until: int) -> tuple[int, int]:
        return row_id_of(self.id, 0), row_id_of(self.id, until)

    def _delete_oldest(self, floors: dict[str, int]) -> None:
        """Delete the oldest removals and floors; a reader with an older cursor must start over."""
        if self.removed > self.limits.removals:
            last = self._floor(REMOVALS, self.removed - self.limits.removals)
            self.removed -= self._drop(REMOVALS, last)
            self.horizon = max(self.horizon, last)
        if floors:
            sql = "SELECT raised_by FROM floor WHERE keyspace = ? ORDER BY raised_by DESC LIMIT 1 OFFSET ?"
            row = self.db.execute(sql, (self.id, self.limits.removals)).fetchone()
            if row:
                self.db.execute("DELETE FROM floor WHERE keyspace = ? AND raised_by <= ?", (self.id, row[0]))
                self.horizon = max(self.horizon, row[0])

    def remember(self, seqs: dict[str, int], known: Mapping[str, int]) -> None:
        """Store the newest seqs, and delete those of the producers that have been silent for longest."""
        rows = [(self.id, name, seq, self.revision) for name, seq in seqs.items()]
        insert_rows(self.db, "INSERT OR REPLACE INTO producer (keyspace, name, seq, revision)", rows)
        if seqs.keys() - known.keys():
            sql = (
                "DELETE FROM producer WHERE keyspace = ?1 AND name IN (SELECT name FROM producer WHERE"
                " keyspace = ?1 ORDER BY revision LIMIT"
                " max(0, (SELECT COUNT(*) FROM producer WHERE keyspace = ?1) - ?2))"
            )
            self.db.execute(sql, (self.id, self.limits.producers))
