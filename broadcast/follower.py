"""One browser's place: its cursor, its window, and what to do with a frame. Pure; no socket, no store.

A frame moves each keyspace from one revision to another. Against the cursor there are three cases:
everything in it is known already (drop it), it continues exactly where the browser is (pass it on as
it is), or anything else (answer with `since(cursor)`). That last case is the only recovery there is:
lost, repeated and reordered frames, a full mailbox, and a closed window all end there.
"""

from collections.abc import Iterable, Sequence
from enum import Enum

from broadcast.frames import Frame, Span
from broadcast.words import NEVER_WRITTEN, Cursor, Cursors


class Verdict(Enum):
    """What to do with a frame."""

    DROP = "drop"
    PASS = "pass"
    CATCH_UP = "catch up"


class Follower:
    """Where one browser stands.

    Args:
        keyspaces: the event types of its board.
        cursors: what the browser says it has.
        window_frames: frames it may have unacknowledged.
        window_bytes: bytes it may have unacknowledged. One frame always goes, however large.
    """

    def __init__(self, keyspaces: Iterable[str], cursors: Cursors, window_frames: int, window_bytes: int) -> None:
        self.keyspaces = frozenset(keyspaces)
        self.cursors: dict[str, Cursor] = dict(cursors)
        self._window_frames = window_frames
        self._window_bytes = window_bytes
        self._sizes: list[int] = []
        self._acknowledged = 0
        self._unacknowledged_bytes = 0

    @property
    def unacknowledged_frames(self) -> int:
        """Frames sent that the browser has not yet said it took."""
        return len(self._sizes)

    @property
    def window_is_open(self) -> bool:
        """Whether one more frame may be sent now."""
        return not self._sizes or (
            len(self._sizes) < self._window_frames and self._unacknowledged_bytes < self._window_bytes
        )

    def judge(self, spans: Sequence[Span]) -> Verdict:
        """Compare a frame with the cursor."""
        news = [span for span in spans if not self._has(span)]
        if not news:
            return Verdict.DROP
        if len(news) == len(spans) and all(map(self._continues, news)):
            return Verdict.PASS
        return Verdict.CATCH_UP

    def is_behind(self, heads: Cursors) -> bool:
        """Whether the store has something that this browser was not sent."""
        return any(self._lacks(name, head) for name, head in heads.items() if name in self.keyspaces)

    def sent(self, frame: Frame) -> None:
        """Record that a frame was sent: move the cursor, use up the window."""
        for span in frame.spans:
            self.cursors[span.keyspace] = Cursor(span.epoch, span.to_revision)
        size = size_bytes(frame.text)
        self._sizes.append(size)
        self._unacknowledged_bytes += size

    def acknowledged(self, frames: int) -> bool:
        """Record the browser's count of frames taken since it connected.

        Returns:
            False when it says it took more frames than it was sent.
        """
        taken = frames - self._acknowledged
        if taken > len(self._sizes):
            return False
        if taken > 0:
            self._unacknowledged_bytes -= sum(self._sizes[:taken])
            del self._sizes[:taken]
            self._acknowledged = frames
        return True

    def _lacks(self, keyspace: str, head: Cursor) -> bool:
        cursor = self.cursors.get(keyspace, NEVER_WRITTEN)
        return head.epoch != cursor.epoch or head.revision > cursor.revision

    def _has(self, span: Span) -> bool:
        cursor = self.cursors.get(span.keyspace, NEVER_WRITTEN)
        return cursor.epoch == span.epoch and span.to_revision <= cursor.revision and not span.reset

    def _continues(self, span: Span) -> bool:
        cursor = self.cursors.get(span.keyspace, NEVER_WRITTEN)
        return cursor == (span.epoch, span.from_revision) and not span.reset


def size_bytes(text: str) -> int:
    """Return a text's length in UTF-8; of plain ASCII, as most frames are, without encoding it."""
    return len(text) if text.isascii() else len(text.encode())
