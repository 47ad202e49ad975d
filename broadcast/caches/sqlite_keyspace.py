"""One keyspace in SQLite: a batch applied, a delta read. Runs inside the caller's transaction."""

import secrets
import sqlite3
from dataclasses import dataclass
from typing import Self

from broadcast.caches.base import MAX_PRODUCERS, MAX_REMOVALS
from broadcast.fold import Change, fold
from broadcast.words import NEVER_WRITTEN, Applied, Batch, Bounds, Cursor, Delta, Entry

SWEEP_LIMIT = 1000  # expired entries removed in one transaction


def new_epoch() -> str:
    """Return a random name for a history: 40 bits, letters that need no escaping anywhere."""
    return secrets.token_hex(5)


def heads(db: sqlite3.Connection) -> dict[str, Cursor]:
    """Return the head of every keyspace."""
    return {name: Cursor(epoch, rev) for name, epoch, rev in db.execute("SELECT name, epoch, revision FROM keyspace")}


def delta_since(db: sqlite3.Connection, name: str, cursor: Cursor | None) -> Delta:
    """Read what a keyspace has after a cursor, or all of it where that cannot be told."""
    row = db.execute("SELECT id, epoch, revision, horizon FROM keyspace WHERE name = ?", (name,)).fetchone()
    if row is None:
        return Delta(name, NEVER_WRITTEN.epoch, 0, 0, reset=cursor != NEVER_WRITTEN)
    keyspace, epoch, revision, horizon = row
    if cursor is None or cursor.epoch != epoch or not horizon <= cursor.revision <= revision:
        everything = _entries(db, "keyspace = ? AND value IS NOT NULL", keyspace)
        return Delta(name, epoch, 0, revision, reset=True, entries=everything)
    since = cursor.revision
    floors = db.execute("SELECT lane, floor FROM floor WHERE keyspace = ? AND raised_by > ?", (keyspace, since))
    changed = _entries(db, "keyspace = ? AND revision > ?", keyspace, since)
    return Delta(name, epoch, since, revision, floors=dict(floors.fetchall()), entries=changed)


def _entries(db: sqlite3.Connection, where: str, *values: int) -> list[Entry]:
    sql = f"SELECT key, lane, revision, at, value FROM entry WHERE {where} ORDER BY revision"
    return list(map(Entry._make, db.execute(sql, values)))


