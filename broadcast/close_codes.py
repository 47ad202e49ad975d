"""Why a socket was closed. 4400-4499: come back later. 4500-4599: do not come back."""

from typing import Final

SLOW: Final = 4408  # too slow, or silent for too long
DISCONNECTED: Final = 4410  # by an operator, or because what its token may do has changed, or its session has ended
SHUTTING_DOWN: Final = 4412
STORE_UNAVAILABLE: Final = 4413
FULL: Final = 4414  # as many connections as this process takes
TOO_FAST: Final = 4429
NOT_AUTHORISED: Final = 4501
PROTOCOL: Final = 4502
LOGIN_REQUIRED: Final = 4503
ORIGIN_REFUSED: Final = 4504


def shorten_reason(sentence: str) -> str:
    """Return a sentence as far as a close frame has room: 123 bytes (RFC 6455, section 5.5)."""
    return sentence.encode()[:123].decode(errors="ignore")
