"""What the log says of a store that cannot be used: one line when that begins, and one when it is over."""

import logging

from broadcast.errors import StoreError

log = logging.getLogger("broadcast.stores")


class Outage:
    """Logs failures of one kind of use once for each cause.

    Args:
        use: what fails, such as "written".
    """

    def __init__(self, use: str) -> None:
        self._use, self._cause = use, ""

    def note(self, error: StoreError) -> None:
        """Log an error, unless the last one had the same cause."""
        cause, self._cause = self._cause, error.public
        error.is_logged = True
        if cause != self._cause:
            log.error("the store cannot be %s: %s", self._use, error)

    def end(self) -> None:
        """Log that the store can be used again, where it could not."""
        if self._cause:
            self._cause = ""
            log.warning("the store can be %s again", self._use)
