"""The exceptions of the client, as one tree; `stickyboard` exports all of them.

    ProducerError
    ├── Rejected           the server refuses this event permanently; other events are unaffected
    ├── Dropped            the event was discarded because the buffer was full, or its spool failed
    ├── TokenRefused       the token is unknown, expired or revoked
    ├── SessionRefused     the board of a `Watcher` requires a login
    ├── ProtocolRefused    client and server do not use the same protocol, or the URL is wrong
    ├── Undelivered        some events were not acknowledged in time (also a TimeoutError)
    ├── SpoolUnusable      the spool file is in use, belongs to another program, or cannot be written
    └── ProducerClosed     used outside its `with` block, on another event loop, or in a forked child

Invalid arguments, such as a number that is NaN, raise ValueError or TypeError.
"""

import re
from pathlib import Path
from typing import Any

# What to do about a rejected event, by the server's error code, which the server's message does not state.
HINTS = {
    "invalid_json": "send JSON without NaN or Infinity, nested at most 100 levels deep",
    "invalid_event": "send the fields that the server's page /docs/events/ lists, with the types given there",
    "repeated_key": "send each key once",
    "unknown_event_type": "use an event type from the server's page /docs/events/, or add this one to the server",
    "not_allowed": "ask an administrator to add the event type to the token",
    "event_too_large": "send less data, or ask an administrator to raise the limit",
    "key_too_long": "shorten the fields that form the key",
    "policy_failed": "send values that the event type's policy accepts",
    "message_too_large": "send less data at once, or ask an administrator to raise the limit",
    "batch_too_large": "ask an administrator to raise the limit to 500 or more",
}
_PATH = re.compile(r" at (\$[^\s;]*)")


def counted(events: int) -> str:
    """Return the number with its noun: `1 event`, `2 events`."""
    return f"{events} event{'' if events == 1 else 's'}"


class ProducerError(Exception):
    """Base of all exceptions of the client, except for invalid arguments."""


class Rejected(ProducerError):
    """Raised when the server refuses one event permanently.

    Args:
        code: the server's error code, such as `invalid_event`.
        message: the server's message.
        event: the event as it was sent.
        origin: the call that published it, such as `train.py:41`; "" if it is not known.
    """

    def __init__(self, code: str, message: str, event: dict[str, Any], origin: str = "") -> None:
        super().__init__(code, message, event, origin)
        self.code, self.message, self.event, self.origin = code, message, event, origin

    @property
    def path(self) -> str:
        """The invalid part of the event, such as `$.macro_f1`; `$` is the whole event."""
        found = _PATH.search(self.message)
        return found[1] if found else "$"

    @property
    def hint(self) -> str:
        """What to send instead."""
        return HINTS.get(self.code, "see the server's docs/reference/protocol.md for this code")

    def __str__(self) -> str:
        source = f"; published at {self.origin}" if self.origin else ""
        end = "" if self.message.endswith("?") else ";"
        return f"{self.event.get('type')} was rejected ({self.code}): {self.message}{end} {self.hint}{source}"


class Dropped(ProducerError):
    """Raised when an event was discarded because the buffer was full or its spool could not be written.

    Args:
        reason: the cause, if it is not the size of the buffer.
    """

    def __init__(self, max_events: int, max_bytes: int, reason: str = "") -> None:
        super().__init__(max_events, max_bytes, reason)
        self.max_events, self.max_bytes, self.reason = max_events, max_bytes, reason

    def __str__(self) -> str:
        why = self.reason or f"the buffer of {self.max_events} events ({self.max_bytes} bytes) is full"
        return f'dropped: {why}, and when_full="drop"'


class _WithReason(ProducerError):
    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


class TokenRefused(_WithReason):
    """Raised when the server does not accept the token; reconnecting does not help.

    Args:
        url: the server's; "" if it is not known.
    """

    def __init__(self, reason: str = "", url: str = "") -> None:
        super().__init__(reason)
        self.url = url

    def __str__(self) -> str:
        return f"{self.url or 'the server'} does not accept this token: {self.reason}"


class ProtocolRefused(_WithReason):
    """Raised when client and server do not use the same protocol, or the URL is wrong; reconnecting does not help."""

    def __str__(self) -> str:
        return f"the server does not accept this client: {self.reason}"


class SessionRefused(ProducerError):
    """Raised when a board requires a login, and the watcher has no valid session."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url

    def __str__(self) -> str:
        return f"{self.url} requires a login; send the session cookie of a logged-in browser"


class Undelivered(ProducerError, TimeoutError):
    """Raised when events were not acknowledged within the timeout.

    Args:
        reason: the cause, such as a server that does not respond; "" if it is not known.
    """

    def __init__(self, events: int, timeout_s: float | None, reason: str = "") -> None:
        super().__init__(events, timeout_s, reason)
        self.events, self.timeout_s, self.reason = events, timeout_s, reason

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        what = f"{counted(self.events)} {'was' if self.events == 1 else 'were'} not acknowledged"
        return f"{what} within {self.timeout_s} s{why}"


class SpoolUnusable(ProducerError):
    """Raised when a spool file cannot be used; nothing in it was changed."""

    def __init__(self, path: Path, reason: str, hint: str) -> None:
        super().__init__(path, reason, hint)
        self.path, self.reason, self.hint = path, reason, hint

    def __str__(self) -> str:
        return f"the spool {self.path} cannot be used: {self.reason}; {self.hint}"


class ProducerClosed(_WithReason):
    """Raised when a producer is used outside its `with` block, or for another `reason`."""

    def __str__(self) -> str:
        return self.reason or "the producer is not open; publish inside its `with` block"
