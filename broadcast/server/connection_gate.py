"""Counts the open connections of this process by state and address, and aborted connections by cause."""

import logging
import sys
from collections import Counter
from typing import Any, Final, Protocol

from broadcast.conf import settings
from broadcast.ops.log_format import OncePerCause

# For everything that a peer can cause: one short line per cause and minute.
log: Final = logging.getLogger("broadcast.server")
log.addFilter(OncePerCause())

RESERVED_FILES: Final = 200  # file descriptors for the store, logs and other files
SILENT: Final = "silent"  # received no byte; not a warning, because browsers open connections in advance


class Open(Protocol):
    """One open connection, or the protocol that uses its transport."""

    @property
    def state(self) -> str:
        """`receiving`, `responding`, `idle`, `websocket`, `closing` or `not_reading`."""


class Gate:
    """Counts connections.

    Args:
        most: the maximum number of connections; None means the number of available file descriptors.
    """

    def __init__(self, most: int | None = None) -> None:
        self.most = most
        self.aborted: Counter[str] = Counter()
        self._open: dict[Open, str] = {}
        self._addresses: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def enter(self, connection: Open, address: str) -> None:
        """Count a connection of an address ("" if it has none)."""
        self._open[connection] = address
        self._addresses[address] += 1

    def leave(self, connection: Open) -> None:
        """Stop counting a connection; a second call changes nothing."""
        address = self._open.pop(connection, None)
        if address is not None:
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    def move(self, connection: Open, address: str) -> None:
        """Count a connection for another address, such as that of a proxy's client."""
        if self._open.get(connection) not in (None, address):
            self.leave(connection)
            self.enter(connection, address)

    def is_full(self) -> bool:
        if self.most is None:
            self.most = most_connections()
        return len(self._open) > self.most

    def has_too_many(self, address: str) -> bool:
        return bool(address) and self._addresses[address] > settings().MAX_CONNECTIONS_PER_ADDRESS

    def count_aborted(self, cause: str, address: str) -> None:
        """Count and log a connection that the server aborted."""
        self.aborted[cause] += 1
        level = logging.INFO if cause == SILENT else logging.WARNING
        # One template per cause, because log lines are limited by template.
        log.log(level, f"a connection was aborted: {cause}, from %s", address or "a local socket")

    def reading(self) -> dict[str, Any]:
        states = Counter(connection.state for connection in self._open)
        return {"server_connections": dict(states), "server_aborted": dict(self.aborted)}


def most_connections() -> int:
    """Return the number of connections for which the process has file descriptors."""
    try:
        import resource
    except ImportError:  # not on Windows
        return sys.maxsize
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else max(1, soft - RESERVED_FILES)


gate: Final = Gate()
