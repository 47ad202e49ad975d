"""A browser's copy of a board that lets nothing pass which a server never sends, and one made of the store's deltas."""

import json
from typing import Any

from broadcast.delivery.updates import section_of
from broadcast.testing.mirror import Copy, Gap, Mirror

__all__ = ["Copy", "Gap", "Picture", "apply_delta", "picture_of"]


class Picture(Mirror):
    """A strict mirror."""

    def __init__(self) -> None:
        super().__init__(is_strict=True)


def picture_of(deltas: dict[str, Any]) -> Picture:
    """Return the picture that a browser has which was sent these deltas from nothing."""
    picture = Picture()
    for delta in deltas.values():
        apply_delta(picture, delta)
    return picture


def apply_delta(picture: Picture, delta: Any) -> None:
    """Apply a store's delta as the section it would be sent as."""
    picture.apply_section(json.loads(section_of(delta).text))
