"""What becomes of published events: one receipt for each, and their number by outcome."""

from dataclasses import dataclass, field

from stickyboard.errors import Dropped, Rejected


@dataclass(eq=False, slots=True)
class Receipt:
    """The outcome of one published event.

    Attributes:
        encoded: the event as JSON; empty once it is done.
        seq: the number of its message; None until it is in one.
        is_done: whether it was acknowledged, rejected or dropped.
        error: why it was rejected or dropped; None if it was applied.
        origin: the call that published it, such as `train.py:41`.
        row: its row in the spool.
    """

    encoded: bytes = field(repr=False)
    seq: int | None = None
    is_done: bool = False
    error: Rejected | Dropped | None = None
    origin: str = ""
    row: int = field(default=0, repr=False)

    @property
    def is_dropped(self) -> bool:
        """Whether the event was discarded before it was sent."""
        return isinstance(self.error, Dropped)

    @property
    def is_rejected(self) -> bool:
        """Whether the server refused the event."""
        return isinstance(self.error, Rejected)


@dataclass(slots=True)
class Counts:
    """The number of events by outcome; published events without an outcome are waiting."""

    published: int = 0
    acknowledged: int = 0
    rejected: int = 0
    dropped: int = 0
