"""The store as a person would describe it: dicts and lists, no cleverness, no performance.

The contract suite compares every backend with it after every step.
"""

import json
import math
from dataclasses import dataclass, field
from typing import Any

from broadcast.events.policies import IGNORE, REMOVE
from broadcast.types import Batch


@dataclass
class PlainEntry:
    key: str
    lane: str
    revision: int
    value: Any
    expires_at: float | None


@dataclass
class Plain:
    """One keyspace."""

    entries: dict[str, PlainEntry] = field(default_factory=dict)
    lane_changed: dict[str, int] = field(default_factory=dict)
    seqs: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)  # of the newest event in each lane of a course
    strides: dict[str, int] = field(default_factory=dict)
    revision: int = 0
    failed: set[int] = field(default_factory=set)

    def clear(self) -> None:
        self.entries.clear()
        self.lane_changed.clear()
        self._forget_empty_lanes()
        self.revision = 0

    def apply(self, batch: Batch, now: float) -> None:
        due = [k for k in self.entries.values() if k.expires_at is not None and k.expires_at <= now]
        due = {kept.key: self.entries.pop(kept.key) for kept in due}
        changes = self._changes(batch)
        if batch.bounds.thins and batch.bounds.per_lane is not None:
            changes = self._numbered(changes, batch.bounds.per_lane)
        for key, kept in due.items():
            if not any(change[0] == key for change in changes):
                self._removed(kept)
        before = dict(self.seqs)
        for index, write in enumerate(batch.writes):
            if write.seq and index not in self.failed:
                self.seqs[write.producer] = max(
                    write.seq, before.get(write.producer, 0), self.seqs.get(write.producer, 0)
                )
        for key, lane, value in changes:
            self._change(key, lane, value, due, batch, now)
        self._bound(batch)
        self._forget_empty_lanes()

    def _changes(self, batch: Batch) -> list[tuple[str | None, str, Any]]:
        """Each key's last value, in the order of the last writes."""
        self.failed = set()
        held = {key: kept.value for key, kept in self.entries.items()}
        out: list[tuple[str | None, str, Any]] = []
        for index, write in enumerate(batch.writes):
            if write.seq and write.seq <= self.seqs.get(write.producer, 0):
                continue
            if write.event is None or batch.decide is None:
                value = None if write.value is None else json.loads(write.value)
            else:
                try:
                    value = batch.decide(held.get(write.key), write.event)
                    assert value is not None
                except Exception:
                    self.failed.add(index)
                    continue
                if value is IGNORE:
                    continue
                value = None if value is REMOVE else value
            if write.key is not None:
                held[write.key] = value
                out = [change for change in out if change[0] != write.key]
            out.append((write.key, write.lane, value))
        return out

    def _change(
        self, key: str | None, lane: str, value: Any, due: dict[str, PlainEntry], batch: Batch, now: float
    ) -> None:
        old = self.entries.pop(key, None) or due.get(key) if key is not None else None
        if value is None:
            if old is not None:
                self._removed(old)
            return
        self.revision += 1
        if old is not None and old.lane != lane:
            self.lane_changed[old.lane] = self.revision
        self.lane_changed[lane] = self.revision
        expires_at = now + batch.bounds.ttl_s if batch.bounds.ttl_s else None
        name = str(self.revision) if key is None else key
        self.entries[name] = PlainEntry(name, lane, self.revision, value, expires_at)

    def _removed(self, kept: PlainEntry) -> None:
        self.revision += 1

    def _bound(self, batch: Batch) -> None:
        bounds = batch.bounds
        by_age = sorted(self.entries.values(), key=lambda kept: kept.revision)
        if bounds.per_lane is not None:
            for lane in {kept.lane for kept in by_age}:
                for kept in [kept for kept in by_age if kept.lane == lane][: -bounds.per_lane]:
                    del self.entries[kept.key]
        if bounds.max_lanes is not None:
            lanes = sorted({kept.lane for kept in self.entries.values()}, key=self.lane_changed.__getitem__)
            gone = set(lanes[: -bounds.max_lanes])
            self.entries = {key: kept for key, kept in self.entries.items() if kept.lane not in gone}
        if bounds.max_keys is not None:
            left = sorted(self.entries.values(), key=lambda kept: kept.revision)[-bounds.max_keys :]
            self.entries = {kept.key: kept for kept in left}

    def _numbered(self, changes: list[tuple[str | None, str, Any]], size: int) -> list[tuple[str | None, str, Any]]:
        """Number the new entries of courses one after the other; remove every second entry when there are too many."""
        out: list[tuple[str | None, str, Any]] = []
        for key, lane, value in changes:
            if key is None:
                number = self.numbers[lane] = self.numbers.get(lane, -1) + 1
                while math.ceil(number / self.strides.setdefault(lane, 1)) + 1 > size:
                    self.strides[lane] *= 2
                    skipped = [name for name, kept in self.entries.items() if self._is_skipped(lane, name, kept.lane)]
                    for name in skipped:
                        del self.entries[name]
                    out = [change for change in out if change[2] is None or not self._is_skipped(lane, *change[:2])]
                key = f"{lane}:{math.ceil(number / self.strides[lane]) * self.strides[lane]}"
            out = [change for change in out if change[0] != key]
            out.append((key, lane, value))
        return out

    def _is_skipped(self, lane: str, key: str | None, of: str) -> bool:
        return of == lane and int(str(key).rpartition(":")[2]) % self.strides[lane] != 0

    def _forget_empty_lanes(self) -> None:
        lanes = {kept.lane for kept in self.entries.values()}
        self.numbers = {lane: number for lane, number in self.numbers.items() if lane in lanes}
        self.strides = {lane: stride for lane, stride in self.strides.items() if lane in lanes}

    def shown(self) -> dict[str, tuple[str, int, Any]]:
        return {key: (kept.lane, kept.revision, kept.value) for key, kept in sorted(self.entries.items())}

    def put_back(self) -> None:
        """Replace the contents by a copy. The age of a lane is that of the newest entry in it."""
        self.lane_changed = {kept.lane: kept.revision for kept in sorted(self.entries.values(), key=_by_revision)}
        self.strides = {}
        self.numbers = dict.fromkeys(self.numbers, 0)
        for kept in self.entries.values():
            if ":" in kept.key:
                self.numbers[kept.lane] = max(self.numbers[kept.lane], int(kept.key.rpartition(":")[2]))


def _by_revision(kept: PlainEntry) -> int:
    return kept.revision
