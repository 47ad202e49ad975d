"""Refuses sockets of pages from another origin, by the rule that Django applies to forms.

A page may open a board's socket if its origin has the request's scheme, host and port, or is in CSRF_TRUSTED_ORIGINS.
The host must be in ALLOWED_HOSTS, which excludes names that an attacker points at this server. A refused socket is
accepted and immediately closed with 4504, because a browser hides from the page why a handshake failed, but reports
the reason of a close.

Source: django.middleware.csrf.CsrfViewMiddleware; RFC 6455, section 10.2
"""

import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.signals import setting_changed
from django.http.request import HttpRequest, is_same_domain

from broadcast import close_codes
from broadcast.conf import name_of_setting
from broadcast.errors import OriginRefused
from broadcast.ops.log_format import OncePerCause
from broadcast.server.handshake import Headers, joined
from broadcast.types import Application, Send

log = logging.getLogger("broadcast.asgi.origins")
log.addFilter(OncePerCause())

ORIGIN: Final = re.compile(r"(https?)://([^\s/?#@\\,]+)")
SCHEMES: Final = {"ws": "http", "wss": "https"}
DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
# What Django's rules read of a request, besides the header in SECURE_PROXY_SSL_HEADER.
READ: Final = (b"origin", b"host", b"x-forwarded-host", b"x-forwarded-port")


class SameOrigin:
    """ASGI middleware that admits only sockets of allowed origins."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        try:
            check_origin(scope)
        except OriginRefused as refusal:
            log.warning("%s", refusal)
            await receive()  # websocket.connect
            await send({"type": "websocket.accept"})
            reason = close_codes.shorten_reason(refusal.short)
            await send({"type": "websocket.close", "code": close_codes.ORIGIN_REFUSED, "reason": reason})
        else:
            await self._application(scope, receive, send)


def check_origin(scope: Mapping[str, Any]) -> None:
    """Check that a page may open this socket.

    Raises:
        OriginRefused: the origin is missing, malformed, or different from the request's.
    """
    headers, secure = joined(scope["headers"]), settings.SECURE_PROXY_SSL_HEADER
    names = [*READ, *([_header(secure[0])] if secure else [])]
    found = tuple((name, headers[name]) for name in names if name in headers)
    _check(found, scope.get("scheme", "ws"), tuple(scope.get("server") or ("unknown", 0)))


@lru_cache(maxsize=64)  # many browsers send the same of these headers; a refusal is not remembered
def _check(headers: tuple[tuple[bytes, bytes], ...], scheme: str, server: tuple[str, int | None]) -> None:
    request = Head(headers, scheme, server)
    origin = request.META.get("HTTP_ORIGIN", "")
    if _is_trusted(origin):
        return
    try:
        host = request.get_host()
    except DisallowedHost:
        sent = request.META.get("HTTP_HOST", "")
        found = f"the request's host {printable(sent)} is not allowed"
        raise OriginRefused(origin, found, _named("ALLOWED_HOSTS")) from None
    own = _normal(f"{request.scheme}://{host}")
    if own is None or _normal(origin) != own:
        raise OriginRefused(origin, f"the request is for {printable(own or host)}", _settings_for(origin, own))


class Head(HttpRequest):
    """What Django's rules for hosts and schemes need of a request; a whole one takes three times as long to make."""

    def __init__(self, headers: Headers, scheme: str, server: tuple[str, int | None]) -> None:
        self.META = {"SERVER_NAME": server[0], "SERVER_PORT": str(server[1])}
        for name, value in headers:
            self.META[f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}"] = value.decode("latin-1")
        self._scheme: str = SCHEMES.get(scheme, scheme)

    def _get_scheme(self) -> str:
        return self._scheme


def _header(name: str) -> bytes:
    """Return the header of a name in META."""
    return name.removeprefix("HTTP_").replace("_", "-").lower().encode("latin-1")


setting_changed.connect(lambda **_: _check.cache_clear(), weak=False)  # of tests


def printable(value: str) -> str:
    """Return untrusted text shortened, in ASCII and without control characters."""
    return ascii(value if len(value) <= 100 else f"{value[:100]}…")


@lru_cache(maxsize=64)  # of a request, twice, and of the settings
def _normal(origin: str) -> str | None:
    """Return an origin in lower case without its scheme's default port; None if it is malformed."""
    parts = ORIGIN.fullmatch(origin.lower())
    if parts is None:
        return None
    try:
        urlsplit(origin).port  # noqa: B018  # raises for unmatched brackets and invalid ports
    except ValueError:
        return None
    return f"{parts[1]}://{parts[2].removesuffix(DEFAULT_PORTS[parts[1]])}"


def _is_trusted(origin: str) -> bool:
    own = _normal(origin)
    if own is None:
        return False
    scheme, _, host = own.partition("://")
    for trusted in settings.CSRF_TRUSTED_ORIGINS:
        trusted_scheme, _, pattern = trusted.lower().partition("://")
        if own == _normal(trusted):
            return True
        if pattern.startswith("*.") and scheme == trusted_scheme and is_same_domain(host, pattern[1:]):
            return True
    return False


def _settings_for(origin: str, own: str | None) -> dict[str, str]:
    """Return the settings that may be missing: a proxy that terminates TLS needs more of them."""
    is_tls_ended = own is not None and _normal(origin) == own.replace("http://", "https://", 1)
    return _named(*["SECURE_PROXY_SSL_HEADER"] * is_tls_ended, "CSRF_TRUSTED_ORIGINS")


def _named(*names: str) -> dict[str, str]:
    return {name: name_of_setting(name) for name in names}
