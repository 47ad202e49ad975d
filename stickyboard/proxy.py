"""Which proxy a connection goes through: that of the environment, and never one for this machine itself."""

import ipaddress
import socket
from urllib.parse import urlsplit, urlunsplit

from websockets.proxy import get_proxy
from websockets.uri import parse_uri


def proxy_for(url: str) -> str | None:
    """Return the address of the environment's proxy for a socket at `url`, None where there is none for it."""
    if is_loopback(urlsplit(url).hostname or ""):
        return None
    return get_proxy(parse_uri(url))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, however it is written.

    >>> [is_loopback(host) for host in ("localhost", "127.0.0.1", "127.1", "::1", "board.example")]
    [True, True, True, True, False]
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return _is_short_loopback(name)
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified


def _is_short_loopback(name: str) -> bool:
    # As in "127.1", which ends with a digit, or a name would be taken for one.
    try:
        return name[-1:].isdigit() and socket.inet_aton(name)[0] == 127
    except OSError:
        return False


def through(proxy: str | None) -> str:
    """Return how an error names the proxy, without its password; "" for none."""
    if proxy is None:
        return ""
    parts = urlsplit(proxy)
    shown = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return f" through the proxy {shown} of the environment (no_proxy names hosts without one)"
