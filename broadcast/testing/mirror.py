"""A reader's copy of a board, kept as docs/reference/protocol.md tells a client to keep it. Pure.

The same as the page's `mirror.js`, for clients in Python, recorded transcripts and tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from broadcast.types import is_evicted

Kept = tuple[str, int, Any]


class Gap(Exception):  # as in the protocol
    """Raised when a section does not continue where the copy stands; connect again with the cursor.

    Args:
        keyspace: the section's event type.
        mine: the copy's epoch and revision.
        told: the section's epoch, and the revision that it continues at.
    """

    def __init__(self, keyspace: str, mine: tuple[str, int], told: tuple[str, int]) -> None:
        super().__init__(keyspace, mine, told)
        self.keyspace, self.mine, self.told = keyspace, mine, told

    def __str__(self) -> str:
        return f"{self.keyspace}: at {self.mine[0]}:{self.mine[1]}, got {self.told[0]}:{self.told[1]}"


@dataclass
class Copy:
    """One keyspace: where it stands, and its entries as key -> (lane, revision, value), by ascending revision.

    `times` says of each key when it was applied, and `changed_at` when the newest change was, both in
    seconds since 1970 on the server's clock.
    """

    epoch: str = ""
    revision: int = 0
    entries: dict[str, Kept] = field(default_factory=dict)
    times: dict[str, float] = field(default_factory=dict, compare=False)
    changed_at: float | None = field(default=None, compare=False)

    @property
    def head(self) -> tuple[str, int]:
        """Epoch and revision."""
        return self.epoch, self.revision

    def remove(self, key: str) -> None:
        """Remove an entry where there is one."""
        self.entries.pop(key, None)
        self.times.pop(key, None)


class Mirror:
    """All keyspaces of a board.

    Args:
        is_strict: raise Gap also for a section that is known already, which a server never sends.
    """

    def __init__(self, *, is_strict: bool = False) -> None:
        self.copies: dict[str, Copy] = {}
        self._is_strict = is_strict

    def apply(self, update: Mapping[str, Any]) -> set[str]:
        """Apply an update's sections in order; return the event types that may be different now.

        Raises:
            Gap: a section does not continue where its copy stands; those before it were applied.
        """
        return {section["type"] for section in update["sections"] if self.apply_section(section)}

    def apply_section(self, section: Mapping[str, Any]) -> bool:
        """Bring one keyspace on; return False for what is known already.

        Raises:
            Gap: the section does not continue where the copy stands; nothing of it was applied.
        """
        copy = self.copies.get(section["type"]) or Copy()
        if section.get("reset"):
            self.start_over(copy, section)
        elif section["epoch"] == copy.epoch and section["to"] <= copy.revision and not self._is_strict:
            return False
        elif (section["epoch"], section["from"]) != copy.head:
            raise Gap(section["type"], copy.head, (section["epoch"], section["from"]))
        self.copies[section["type"]] = copy
        if section.get("floors"):
            self.evict(copy, section["floors"])
        for key, lane, revision, at, value in section["entries"]:
            copy.remove(key)
            copy.changed_at = at
            if value is not None:
                copy.entries[key], copy.times[key] = (lane, revision, value), at
        copy.revision = section["to"]
        return True

    def start_over(self, copy: Copy, section: Mapping[str, Any]) -> None:
        """Empty a copy for another history."""
        copy.entries.clear()
        copy.times.clear()
        copy.epoch, copy.revision, copy.changed_at = section["epoch"], 0, None

    def evict(self, copy: Copy, floors: Mapping[str, int]) -> None:
        """Remove everything at or below the floor of its lane, or of the keyspace (lane "")."""
        evicted = [key for key, (lane, revision, _) in copy.entries.items() if is_evicted(lane, revision, floors)]
        for key in evicted:
            copy.remove(key)

    @property
    def cursor(self) -> str:
        """How far the copy has got, as it stands in a socket's address."""
        return ",".join(f"{name}:{copy.epoch}:{copy.revision}" for name, copy in self.copies.items())

    @property
    def heads(self) -> dict[str, tuple[str, int]]:
        """Epoch and revision of each event type."""
        return {name: copy.head for name, copy in self.copies.items()}

    def values(self, event_type: str) -> dict[str, Any]:
        """Return what is kept of an event type, key to value, by ascending revision."""
        copy = self.copies.get(event_type)
        return {key: value for key, (_, _, value) in copy.entries.items()} if copy else {}

    def shown(self) -> dict[str, Any]:
        """Return what a person would see, and where it stands: comparable with another mirror's."""
        return {name: (copy.head, dict(sorted(copy.entries.items()))) for name, copy in self.copies.items()}
