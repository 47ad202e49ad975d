"""The scenes of a board page: each with its event types and the widgets that draw them, as JSON for the page."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType, Shown
from broadcast.page.widgets import Custom
from broadcast.page.widgets.default import default_of

FOLDER = "stickyboard/page/"


@dataclass(frozen=True)
class Tile:
    """A widget and what it draws; a scene has one, or one per event type, side by side."""

    types: tuple[str, ...]
    title: str
    widget: Shown

    @property
    def module(self) -> str:
        """The name of the widget's JavaScript module among the static files."""
        return f"{FOLDER}widgets/{self.widget.kind}.js"


@dataclass(frozen=True)
class PlacedScene:
    """A scene on the page."""

    name: str
    title: str
    number: int | None
    size: str
    tiles: tuple[Tile, ...]

    def for_page(self) -> dict[str, Any]:
        tiles = [
            {
                "types": tile.types,
                "title": tile.title,
                "widget": tile.widget.kind,
                "module": tile.module,
                "options": tile.widget.options(),
            }
            for tile in self.tiles
        ]
        return {"name": self.name, "title": self.title, "number": self.number, "size": self.size, "tiles": tiles}


def placed(board: Board, event_types: Mapping[str, EventType]) -> list[PlacedScene]:
    """Return the scenes of a board in their order. A scene whose name another one has gets a number behind it."""
    taken: set[str] = set()
    scenes = []
    for scene in board.scenes_of(event_types):
        for each in _placed(scene, [event_types[name] for name in scene.event_types]):
            name, count = each.name, 2
            while name in taken:
                name, count = f"{each.name}_{count}", count + 1
            taken.add(name)
            scenes.append(replace(each, name=name))
    return scenes


def types_of(scenes: Sequence[PlacedScene]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for scene in scenes for tile in scene.tiles for name in tile.types))


def modules_of(scenes: Sequence[PlacedScene]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tile.module for scene in scenes for tile in scene.tiles))


def own_modules(scenes: Iterable[PlacedScene]) -> tuple[str, ...]:
    """Return the names of the modules that the scenes name with `Custom`, without duplicates."""
    widgets = [tile.widget for scene in scenes for tile in scene.tiles]
    return tuple(dict.fromkeys(widget.module for widget in widgets if isinstance(widget, Custom)))


def widgets_of(event_type: EventType) -> list[Shown]:
    """Return the widgets that draw an event type where a scene names none."""
    return as_list(event_type.show) or [default_of(event_type).widget]


def as_list(show: Shown | Sequence[Shown] | None) -> list[Shown]:
    if show is None:
        return []
    return list(show) if isinstance(show, Sequence) else [show]


def slug_of(title: str) -> str:
    """Return a title as a name for addresses: "Windows per host" is "windows_per_host"."""
    return re.sub(r"\W+", "_", title.lower()).strip("_")


def _placed(scene: Scene, kinds: Sequence[EventType]) -> Iterator[PlacedScene]:
    names = tuple(kind.name for kind in kinds)
    if len(kinds) == 1 or scene.show:
        for index, widget in enumerate(as_list(scene.show) or widgets_of(kinds[0])):
            title = (not index and scene.title) or widget.title or scene.title or title_of(kinds[0])
            name = scene.name or (names[0] if len(names) == 1 else slug_of(title) or names[0])
            number = None if index else scene.number
            if index and not widget.title:  # the first scene has this heading
                title = f"{title} ({widget.kind.replace('_', ' ')})"
            tile = Tile(names, title, widget)
            yield PlacedScene(f"{name}_{widget.kind}" if index else name, title, number, scene.size, (tile,))
        return
    tiles = [
        Tile((kind.name,), widget.title or title_of(kind), widget) for kind in kinds for widget in widgets_of(kind)
    ]
    title = scene.title or title_of(kinds[0])
    yield PlacedScene(scene.name or slug_of(title) or names[0], title, scene.number, scene.size, tuple(tiles))


def title_of(kind: EventType) -> str:
    return kind.title or kind.name.replace("_", " ").capitalize()
