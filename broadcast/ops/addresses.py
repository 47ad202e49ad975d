"""Whose an address is, for limits that each client has a share of."""

import ipaddress
from collections.abc import Mapping
from typing import Any


def network_of(address: str) -> str:
    """Return an address as it is counted: of IPv6 the network, as whoever has one has all its addresses."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:  # a Unix socket, or a server that does not say
        return address
    if isinstance(read, ipaddress.IPv6Address):
        return str(read.ipv4_mapped or ipaddress.ip_network((read, 64), strict=False))
    return address


def client_of(scope: Mapping[str, Any]) -> str:
    """Return who a connection is counted for, "" where the server does not say (a Unix socket)."""
    client = scope.get("client")
    return network_of(str(client[0])) if client and client[0] else ""
