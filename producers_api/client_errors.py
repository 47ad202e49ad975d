"""What a producer raises on purpose, as one tree; `client.py` exports all of it.

    ProducerError
    ├── Rejected           the server will never apply this event; others are not touched
    ├── NotAuthorised      the token is unknown, or may not produce
    ├── ProtocolRefused    client and server do not understand each other
    ├── Undelivered        not everything was acknowledged in time (also a TimeoutError)
    └── ProducerClosed     used outside its `with` block

A number that is NaN or infinite raises ValueError at `publish` instead, as wrong arguments do.
"""

from typing import Any


class ProducerError(Exception):
    """Base of everything that a producer raises on purpose, ValueError at `publish` aside."""


class Rejected(ProducerError):
    """Raised when the server refused one event for good.

    Args:
        code: the server's stable name of the error, such as `invalid_event`.
        message: the server's sentence.
        event: the event as it was sent.
    """

    def __init__(self, code: str, message: str, event: dict[str, Any]) -> None:
        super().__init__(code, message, event)
        self.code, self.message, self.event = code, message, event

    def __str__(self) -> str:
        return f"{self.event.get('type')} was refused ({self.code}): {self.message}"


class NotAuthorised(ProducerError):
    """Raised when the server does not take this token; coming back would not help."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"the server does not take this token: {self.reason}"


class ProtocolRefused(ProducerError):
    """Raised when the server refused what this client speaks, or said what it does not know."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"client and server do not understand each other: {self.reason}"


class Undelivered(ProducerError, TimeoutError):
    """Raised when events were still unacknowledged after the time given."""

    def __init__(self, events: int, timeout_s: float | None) -> None:
        super().__init__(events, timeout_s)
        self.events, self.timeout_s = events, timeout_s

    def __str__(self) -> str:
        return f"{self.events} events were not acknowledged within {self.timeout_s} s"


class ProducerClosed(ProducerError):
    """Raised when a producer is used before its `with` block was entered or after it was left."""

    def __str__(self) -> str:
        return "the producer is not open; publish inside its `with` block"
