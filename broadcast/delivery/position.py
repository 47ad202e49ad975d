"""One browser's position: its cursors, and what to do with an update. Pure; no socket, no store.

An update moves each keyspace from one revision to another. Against the cursor there are three cases:
everything in it is known already (drop it), it continues exactly where the browser is (pass it on as
it is), or anything else (answer with `since(cursor)`). That last case is the only recovery there is:
lost, repeated and reordered updates, a busy browser, and a closed window all end there.

Browsers that have been sent the same share one position, an object that is never changed, so that what
an update means is worked out once for all of them, see `delivery`.
"""

from collections.abc import Sequence
from enum import Enum

from broadcast.delivery.updates import Span
from broadcast.types import NEVER_WRITTEN, Cursor, Cursors


class Verdict(Enum):
    """What to do with an update."""

    DROP = "drop"
    FORWARD = "forward"
    CATCH_UP = "catch up"


def judge(position: Cursors, spans: Sequence[Span]) -> Verdict:
    """Compare an update with a browser's position."""
    news = [span for span in spans if not has(position, span)]
    if not news:
        return Verdict.DROP
    if len(news) == len(spans) and all(continues(position, span) for span in news):
        return Verdict.FORWARD
    return Verdict.CATCH_UP


def moved(position: Cursors, spans: Sequence[Span]) -> Cursors:
    """Return the position of a browser that has been sent this too."""
    return {**position, **{span.keyspace: span.head for span in spans}}


def lacks(position: Cursors, heads: Cursors) -> bool:
    """Whether the store has something that a browser at this position was not sent."""
    return any(_lacks(position, name, head) for name, head in heads.items())


def has(position: Cursors, span: Span) -> bool:
    """Whether a browser at this position has all that a section brings."""
    cursor = position.get(span.keyspace, NEVER_WRITTEN)
    return cursor.epoch == span.epoch and span.to_revision <= cursor.revision and not span.reset


def continues(position: Cursors, span: Span) -> bool:
    """Whether a section begins exactly where a browser at this position stands."""
    cursor = position.get(span.keyspace, NEVER_WRITTEN)
    if span.reset:
        return cursor == NEVER_WRITTEN and span.from_revision == 0
    return cursor == (span.epoch, span.from_revision)


def _lacks(position: Cursors, keyspace: str, head: Cursor) -> bool:
    cursor = position.get(keyspace, NEVER_WRITTEN)
    return head.epoch != cursor.epoch or head.revision > cursor.revision
