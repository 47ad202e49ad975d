"""The proxy of a connection: the one that the environment names, and never one for this machine."""

import ipaddress
import socket
from urllib.parse import urlsplit, urlunsplit

from websockets.proxy import get_proxy
from websockets.uri import parse_uri


def proxy_for(url: str) -> str | None:
    """Return the URL of the proxy for a socket at `url`, or None."""
    if is_loopback(urlsplit(url).hostname or ""):
        return None
    return get_proxy(parse_uri(url))


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, in any notation.

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
    # Such as "127.1". Without the check for a digit, inet_aton would accept some names.
    try:
        return name[-1:].isdigit() and socket.inet_aton(name)[0] == 127
    except OSError:
        return False


def through(proxy: str | None) -> str:
    """Return the part of an error message that names the proxy, without its password; "" for none."""
    if proxy is None:
        return ""
    parts = urlsplit(proxy)
    public = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
    return f" through the proxy {public} of the environment (no_proxy lists hosts that need none)"
