"""Close codes of sockets. 4400-4499: reconnect later. 4500-4599: do not reconnect."""

from typing import Any, Final

SLOW: Final = 4408  # too slow, or silent for too long
DISCONNECTED: Final = 4410  # by an operator, or because its token was changed or its session has ended
SHUTTING_DOWN: Final = 4412
STORE_UNAVAILABLE: Final = 4413
FULL: Final = 4414  # this process has as many connections as it accepts
TOO_FAST: Final = 4429
NOT_AUTHORISED: Final = 4501
PROTOCOL: Final = 4502
LOGIN_REQUIRED: Final = 4503
ORIGIN_REFUSED: Final = 4504


def shorten_reason(reason: str) -> str:
    """Return a close reason, cut to the 123 bytes that a close frame can hold (RFC 6455, section 5.5)."""
    return reason.encode()[:123].decode(errors="ignore")


class Closed(Exception):
    """Raised to end the connection; the code is None if the client has disconnected."""

    def __init__(self, code: int | None = None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, shorten_reason(reason)

    def message(self) -> dict[str, Any]:
        return {"type": "websocket.close", "code": self.code, "reason": self.reason}
