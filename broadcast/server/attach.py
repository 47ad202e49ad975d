"""Lets an application return while its WebSocket stays open, so that an idle one holds no coroutine and no scope.

An ASGI application waits in `receive` while its socket is open, below a coroutine and a scope of each
middleware. `manage.py serve` therefore offers an extension: after the handshake, an application may attach a function
for its messages and return. From then on it sends with the socket's own `send`, past the middleware. Other servers do
not offer it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from broadcast.types import Scope, Send

EXTENSION: Final = "stickyboard.attach"

OnMessage = Callable[[Mapping[str, Any]], None]


class Socket(Protocol):
    """An open WebSocket of a server that offers the extension."""

    send: Send

    def send_now(self, payload: str | bytes) -> bool:
        """Write a text or binary message at once; return False if that is impossible, so that `send` must wait."""

    def send_both_now(self, first: str | bytes, second: str | bytes) -> bool:
        """Write two messages like `send_now`, with one system call."""

    def attach(self, on_message: OnMessage) -> None:
        """Call a function with each message, also with those that `receive` has not returned; it must not raise.

        It is called during this call, too, and when the peer disconnects more than once.
        """

    def run(self, work: Awaitable[None]) -> None:
        """Run the rest of the application in a task, and then close the connection."""


def socket_of(scope: Scope) -> Socket | None:
    """Return the socket that the server offers; None under other servers."""
    offered: dict[str, Any] = (scope.get("extensions") or {}).get(EXTENSION) or {}
    return offered.get("socket")
