"""Ports on which a server can listen. Why one cannot be used is one sentence with the fix."""

import argparse
import contextlib
import errno
import socket
import sys
from typing import Any, Final

LAST_PORT: Final = 65_535
LAST_RESERVED: Final = 1023  # for servers that root starts
PORTS_TRIED: Final = 50
PASSIVE: Final = socket.AI_PASSIVE  # every address, if no host is given
CHOOSE_ADDRESS: Final = "; choose an address of this machine (hostname -I prints them), or 0.0.0.0 for all: --host"


def port_number(text: str) -> int:
    """Parse a port, for argparse."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= LAST_PORT:
        raise argparse.ArgumentTypeError(f'expected a port from 1 to {LAST_PORT}, got "{text}"')
    return int(text)


def check_port(host: str, port: int, *, ipv6_only: bool) -> None:
    """Exit with a sentence if a server cannot listen on a port; another program may still take it afterwards.

    Args:
        ipv6_only: whether the server's IPv6 socket will refuse IPv4, so that the port may be in use there.
    """
    listen(host, port, ipv6_only=ipv6_only).close()


def listen(host: str, port: int, *, ipv6_only: bool = False) -> socket.socket:
    """Listen on a port; exit with a sentence, which names a free one, if that is impossible."""
    if listener := first_free(host, port, 1, ipv6_only=ipv6_only):
        return listener
    free = first_free(host, port + 1, PORTS_TRIED, ipv6_only=ipv6_only)
    if free is None:
        sys.exit(f"port {port} is in use; choose another one, such as --port 8000")
    with free:
        sys.exit(f"port {port} is in use; this one is free: --port {free.getsockname()[1]}")


def listen_from(host: str, first: int) -> socket.socket:
    """Listen on the first free port from `first`; exit with a sentence if none is free."""
    listener = first_free(host, first, PORTS_TRIED)
    if listener is None:
        last = min(first + PORTS_TRIED - 1, LAST_PORT)
        sys.exit(f"ports {first} to {last} are in use; choose another one, such as 9000")
    return listener


def print_change(wanted: int, port: int) -> None:
    """Print that another port than the wanted one is used, if that is so."""
    if port != wanted:
        print(f"Port {wanted} is in use; using {port}.", flush=True)


def first_free(host: str, first: int, count: int, *, ipv6_only: bool = False) -> socket.socket | None:
    """Listen on the first free one of some ports; exit with a sentence if none of the host's can be used."""
    for each in range(first, min(first + count, LAST_PORT + 1)):
        try:
            family, _, _, _, where = socket.getaddrinfo(host or None, each, type=socket.SOCK_STREAM, flags=PASSIVE)[0]
            return listening(family, where, ipv6_only=ipv6_only)
        except UnicodeError:  # a part of more than 63 characters, for example
            sys.exit(f"{host}:{each} cannot be used: it is not a host name{CHOOSE_ADDRESS}")
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE:
                sys.exit(f"{host}:{each} cannot be used: {exc.strerror}{fix_of(exc, each)}")
    return None


def fix_of(exc: OSError, port: int) -> str:
    """Return the end of a message about an address on which a server cannot listen; "" if nothing is known to help."""
    if exc.errno in (errno.EACCES, errno.EPERM) and port <= LAST_RESERVED:
        return f"; choose a port above {LAST_RESERVED}, such as --port 8000"
    if exc.errno == errno.EADDRNOTAVAIL or isinstance(exc, socket.gaierror):
        return CHOOSE_ADDRESS
    return ""


def listening(family: int, where: Any, *, ipv6_only: bool) -> socket.socket:
    with contextlib.ExitStack() as on_error:
        listener = on_error.enter_context(socket.socket(family))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ipv6_only and family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(where)
        listener.listen(2048)
        on_error.pop_all()
    return listener
