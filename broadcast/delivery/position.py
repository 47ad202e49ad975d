"""One browser's position, which is the server's copy of its cursors, and what to do with an update. Sans-I/O.

An update advances each keyspace from one revision to another. Compared with the cursor, there are three cases:

- everything in it is at or below the cursor: drop it;
- it starts exactly at the cursor: forward it unchanged;
- otherwise: respond with `since(cursor)`.

The last case is the only recovery path. Lost, repeated and reordered updates, a busy browser and a closed window all
lead to it.
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
    """Compare an update's spans with a browser's position."""
    news = [span for span in spans if not has(position, span)]
    if not news:
        return Verdict.DROP
    if len(news) == len(spans) and all(continues(position, span) for span in news):
        return Verdict.FORWARD
    return Verdict.CATCH_UP


def moved(position: Cursors, spans: Sequence[Span]) -> Cursors:
    """Return the position after an update with these spans."""
    return {**position, **{span.keyspace: span.head for span in spans}}


def lacks(position: Cursors, heads: Cursors) -> bool:
    """Return whether a browser at this position is behind the store's heads."""
    return any(_lacks(position, name, head) for name, head in heads.items())


def has(position: Cursors, span: Span) -> bool:
    """Return whether a section contains nothing new for this position."""
    cursor = position.get(span.keyspace, NEVER_WRITTEN)
    return cursor.epoch == span.epoch and span.to_revision <= cursor.revision and not span.reset


def continues(position: Cursors, span: Span) -> bool:
    """Return whether a section starts exactly at this position."""
    cursor = position.get(span.keyspace, NEVER_WRITTEN)
    if span.reset:
        return cursor == NEVER_WRITTEN and span.from_revision == 0
    return cursor == (span.epoch, span.from_revision)


def _lacks(position: Cursors, keyspace: str, head: Cursor) -> bool:
    cursor = position.get(keyspace, NEVER_WRITTEN)
    return head.epoch != cursor.epoch or head.revision > cursor.revision
