"""The path below which a proxy serves the application (`/board`), in the form of the ASGI specification.

Servers disagree: uvicorn adds its `--root-path` to every path, whether or not the proxy has stripped it. Daphne
adds nothing. Django's FORCE_SCRIPT_NAME is unknown to both, and to the router of Channels. Behind `Mounted`,
`root_path` is the prefix and `path` begins with it, for HTTP and for WebSockets.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope
"""

from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.urls import is_valid_path

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

SOCKETS = "/ws/"  # not among Django's routes


class Mounted:
    """An ASGI application that passes each request on with its prefix in `root_path` and in `path`."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        await self._application(with_prefix(scope), receive, send)


def with_prefix(scope: Scope) -> Scope:
    """Return a scope whose `path` is its `root_path`, once, and then the application's own path."""
    root = scope.get("root_path", "").rstrip("/")
    forced = (settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    prefix = forced or root
    if not prefix or "path_remaining" in scope:  # the latter is of a router that has looked at the prefix
        return scope
    own = below(root, scope["path"])
    # A second time where the server added the prefix to a path that had it. A path of the application may begin
    # as the prefix does: with the prefix /b, /b/main/ is one.
    if forced or not _is_route(own):
        own = below(prefix, own)
    return {**scope, "root_path": prefix, "path": prefix + own}


def below(prefix: str, path: str) -> str:
    """Return a path without a prefix that ends where a segment of the path ends; "/" for the prefix itself."""
    if path == prefix:
        return "/"
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


def _is_route(path: str) -> bool:
    return path.startswith(SOCKETS) or is_valid_path(path)
