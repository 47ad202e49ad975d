"""Event types that still name a module with `scene`. Deleted once all have a widget."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from django.contrib.staticfiles.finders import find

from broadcast.events.board import Scene
from broadcast.events.event_type import EventType, Shown
from broadcast.page.widgets.texts import Table


@dataclass(frozen=True)
class Legacy:
    """A module in scenes/ in the place of a widget."""

    kind: str
    title: str | None = None

    def options(self) -> dict[str, Any]:
        return {}

    def problems(self, event_type: EventType) -> Iterator[str]:
        return iter(())


@cache
def exists(module: str) -> bool:
    return find(module) is not None


def legacy_of(kind: EventType) -> Shown | None:
    if kind.show is None and kind.scene and kind.scene != "json" and exists(f"stickyboard/page/scenes/{kind.scene}.js"):
        return cast(Shown, Legacy(kind.scene))
    return None


def usable(widget: Shown) -> Shown:
    """Return the widget, or a table if its module is not there yet."""
    if widget.kind == "custom" or exists(f"stickyboard/page/widgets/{widget.kind}.js"):
        return widget
    return Table()


def grouped(scenes: Sequence[Scene], event_types: Mapping[str, EventType]) -> list[Scene]:
    """Merge scenes of one event type each that have one module."""
    found: dict[str, Scene] = {}
    for scene in scenes:
        legacies = [legacy_of(event_types[name]) for name in scene.event_types]
        legacy = legacies[0] if len(legacies) == 1 and scene.show is None else None
        key = legacy.kind if legacy else str(len(found))
        if key in found:
            known = found[key]
            types = (*known.event_types, *scene.event_types)
            found[key] = Scene(*types, title=legacy.kind.capitalize(), size="strip", name=legacy.kind)  # type: ignore[union-attr]
        else:
            found[key] = scene
    return list(found.values())
