"""Reports of clients whose entries differ from the server's. Sans-I/O.

Any browser can send one, so nothing in it but the name of an event type and two digests reaches the log.
"""

import logging
from collections.abc import Callable
from typing import Final

from broadcast.ops.counters import Meters

log = logging.getLogger("broadcast.ops.mismatches")

LOG_EVERY_S: Final = 60.0  # for one board


class Mismatches:
    """Counts reports by board, and logs one per board and minute.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, meters: Meters, clock: Callable[[], float]) -> None:
        self._meters, self._clock = meters, clock
        self._logged_at: dict[str, float] = {}

    def add(self, board: str, event_type: str, expected: str, found: str) -> None:
        self._meters.mismatches[board] += 1
        now = self._clock()
        if now - self._logged_at.get(board, -LOG_EVERY_S) >= LOG_EVERY_S:
            self._logged_at[board] = now
            message = "a browser of board %s has other entries of %s than this process (digest %s, expected %s)"
            facts = (event_type, found, expected, self._meters.mismatches[board])
            log.warning(f"{message}; it starts over; %d reports since the start", board, *facts)
