"""The addresses of this machine, for itself and for others."""

import contextlib
import socket
from collections.abc import Callable

LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not bound
ITSELF = ("localhost", "127.0.0.1", "[::1]")
# Reserved for documentation (RFC 5737). Nothing is sent; the system only selects a route.
ELSEWHERE = ("192.0.2.1", 9)


def address(host: str, port: int) -> str:
    """Return the address of a server on a host, for this machine."""
    return f"http://{bracketed(LOOPBACK.get(host, host))}:{port}"


def own_address(elsewhere: tuple[str, int] = ELSEWHERE) -> str:
    """Return this machine's address on its network, or "" without a network."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(elsewhere)
        return str(probe.getsockname()[0])
    return ""


def address_for_others(host: str, port: int, own_address: Callable[[], str] = own_address) -> str:
    """Return the address of a server for other machines, or "" if it does not listen on every address."""
    own = own_address() if host in LOOPBACK else ""
    return f"http://{own}:{port}" if own else ""


def names_of(host: str, own_address: Callable[[], str] = own_address) -> list[str]:
    """Return the allowed host names of a server that listens on a host."""
    others = own_address() if host in LOOPBACK else bracketed(host)
    return [*ITSELF, *([others] if others and others not in ITSELF else [])]


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
