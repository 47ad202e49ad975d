"""Notices two producers that send under one name and token: each one's numbers are repeats of the other's. Pure.

A connection that was cut off may stay open here for minutes beside the one that took its place, but sends nothing
more. So what tells is a numbered message over a connection after a later one under the same name was opened.
Producers in different processes are not seen.
"""

from collections.abc import Hashable


class Namesakes:
    """Which connection was the last to take each name."""

    def __init__(self) -> None:
        self._newest: dict[Hashable, object] = {}

    def join(self, name: Hashable, connection: object) -> None:
        """Let a connection have the name, whoever had it."""
        self._newest[name] = connection

    def leave(self, name: Hashable, connection: object) -> None:
        """Forget a name where this connection still has it."""
        if self._newest.get(name) is connection:
            del self._newest[name]

    def has_other(self, name: Hashable, connection: object) -> bool:
        """Whether a connection that was opened later, and is open, has the name."""
        return self._newest.get(name, connection) is not connection
