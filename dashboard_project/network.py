"""Under which addresses this machine is reached, by itself and by others."""

import contextlib
import socket

LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # compared, not bound
ITSELF = ("localhost", "127.0.0.1", "[::1]")
# Reserved for documentation (RFC 5737): nothing is sent there, the system only chooses a way.
ELSEWHERE = ("192.0.2.1", 9)


def address(host: str, port: int) -> str:
    """Return where this machine reaches a server that listens on a host."""
    return f"http://{bracketed(LOOPBACK.get(host, host))}:{port}"


def address_for_others(host: str, port: int) -> str:
    """Return where other machines reach a server that listens on every address; "" where it does not."""
    own = own_address() if host in LOOPBACK else ""
    return f"http://{own}:{port}" if own else ""


def names_of(host: str) -> list[str]:
    """Return the names under which a server that listens on a host may be asked."""
    others = own_address() if host in LOOPBACK else bracketed(host)
    return [*ITSELF, *([others] if others and others not in ITSELF else [])]


def own_address() -> str:
    """Return this machine's address on its network, or "" where it is on none."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(ELSEWHERE)
        return str(probe.getsockname()[0])
    return ""


def bracketed(host: str) -> str:
    """Return a host as it stands in an address."""
    return f"[{host}]" if ":" in host else host
