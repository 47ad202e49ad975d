"""A browser's copy of a board in Python, kept as docs/protocol.md tells a client to keep it."""

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Copy:
    """One keyspace: where it stands, and its entries as key -> (lane, revision, value)."""

    epoch: str = ""
    revision: int = 0
    entries: dict[str, tuple[str, int, Any]] = field(default_factory=dict)


class Gap(AssertionError):
    """A section does not continue where the copy stands."""


class Picture:
    """All keyspaces of a board."""

    def __init__(self) -> None:
        self.copies: dict[str, Copy] = {}

    def apply(self, frame: dict[str, Any]) -> None:
        for section in frame["sections"]:
            self.apply_section(section)

    def apply_section(self, section: dict[str, Any]) -> None:
        copy = self.copies.setdefault(section["type"], Copy())
        if section.get("reset"):
            self.start_over(copy, section)
        elif (copy.epoch, copy.revision) != (section["epoch"], section["from"]):
            raise Gap(f"{section['type']}: at {copy.epoch}:{copy.revision}, got {section['epoch']}:{section['from']}")
        for lane, floor in section.get("floors", {}).items():
            self.cut(copy, lane, floor)
        for key, lane, revision, _, value in section["entries"]:
            copy.entries.pop(key, None)
            if value is not None:
                copy.entries[key] = (lane, revision, value)
        copy.revision = section["to"]

    def start_over(self, copy: Copy, section: dict[str, Any]) -> None:
        copy.entries.clear()
        copy.epoch, copy.revision = section["epoch"], 0

    def cut(self, copy: Copy, lane: str, floor: int) -> None:
        gone = [k for k, (of, revision, _) in copy.entries.items() if lane in ("", of) and revision <= floor]
        for key in gone:
            del copy.entries[key]

    @property
    def cursor(self) -> str:
        return ",".join(f"{name}:{copy.epoch}:{copy.revision}" for name, copy in self.copies.items())

    @property
    def heads(self) -> dict[str, tuple[str, int]]:
        return {name: (copy.epoch, copy.revision) for name, copy in self.copies.items()}

    def shown(self) -> dict[str, Any]:
        """What a person would see, and where it stands: comparable with another picture's."""
        return {
            name: ((copy.epoch, copy.revision), dict(sorted(copy.entries.items())))
            for name, copy in self.copies.items()
        }


def picture_of(deltas: dict[str, Any]) -> Picture:
    """Return the picture that a browser has which was sent these deltas from nothing."""
    picture = Picture()
    for delta in deltas.values():
        apply_delta(picture, delta)
    return picture


def apply_delta(picture: Picture, delta: Any) -> None:
    """Apply a store's delta as the section it would be sent as."""
    from broadcast.frames import section_of

    picture.apply_section(json.loads(section_of(delta).text))
