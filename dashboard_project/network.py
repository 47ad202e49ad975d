"""The addresses of this machine, for itself and for others, and ports."""

import argparse
import contextlib
import errno
import socket
import sys
from collections.abc import Callable
from typing import Any

LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not bound
LAST_PORT = 65_535
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


def port_number(text: str) -> int:
    """Parse a port, for argparse."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f'expected a port from 1 to {LAST_PORT}, got "{text}"')
    return int(text)


def first_free(host: str, first: int, count: int) -> socket.socket | None:
    """Listen on the first free one of some ports; exit with a sentence if the host has none."""
    for each in range(first, min(first + count, LAST_PORT + 1)):
        try:
            family, _, _, _, where = socket.getaddrinfo(host, each, type=socket.SOCK_STREAM)[0]
            return listening(family, where)
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE:
                sys.exit(f"{host}:{each} cannot be used: {exc.strerror}")
    return None


def listening(family: int, where: Any) -> socket.socket:
    with contextlib.ExitStack() as on_error:
        listener = on_error.enter_context(socket.socket(family))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(2048)
        on_error.pop_all()
    return listener
