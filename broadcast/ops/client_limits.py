"""Each client may use only a share of a limit, so that others still connect. A client is an address or a token."""

import ipaddress
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from broadcast.conf import Settings
from broadcast.ops.connections import Connections


@lru_cache(maxsize=256)  # the standard library parses in Python, and many clients are behind few proxies
def network_of(address: str) -> str:
    """Return the unit by which an address is counted: for IPv6 its /64, because one customer has all of it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # a Unix socket, or a server that reports no address
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return address


def client_of(scope: Mapping[str, Any]) -> str:
    """Return the client that a connection counts against; "" if the server reports none (a Unix socket)."""
    client = scope.get("client")
    return network_of(str(client[0])) if client and client[0] else ""


def share_of(limit: int, settings: Settings) -> int:
    return max(1, int(limit * settings.MAX_SHARE))


def full_reason(
    connections: Connections, kind: str, owners: Iterable[str], limit: int, settings: Settings
) -> str | None:
    """Return why one more connection of these owners (an address, a token) is refused; None if it is accepted."""
    if connections.count(kind) >= limit:
        return f"{limit} {kind}s are connected"
    share = share_of(limit, settings)
    full = next((owner for owner in owners if connections.count_of(kind, owner) >= share), None)
    return full and f'{full} has {share} {kind}s connected (BROADCAST["MAX_SHARE"])'
