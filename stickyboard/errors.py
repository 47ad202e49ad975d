"""What a producer raises on purpose, as one tree; `stickyboard` exports all of it.

    ProducerError
    ├── Rejected           the server will never apply this event; others are not touched
    ├── Dropped            the buffer was full or its spool failed, and `when_full` is "drop"
    ├── NotAuthorised      the token is unknown, or may not produce
    ├── LoginRequired      a watcher's board is only for who is logged in
    ├── ProtocolRefused    client and server do not understand each other
    ├── Undelivered        not everything was acknowledged in time (also a TimeoutError)
    ├── SpoolUnusable      at opening: the spool file belongs to another process or program, or cannot be written
    └── ProducerClosed     used outside its `with` block, on another event loop or in a forked child

A number that is NaN or infinite raises ValueError at `publish` instead, as wrong arguments do.
"""

import re
from pathlib import Path
from typing import Any

# What would be right, by the server's stable code, where its sentence does not say it.
MENDS = {
    "invalid_json": "send JSON without NaN, Infinity or more than 100 levels",
    "invalid_event": "send the fields that the server's page /docs/events/ names, each of its kind",
    "repeated_key": "send each key once",
    "unknown_event_type": "use a type from the server's page /docs/events/, or add this one to its table",
    "not_allowed": "have the token's event types widened",
    "event_too_large": "send less, or have the server's limit raised",
    "key_too_long": "shorten the fields that make the key",
    "policy_failed": "send values that the server's policy can take",
    "message_too_large": "send less at once, or have the server's limit raised",
    "batch_too_large": "have the server's limit raised to 500 or more",
}
_PATH = re.compile(r" at (\$[^\s;]*)")


class ProducerError(Exception):
    """Base of everything that a producer raises on purpose, ValueError at `publish` aside."""


class Rejected(ProducerError):
    """Raised when the server refused one event for good.

    Args:
        code: the server's stable name of the error, such as `invalid_event`.
        message: the server's sentence.
        event: the event as it was sent.
        origin: the call that published it, as `train.py:41`; "" where it is not known.
    """

    def __init__(self, code: str, message: str, event: dict[str, Any], origin: str = "") -> None:
        super().__init__(code, message, event, origin)
        self.code, self.message, self.event, self.origin = code, message, event, origin

    @property
    def path(self) -> str:
        """Where in the event it went wrong, such as `$.macro_f1`; `$` is the event itself."""
        found = _PATH.search(self.message)
        return found[1] if found else "$"

    @property
    def mend(self) -> str:
        """What would be right."""
        return MENDS.get(self.code, "see the server's docs/reference/protocol.md for this code")

    def __str__(self) -> str:
        source = f"; published at {self.origin}" if self.origin else ""
        return f"{self.event.get('type')} was refused ({self.code}): {self.message}; {self.mend}{source}"


class Dropped(ProducerError):
    """Raised when an event was given up, as the buffer was full or its spool could not be written.

    Args:
        max_events, max_bytes: the size of the buffer.
        reason: what stood in the way where it was not the size.
    """

    def __init__(self, max_events: int, max_bytes: int, reason: str = "") -> None:
        super().__init__(max_events, max_bytes, reason)
        self.max_events, self.max_bytes, self.reason = max_events, max_bytes, reason

    def __str__(self) -> str:
        why = self.reason or f"the buffer of {self.max_events} events ({self.max_bytes} bytes) is full"
        return f'dropped: {why} and when_full="drop"'


class NotAuthorised(ProducerError):
    """Raised when the server does not take this token; coming back would not help."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the server does not take this token: {self.reason}"


class LoginRequired(ProducerError):
    """Raised when a watcher's board is only for those who are logged in."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url

    def __str__(self) -> str:
        return f"{self.url} needs a login; pass the session's cookie of a browser that is logged in"


class ProtocolRefused(ProducerError):
    """Raised when the server refused what this client speaks, or said what it does not know."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"client and server do not understand each other: {self.reason}"


class Undelivered(ProducerError, TimeoutError):
    """Raised when events were still unacknowledged after the time given.

    Args:
        events: how many.
        timeout_s: the time given.
        reason: what stood in the way, such as a server that does not answer; "" where nothing was seen to.
    """

    def __init__(self, events: int, timeout_s: float | None, reason: str = "") -> None:
        super().__init__(events, timeout_s, reason)
        self.events, self.timeout_s, self.reason = events, timeout_s, reason

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"{self.events} events were not acknowledged within {self.timeout_s} s{why}"


class SpoolUnusable(ProducerError):
    """Raised when a spool file cannot be used; nothing in it was changed."""

    def __init__(self, path: Path, reason: str, mend: str) -> None:
        super().__init__(path, reason, mend)
        self.path, self.reason, self.mend = path, reason, mend

    def __str__(self) -> str:
        return f"the spool {self.path} cannot be used: {self.reason}; {self.mend}"


class ProducerClosed(ProducerError):
    """Raised when a producer is used before its `with` block was entered, after it was left, or elsewhere.

    Args:
        reason: why it cannot be used, where that is something else.
    """

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason or "the producer is not open; publish inside its `with` block"
