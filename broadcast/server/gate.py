"""The open connections of this process, by state and by address, and how many were aborted for which cause."""

import logging
import sys
from collections import Counter
from typing import Any, Final, Protocol

from broadcast.conf import settings
from broadcast.ops.log_format import OncePerCause

# Everything that a peer can cause: one short line per cause and minute.
log: Final = logging.getLogger("broadcast.server")
log.addFilter(OncePerCause())

RESERVED_FILES: Final = 200  # of the process's file descriptors, for the store, the log and the like
SILENT: Final = "silent"  # not a byte came: browsers open such connections in advance, so the log is spared


class Open(Protocol):
    """One open connection."""

    @property
    def state(self) -> str:
        """What it is doing: `receiving`, `responding`, `idle`, `websocket`, `closing` or `not_reading`."""


class Gate:
    """Counts connections.

    Args:
        most: how many there may be; None: as many as the process has file descriptors for.
    """

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self.aborted: Counter[str] = Counter()
        self._open: dict[Open, str] = {}
        self._addresses: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, connection: Open, address: str) -> None:
        """Count a connection of an address ("" for none)."""
        self._open[connection] = address
        self._addresses[address] += 1

    def leave(self, connection: Open) -> None:
        """Count it no more; a second call changes nothing."""
        address = self._open.pop(connection, None)
        if address is not None:
            self._forget(address)

    def move(self, connection: Open, address: str) -> None:
        """Count it for another address, that of a proxy's client."""
        if self._open.get(connection) not in (None, address):
            self.leave(connection)
            self.enter(connection, address)

    def is_full(self) -> bool:
        """Whether the process has more connections than it may."""
        if self.most is None:
            self.most = most_connections()
        return len(self._open) > self.most

    def has_too_many(self, address: str) -> bool:
        """Whether an address has more connections than its share."""
        return bool(address) and self._addresses[address] > settings().MAX_CONNECTIONS_PER_ADDRESS

    def count_aborted(self, cause: str, address: str) -> None:
        """Count a connection that the server ended, and log it."""
        self.aborted[cause] += 1
        level = logging.INFO if cause == SILENT else logging.WARNING
        # A template per cause, as lines are limited by template.
        log.log(level, f"a connection was ended: {cause}, from %s", address or "a local socket")

    def reading(self) -> dict[str, Any]:
        """Return all counts, as plain data."""
        states = Counter(connection.state for connection in self._open)
        return {"server_connections": dict(states), "server_aborted": dict(self.aborted)}

    def _forget(self, address: str) -> None:
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]


def most_connections() -> int:
    """Return how many connections the process has file descriptors for."""
    try:
        import resource
    except ImportError:  # not on Windows
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(1, soft - RESERVED_FILES)


gate: Final = Gate()