@dataclass(slots=True)
class Keyspace:
    """A keyspace's row, and what this transaction does to it. `now` is in seconds since 1970."""

    db: sqlite3.Connection
    name: str
    now: float
    id: int = 0
    epoch: str = ""
    revision: int = 0
    horizon: int = 0
    live: int = 0
    removed: int = 0

    @classmethod
    def find(cls, db: sqlite3.Connection, name: str, now: float) -> Self:
        """Return the keyspace as it stands; it is made by the first write."""
        sql = "SELECT id, epoch, revision, horizon, live, removed FROM keyspace WHERE name = ?"
        row = db.execute(sql, (name,)).fetchone()
        return cls(db, name, now, *(row or ()))

    def apply(self, batch: Batch) -> Applied:
        """Apply a batch: expiry, policy, revisions, bounds, and the newest seq of each producer."""
        before, is_first = self.revision, not self.epoch
        expired = self._expired()
        known = self._seqs(batch)
        folded = fold(batch, known, lambda key: None if key in expired else self._value(key))
        written = {change.key for change in folded.changes}
        swept = [Change(key, lane, None) for key, lane in expired.items() if key not in written]
        if not self.id:
            if not folded.changes and not folded.seqs:
                return Applied(Delta(self.name, self.epoch, before, before), folded.failed)
            self._insert()
        entries = [entry for change in (*swept, *folded.changes) if (entry := self._write(change, batch.bounds))]
        floors = self._evict(batch.bounds, {entry.lane for entry in entries})
        self._forget_oldest(floors)
        self._remember(folded.seqs, known)
        self._update()
        if is_first and self.epoch:
            return Applied(delta_since(self.db, self.name, None), folded.failed)
        kept = [entry for entry in entries if not _is_below(entry, floors)]
        return Applied(Delta(self.name, self.epoch, before, self.revision, False, floors, kept), folded.failed)

    def start_over(self) -> bool:
        """Empty the keyspace and begin a new epoch; producers' seqs stay."""
        if not self.id:
            return False
        for table in ("entry", "lane", "floor"):
            self.db.execute(f"DELETE FROM {table} WHERE keyspace = ?", (self.id,))
        self.db.execute("UPDATE producer SET revision = 0 WHERE keyspace = ?", (self.id,))
        self.epoch, self.revision, self.horizon, self.live, self.removed = new_epoch(), 0, 0, 0, 0
        self._update()
        return True

    # reading

    def _expired(self) -> dict[str, str]:
        sql = (
            "SELECT key, lane FROM entry WHERE keyspace = ? AND expires_at <= ? AND value IS NOT NULL"
            " ORDER BY expires_at LIMIT ?"
        )
        return dict(self.db.execute(sql, (self.id, self.now, SWEEP_LIMIT)).fetchall())

    def _value(self, key: str) -> str | None:
        sql = "SELECT value FROM entry WHERE keyspace = ? AND key = ?"
        row = self.db.execute(sql, (self.id, key)).fetchone()
        return row[0] if row else None

    def _seqs(self, batch: Batch) -> dict[str, int]:
        names = {write.producer for write in batch.writes if write.seq}
        sql = "SELECT seq FROM producer WHERE keyspace = ? AND name = ?"
        found = {name: self.db.execute(sql, (self.id, name)).fetchone() for name in names}
        return {name: row[0] for name, row in found.items() if row}

    # writing

    def _insert(self) -> None:
        # Its epoch begins with its first change: until then it reads like one that was never written.
        sql = "INSERT INTO keyspace (name, epoch, revision, horizon, live, removed) VALUES (?, '', 0, 0, 0, 0)"
        self.id = self.db.execute(sql, (self.name,)).lastrowid or 0

    def _update(self) -> None:
        sql = "UPDATE keyspace SET epoch = ?, revision = ?, horizon = ?, live = ?, removed = ? WHERE id = ?"
        self.db.execute(sql, (self.epoch, self.revision, self.horizon, self.live, self.removed, self.id))

    def _write(self, change: Change, bounds: Bounds) -> Entry | None:
        """Write one change at the next revision; None when it removes what is not there."""
        was_live, was_removed, old_lane = self._before(change.key)
        if change.value is None and not was_live:
            return None
        self.revision += 1
        self.epoch = self.epoch or new_epoch()
        self.live += (change.value is not None) - was_live
        self.removed += (change.value is None) - was_removed
        key = str(self.revision) if change.key is None else change.key
        # A removal stays in the lane its entry had, so that the lane's count is right.
        lane = old_lane if change.value is None else change.lane
        if bounds.per_lane is not None:
            self._count(old_lane, -was_live)
            self._count(lane, change.value is not None)
        expires_at = self.now + bounds.ttl_s if bounds.ttl_s and change.value is not None else None
        sql = (
            "INSERT OR REPLACE INTO entry (keyspace, key, lane, revision, at, expires_at, value)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        self.db.execute(sql, (self.id, key, lane, self.revision, self.now, expires_at, change.value))
        return Entry(key, lane, self.revision, self.now, change.value)

    def _before(self, key: str | None) -> tuple[bool, bool, str]:
        sql = "SELECT value IS NOT NULL, lane FROM entry WHERE keyspace = ? AND key = ?"
        row = self.db.execute(sql, (self.id, key)).fetchone() if key is not None else None
        return (bool(row[0]), not row[0], row[1]) if row else (False, False, "")

    def _count(self, lane: str, by: int) -> None:
        if not by:
            return
        sql = (
            "INSERT INTO lane (keyspace, lane, live, newest) VALUES (?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET live = live + excluded.live, newest = excluded.newest"
        )
        self.db.execute(sql, (self.id, lane, by, self.revision))

    # bounds

    def _evict(self, bounds: Bounds, touched: set[str]) -> dict[str, int]:
        """Take the lowest revisions beyond the bounds; return the floors that this raised."""
        floors = {}
        if bounds.per_lane is not None:
            floors.update(self._evict_in_lanes(bounds.per_lane, touched))
        if bounds.max_lanes is not None:
            floors.update(self._evict_lanes(bounds.max_lanes))
        if bounds.max_keys is not None and self.live > bounds.max_keys:
            floors[""] = self._floor("value IS NOT NULL", (), self.live - bounds.max_keys)
            self.live -= self._drop("revision <= ?", (floors[""],))
        for lane, floor in floors.items():
            sql = "INSERT OR REPLACE INTO floor (keyspace, lane, floor, raised_by) VALUES (?, ?, ?, ?)"
            self.db.execute(sql, (self.id, lane, floor, self.revision))
        return floors

    def _evict_in_lanes(self, per_lane: int, touched: set[str]) -> dict[str, int]:
        floors = {}
        for lane in touched:
            row = self.db.execute("SELECT live FROM lane WHERE keyspace = ? AND lane = ?", (self.id, lane)).fetchone()
            if row and row[0] > per_lane:
                floors[lane] = self._floor("lane = ? AND value IS NOT NULL", (lane,), row[0] - per_lane)
                self._drop_of_lane(lane, floors[lane])
        return floors

    def _evict_lanes(self, max_lanes: int) -> dict[str, int]:
        self.db.execute("DELETE FROM lane WHERE keyspace = ? AND live = 0", (self.id,))
        count = self.db.execute("SELECT COUNT(*) FROM lane WHERE keyspace = ?", (self.id,)).fetchone()[0]
        if count <= max_lanes:
            return {}
        sql = "SELECT lane, newest FROM lane WHERE keyspace = ? ORDER BY newest LIMIT ?"
        floors = dict(self.db.execute(sql, (self.id, count - max_lanes)).fetchall())
        for lane, newest in floors.items():
            self._drop_of_lane(lane, newest)
        self.db.execute("DELETE FROM lane WHERE keyspace = ? AND live = 0", (self.id,))
        return floors

    def _floor(self, where: str, values: tuple[str, ...], excess: int) -> int:
        sql = f"SELECT revision FROM entry WHERE keyspace = ? AND {where} ORDER BY revision LIMIT 1 OFFSET ?"
        return int(self.db.execute(sql, (self.id, *values, excess - 1)).fetchone()[0])

    def _drop_of_lane(self, lane: str, floor: int) -> None:
        dropped = self._drop("lane = ? AND revision <= ?", (lane, floor))
        self.live -= dropped
        self.db.execute("UPDATE lane SET live = live - ? WHERE keyspace = ? AND lane = ?", (dropped, self.id, lane))

    def _drop(self, where: str, values: tuple[object, ...]) -> int:
        sql = f"DELETE FROM entry WHERE keyspace = ? AND value IS NOT NULL AND {where}"
        return self.db.execute(sql, (self.id, *values)).rowcount

    def _forget_oldest(self, floors: dict[str, int]) -> None:
        """Let go of the oldest removals and floors; a cursor older than those must start over."""
        if self.removed > MAX_REMOVALS:
            last = self._floor("value IS NULL", (), self.removed - MAX_REMOVALS)
            sql = "DELETE FROM entry WHERE keyspace = ? AND value IS NULL AND revision <= ?"
            self.removed -= self.db.execute(sql, (self.id, last)).rowcount
            self.horizon = max(self.horizon, last)
        if floors:
            sql = "SELECT raised_by FROM floor WHERE keyspace = ? ORDER BY raised_by DESC LIMIT 1 OFFSET ?"
            row = self.db.execute(sql, (self.id, MAX_REMOVALS)).fetchone()
            if row:
                self.db.execute("DELETE FROM floor WHERE keyspace = ? AND raised_by <= ?", (self.id, row[0]))
                self.horizon = max(self.horizon, row[0])

    def _remember(self, seqs: dict[str, int], known: dict[str, int]) -> None:
        sql = "INSERT OR REPLACE INTO producer (keyspace, name, seq, revision) VALUES (?, ?, ?, ?)"
        self.db.executemany(sql, [(self.id, name, seq, self.revision) for name, seq in seqs.items()])
        if seqs.keys() - known.keys():
            sql = (
                "DELETE FROM producer WHERE keyspace = ?1 AND name IN (SELECT name FROM producer WHERE"
                " keyspace = ?1 ORDER BY revision LIMIT"
                " max(0, (SELECT COUNT(*) FROM producer WHERE keyspace = ?1) - ?2))"
            )
            self.db.execute(sql, (self.id, MAX_PRODUCERS))


def _is_below(entry: Entry, floors: dict[str, int]) -> bool:
    return entry.value is not None and entry.revision <= max(floors.get("", 0), floors.get(entry.lane, 0))
