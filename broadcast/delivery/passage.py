"""Updates on their way to all browsers of a board, and what they mean at each browser's place. Pure.

Mostly one update, which is passed on as it is. Updates that came within one tick are handed on as one;
a browser that was caught up to somewhere between them is sent the rest of them and need not read again.
"""

from collections.abc import Sequence
from typing import NamedTuple

from broadcast.delivery import position
from broadcast.delivery.coalesce import merged
from broadcast.delivery.position import Verdict, moved
from broadcast.delivery.updates import Update
from broadcast.types import Cursor, Cursors

NOTHING = Update("", [], 0)


class Step(NamedTuple):
    """What to do at one place: with `PASS`, which update to send, and the place of who is sent it."""

    verdict: Verdict
    place: Cursors
    update: Update


class Passage:
    """What is handed on at once to all browsers of a board; `number` counts a board's passages in this process."""

    __slots__ = ("_by_identity", "_by_value", "number", "size_bytes", "updates")

    def __init__(self, updates: Sequence[Update], number: int) -> None:
        self.updates, self.number = updates, number
        self.size_bytes = sum(update.size_bytes for update in updates)
        self._by_identity: dict[int, tuple[Cursors, Step]] = {}
        self._by_value: dict[frozenset[tuple[str, Cursor]], Step] = {}

    def step_from(self, place: Cursors) -> Step:
        """Return what this means to a browser at this place; equal places are given one and the same."""
        known = self._by_identity.get(id(place))
        if known is not None:
            return known[1]
        value = frozenset(place.items())
        step = self._by_value.get(value)
        if step is None:
            step = self._by_value[value] = self._work_out(place)
        self._by_identity[id(place)] = (place, step)  # keeps the place, and so its identity, alive
        return step

    def forget_places(self) -> None:
        """Let go of the places that were worked out, once every browser was offered this."""
        self._by_identity.clear()
        self._by_value.clear()

    def _work_out(self, place: Cursors) -> Step:
        if len(self.updates) == 1 and self.updates[0].text:
            update = self.updates[0]
            return Step(position.judge(place, update.spans), moved(place, update.spans), update)
        rest = merged(place, self.updates)
        if rest is None:
            return Step(Verdict.CATCH_UP, place, NOTHING)
        verdict = Verdict.PASS if rest.spans else Verdict.DROP
        return Step(verdict, moved(place, rest.spans), rest)
