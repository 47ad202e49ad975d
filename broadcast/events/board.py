"""Boards: which scenes a page displays, in which order, and how large."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from broadcast.events.event_type import EventType, Shown

Size = Literal["narrow", "wide", "full", "strip", "banner"]
SIZES: Final = get_args(Size)
COLOURS: Final = 12


@dataclass(frozen=True, init=False)
class Scene:
    """One part of a board: the events of one or several types.

    Args:
        event_types: the names of its event types.
        show: the widget that draws all of them; None for each event type's own widget, side by side.
        title: its heading; None for the widget's or the event type's title.
        number: its keyboard shortcut.
        size: `narrow`, `wide` (two columns), `full` (two rows), `strip` (a low row) or `banner` (above all others, as
            high as its content).
        name: its name in addresses; None for the name of its first event type.
    """

    event_types: tuple[str, ...]
    show: Shown | Sequence[Shown] | None
    title: str | None
    number: int | None
    size: Size
    name: str | None

    def __init__(
        self,
        *event_types: str,
        show: Shown | Sequence[Shown] | None = None,
        title: str | None = None,
        number: int | None = None,
        size: Size = "narrow",
        name: str | None = None,
    ) -> None:
        fields = {"event_types": event_types, "show": show, "title": title, "number": number}
        for each, value in {**fields, "size": size, "name": name}.items():
            object.__setattr__(self, each, value)


@dataclass(frozen=True)
class Board:
    """A page of scenes.

    Args:
        name: its name in addresses.
        title: its heading; None for the name in words.
        scenes: its scenes in their order, or names of event types; none for a scene per event type.
        colours: the colours of names, such as `{"gbt": 1}`, as numbers from 1 to 12; other names have any colour.
        empty: a heading, and lines of code below it, which are displayed while the board has no events. Its scenes
            without events are then hidden. None displays each scene's own empty state.
        permission: who may view it: "public", a permission such as "shop.view_order", "group:NAME", a function of a
            request, or its dotted path; None for every user, or for everyone, as REQUIRE_LOGIN determines.
    """

    name: str
    title: str | None = None
    scenes: Sequence[str | Scene] = ()
    colours: Mapping[str, int] = field(default_factory=dict)
    empty: str | None = None
    permission: Any = field(default=None, repr=False)  # a function's text differs between processes

    def scenes_of(self, known: Iterable[str]) -> list[Scene]:
        """Return its scenes, or a scene for each of the known event types."""
        return [scene if isinstance(scene, Scene) else Scene(scene) for scene in self.scenes or known]

    def types_of(self, known: Iterable[str]) -> tuple[str, ...]:
        """Return the event types of its scenes, without duplicates: an update has one section per keyspace."""
        return tuple(dict.fromkeys(name for scene in self.scenes_of(known) for name in scene.event_types))

    def version(self, event_types: Mapping[str, EventType]) -> str:
        """Return a hash of what determines the page: its scenes and how its event types are drawn.

        A page with another version loads itself again.
        """
        drawn = [
            (kind.name, kind.title, kind.show) for name in self.types_of(event_types) if (kind := event_types.get(name))
        ]
        return hashlib.sha256(repr((self, drawn)).encode()).hexdigest()[:12]

    def problems(self) -> Iterator[str]:
        """Yield a message for each option that cannot work, whatever its event types are."""
        for name, colour in self.colours.items():
            if not _is_whole(colour) or not 1 <= colour <= COLOURS:
                yield f'board "{self.name}": colours[{name!r}] is {colour!r}; expected a number from 1 to {COLOURS}'
        for scene in self.scenes_of(()):
            where = f'board "{self.name}": Scene({", ".join(map(repr, scene.event_types))})'
            if scene.size not in SIZES:
                yield f"{where} has size={scene.size!r}; expected one of {', '.join(map(repr, SIZES))}"
            if scene.number is not None and (not _is_whole(scene.number) or not 0 <= scene.number <= 99):
                yield f"{where} has number={scene.number!r}; expected a whole number from 0 to 99"


def _is_whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)
