"""One browser's place: its cursors, and what to do with a frame. Pure; no socket, no store.

A frame moves each keyspace from one revision to another. Against the cursor there are three cases:
everything in it is known already (drop it), it continues exactly where the browser is (pass it on as
it is), or anything else (answer with `since(cursor)`). That last case is the only recovery there is:
lost, repeated and reordered frames, a busy browser, and a closed window all end there.

Browsers that have been sent the same share one place, an object that is never changed, so that what
a frame means is worked out once for all of them, see `Passage`.
"""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from broadcast.frames import Frame, Span
from broadcast.words import NEVER_WRITTEN, Cursor, Cursors


class Verdict(Enum):
    """What to do with a frame."""

    DROP = "drop"
    PASS = "pass"
    CATCH_UP = "catch up"


class Step(NamedTuple):
    """What to do with a frame at one place, and the place of who is sent it."""

    verdict: Verdict
    place: Cursors


def judge(place: Cursors, spans: Sequence[Span]) -> Verdict:
    """Compare a frame with a browser's place."""
    news = [span for span in spans if not _has(place, span)]
    if not news:
        return Verdict.DROP
    if len(news) == len(spans) and all(_continues(place, span) for span in news):
        return Verdict.PASS
    return Verdict.CATCH_UP


def moved(place: Cursors, spans: Sequence[Span]) -> Cursors:
    """Return the place of a browser that has been sent this too."""
    return {**place, **{span.keyspace: span.head for span in spans}}


def lacks(place: Cursors, heads: Cursors) -> bool:
    """Whether the store has something that a browser at this place was not sent."""
    return any(_lacks(place, name, head) for name, head in heads.items())


class Passage:
    """One frame on its way to all browsers of a board; `number` counts a board's frames in this process."""

    __slots__ = ("_by_identity", "_by_value", "frame", "number")

    def __init__(self, frame: Frame, number: int) -> None:
        self.frame, self.number = frame, number
        self._by_identity: dict[int, tuple[Cursors, Step]] = {}
        self._by_value: dict[frozenset[tuple[str, Cursor]], Step] = {}

    def step_from(self, place: Cursors) -> Step:
        """Return what this frame means to a browser at this place; equal places are given one and the same."""
        known = self._by_identity.get(id(place))
        if known is not None:
            return known[1]
        value = frozenset(place.items())
        step = self._by_value.get(value)
        if step is None:
            step = self._by_value[value] = Step(judge(place, self.frame.spans), moved(place, self.frame.spans))
        self._by_identity[id(place)] = (place, step)  # keeps the place, and so its identity, alive
        return step

    def forget_places(self) -> None:
        """Let go of the places that were worked out, once every browser was offered the frame."""
        self._by_identity.clear()
        self._by_value.clear()


def _lacks(place: Cursors, keyspace: str, head: Cursor) -> bool:
    cursor = place.get(keyspace, NEVER_WRITTEN)
    return head.epoch != cursor.epoch or head.revision > cursor.revision


def _has(place: Cursors, span: Span) -> bool:
    cursor = place.get(span.keyspace, NEVER_WRITTEN)
    return cursor.epoch == span.epoch and span.to_revision <= cursor.revision and not span.reset


def _continues(place: Cursors, span: Span) -> bool:
    cursor = place.get(span.keyspace, NEVER_WRITTEN)
    if span.reset:
        return cursor == NEVER_WRITTEN and span.from_revision == 0
    return cursor == (span.epoch, span.from_revision)
