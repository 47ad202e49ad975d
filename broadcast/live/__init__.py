"""Rows of a project's models on boards: the stored rows first, and then each change of them.

    save, delete ─► `signals`: keys, in the transaction ─► commit ─► `follow`: read the rows again ─► store ─► browsers

A row is read after its commit, and written only if nothing else was written since the head that was read before it;
see docs/decisions/150-live-models.md. `live_model` has what projects subclass, `declaration` its event type, `columns`
the types and values of its fields, `follow` writes changed rows, and `compare` finds and repairs differences.
"""

from broadcast.live.live_model import LiveModel

__all__ = ["LiveModel"]
