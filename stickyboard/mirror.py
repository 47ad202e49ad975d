"""A client's copy of a board, updated by the rules in docs/reference/protocol.md. Sans-I/O.

The counterpart of the page's `mirror.js`, for clients in Python, recorded transcripts and tests.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from zlib import crc32

_NUMBER: Final = re.compile(r":([0-9]{1,15})\Z")  # at the end of the key of a course's entry


class Gap(Exception):  # the protocol's term
    """Raised when a section does not continue at the copy's revision; reconnect with the cursor.

    Args:
        head: the copy's epoch and revision.
        start: the section's epoch, and its `from`.
    """

    def __init__(self, keyspace: str, head: tuple[str, int], start: tuple[str, int]) -> None:
        super().__init__(keyspace, head, start)
        self.keyspace, self.head, self.start = keyspace, head, start

    def __str__(self) -> str:
        return f"{self.keyspace}: at {self.head[0]}:{self.head[1]}, got {self.start[0]}:{self.start[1]}"


class Mismatch(Exception):  # the protocol's term
    """Raised when the entries of a copy are not those of the server at the same head; start over."""

    def __init__(self, keyspace: str, expected: str, found: str) -> None:
        super().__init__(keyspace, expected, found)
        self.keyspace, self.expected, self.found = keyspace, expected, found

    def __str__(self) -> str:
        return f"other entries of {self.keyspace} than the server: digest {self.found}, expected {self.expected}"


@dataclass
class Copy:
    """The copy of one keyspace. Times are those of applying, in seconds since 1970 on the server's clock."""

    epoch: str = ""
    revision: int = 0
    # (lane, revision, value) by key, in ascending order of revision
    entries: dict[str, tuple[str, int, Any]] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict, compare=False)
    changed_at: float | None = field(default=None, compare=False)

    @property
    def head(self) -> tuple[str, int]:
        return self.epoch, self.revision

    @property
    def digest(self) -> str:
        """The digest of the entries; each counts with its key and revision."""
        total = sum([crc32(key.encode(), revision) for key, (_, revision, _) in self.entries.items()])
        return f"{total & 0xFFFFFFFF:08x}"

    def remove(self, key: str) -> None:
        self.entries.pop(key, None)
        self.times.pop(key, None)


class Mirror:
    """The copies of all keyspaces of a board.

    Args:
        is_strict: raise Gap also for a section that was already applied, which a server never sends.
    """

    def __init__(self, *, is_strict: bool = False) -> None:
        self.copies: dict[str, Copy] = {}
        self._is_strict = is_strict

    def apply(self, update: Mapping[str, Any]) -> set[str]:
        """Apply an update's sections in order; return the event types that may have changed.

        Raises:
            Gap: a section does not continue at its copy's revision; the sections before it were applied.
        """
        return {section["type"] for section in update["sections"] if self.apply_section(section)}

    def apply_section(self, section: Mapping[str, Any]) -> bool:
        """Apply one section; return False if it was already applied.

        Raises:
            Gap: the section does not continue at the copy's revision; nothing of it was applied.
        """
        copy = self.copies.get(section["type"]) or Copy()
        if section.get("reset"):
            self.reset(copy, section)
        elif section["epoch"] == copy.epoch and section["to"] <= copy.revision and not self._is_strict:
            return False
        elif (section["epoch"], section["from"]) != copy.head:
            raise Gap(section["type"], copy.head, (section["epoch"], section["from"]))
        self.copies[section["type"]] = copy
        if section.get("floors"):
            self.evict(copy, section["floors"])
        if section.get("strides"):
            self.thin(copy, section["strides"])
        for key, lane, revision, at, value in section["entries"]:
            copy.remove(key)
            copy.changed_at = at
            if value is not None:
                copy.entries[key], copy.times[key] = (lane, revision, value), at
        copy.revision = section["to"]
        return True

    def reset(self, copy: Copy, section: Mapping[str, Any]) -> None:
        """Empty a copy and set its epoch."""
        copy.entries.clear()
        copy.times.clear()
        copy.epoch, copy.revision, copy.changed_at = section["epoch"], 0, None

    def evict(self, copy: Copy, floors: Mapping[str, int]) -> None:
        """Remove everything at or below the floor of its lane, or of the keyspace (lane "")."""
        floor = floors.get("", 0)
        for key, (lane, revision, _) in list(copy.entries.items()):
            if revision <= max(floor, floors.get(lane, 0)):
                copy.remove(key)

    def thin(self, copy: Copy, strides: Mapping[str, int]) -> None:
        """Remove every entry of these lanes whose number is not a multiple of the lane's stride."""
        for key, (lane, _, _) in list(copy.entries.items()):
            number = _NUMBER.search(key)
            if lane in strides and (number is None or int(number[1]) % strides[lane]):
                copy.remove(key)

    def verify(self, heartbeat: Mapping[str, Any]) -> None:
        """Compare the copies that are at the heads of a heartbeat with its digests.

        Raises:
            Mismatch: a copy has other entries than the server.
        """
        for name, expected in heartbeat.get("digests", {}).items():
            copy = self.copies.get(name)
            if copy and copy.head == tuple(heartbeat["heads"].get(name, ())) and copy.digest != expected:
                raise Mismatch(name, expected, copy.digest)

    @property
    def cursor(self) -> str:
        """The cursor, as in a socket's query string."""
        return ",".join(f"{name}:{copy.epoch}:{copy.revision}" for name, copy in self.copies.items())

    @property
    def heads(self) -> dict[str, tuple[str, int]]:
        """The epoch and revision of each event type."""
        return {name: copy.head for name, copy in self.copies.items()}

    def values(self, event_type: str) -> dict[str, Any]:
        """Return the values of an event type by key, in ascending order of revision."""
        copy = self.copies.get(event_type)
        return {key: value for key, (_, _, value) in copy.entries.items()} if copy else {}

    def contents(self) -> dict[str, Any]:
        """Return the head and entries of each keyspace, which can be compared with those of another mirror."""
        return {name: (copy.head, dict(sorted(copy.entries.items()))) for name, copy in self.copies.items()}
