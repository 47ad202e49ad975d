"""Logs outages of a store: one line at the beginning and one at the end."""

import logging

from broadcast.errors import StoreError

log = logging.getLogger("broadcast.stores")


class Outage:
    """Logs the failures of one operation, once for each cause.

    Args:
        use: a past participle for the message, such as "written".
    """

    def __init__(self, use: str) -> None:
        self._use, self._cause = use, ""

    def note(self, error: StoreError) -> None:
        """Log an error, unless the previous one had the same cause."""
        cause, self._cause = self._cause, error.public
        error.is_logged = True
        if cause != self._cause:
            log.error("the store cannot be %s: %s", self._use, error)

    def end(self) -> None:
        """Log the end of an outage, if there was one."""
        if self._cause:
            self._cause = ""
            log.warning("the store can be %s again", self._use)
