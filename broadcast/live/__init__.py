"""Rows of a project's models on boards: the stored rows first, and then each change of them.

    save, delete ─► `signals`: keys, in the transaction ─► commit ─► `follow`: read the rows again ─► store ─► browsers

A row is read after its commit, and written only if nothing else was written since the head that was read before it;
see docs/decisions/150-live-models.md. `live_model` has what projects subclass, `declaration` its event type, `columns`
the types and values of its fields, `follow` writes changed rows, and `compare` finds and repairs differences.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from broadcast.live.live_model import LiveModel

__all__ = ["LiveModel"]


def __getattr__(name: str) -> Any:
    """Import the class for projects at its first use, because modules that it needs import others of this package."""
    if name != "LiveModel":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from broadcast.live.live_model import LiveModel

    return LiveModel
