"""Whether a request was made on this machine, and not forwarded by a proxy that is on it."""

import ipaddress
from typing import Any

from django.http import HttpRequest
from django.http.request import split_domain_port

# Any of them says that a proxy is in between. What it says may be forged, that it is there may not.
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


def is_from_this_machine(request: HttpRequest) -> bool:
    """Whether a program on this machine asked the server itself.

    A proxy on this machine has a loopback address too, and may add no header. So the request must also name a
    loopback host, as a visitor of a site does not, and must not be HTTP/1.0, which some proxies speak by default.
    Over a Unix socket there is no address, and a proxy is likely.
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
