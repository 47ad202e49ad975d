"""Detects requests that were made on this machine and not forwarded by a proxy on it."""

import ipaddress
from typing import Any

from django.http import HttpRequest
from django.http.request import split_domain_port

# Each of these headers reveals a proxy. A client can forge their values, but cannot remove what a proxy adds.
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def is_from_this_machine(request: HttpRequest) -> bool:
    """Return whether a program on this machine sent the request directly to the server.

    A proxy on this machine has a loopback address too, and may add no header. The request must therefore also name a
    loopback host, which visitors of a site do not, and must not be HTTP/1.0, the default of some proxies. A Unix socket
    has no address, and usually belongs to a proxy.
    """
    scope: dict[str, Any] = getattr(request, "scope", {})
    client = scope.get("client")
    return bool(
        client
        and _is_loopback(client[0])
        and not any(request.headers.get(name) for name in FORWARDED)
        and scope.get("http_version") != "1.0"
        and _is_loopback(split_domain_port(request.headers.get("Host", ""))[0])
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
