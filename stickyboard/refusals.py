"""Tells of refused events in the log, each kind of refusal once in full, however often a loop repeats it."""

import logging

from stickyboard.errors import Rejected

log = logging.getLogger(__name__)

MAX_KINDS = 1000


class RefusalLog:
    """Logs a refusal when it is new, and again when it came for the 10th, 100th, 1000th … time.

    A refusal is of the same kind where event type, code, place in the event and calling line are
    the same; the value in its sentence may differ with every step of a loop.
    """

    def __init__(self) -> None:
        self._counts: dict[tuple[object, ...], int] = {}

    def tell(self, error: Rejected) -> None:
        """Count this refusal, and log it where its turn has come."""
        kind = (error.event.get("type"), error.code, error.path, error.origin)
        if kind not in self._counts and len(self._counts) >= MAX_KINDS:
            self._counts.clear()
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count == 1:
            log.error("%s", error)
        elif str(count).strip("0") == "1":
            log.error("%s; %d such so far", error, count)
