"""Normalises the prefix below which a proxy serves the application (such as `/board`) to the ASGI specification.

Servers differ: uvicorn adds its `--root-path` to every path, whether or not the proxy has stripped it, and Daphne adds
nothing. Neither knows Django's FORCE_SCRIPT_NAME, and nor does the router of Channels. Inside `Mounted`, `root_path`
is the prefix and `path` begins with it, for HTTP and for WebSockets.

Source: https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope
"""

from typing import Any

from django.conf import settings
from django.urls import is_valid_path

from broadcast.types import Application, Scope

SOCKETS = "/ws/"  # not one of Django's routes


class Mounted:
    """ASGI middleware that puts the prefix into `root_path` and `path`."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        await self._application(with_prefix(scope), receive, send)


def with_prefix(scope: Scope) -> Scope:
    """Return a scope whose `path` is its `root_path` exactly once, followed by the application's own path."""
    root = scope.get("root_path", "").rstrip("/")
    forced = (settings.FORCE_SCRIPT_NAME or "").rstrip("/")
    prefix = forced or root
    if not prefix or "path_remaining" in scope:  # set by a router that has already handled the prefix
        return scope
    own = below(root, scope["path"])
    # Strip it twice if the server added the prefix to a path that already had it. A path of the application may begin
    # with the prefix too: with the prefix /b, there is /b/main/.
    if forced or not _is_route(own):
        own = below(prefix, own)
    return {**scope, "root_path": prefix, "path": prefix + own}


def below(prefix: str, path: str) -> str:
    """Return a path without a prefix of whole segments; "/" for the prefix itself."""
    if path == prefix:
        return "/"
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


def _is_route(path: str) -> bool:
    return path.startswith(SOCKETS) or is_valid_path(path)
