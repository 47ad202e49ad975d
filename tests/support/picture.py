"""A browser's copy of a board that accepts only what a server may send, and one made of the store's deltas."""

import json
from typing import Any

from broadcast.delivery.updates import section_of
from stickyboard.mirror import Copy, Gap, Mirror

__all__ = ["Copy", "Gap", "Picture", "apply_delta", "picture_of"]


class Picture(Mirror):
    """A strict mirror."""

    def __init__(self) -> None:
        super().__init__(is_strict=True)


def picture_of(deltas: dict[str, Any]) -> Picture:
    """Return the state of a new browser after these deltas."""
    picture = Picture()
    for delta in deltas.values():
        apply_delta(picture, delta)
    return picture


def apply_delta(picture: Picture, delta: Any) -> None:
    """Apply a store's delta in the form in which it is sent."""
    picture.apply_section(json.loads(section_of(delta).text))
