"""Routes sockets by Django's URLs, so that `include("broadcast.urls")` below a prefix moves pages and sockets alike."""

from collections.abc import Mapping
from typing import Final

from django.urls import Resolver404, get_resolver

from broadcast.types import Application, Receive, Scope, Send

BOARD_SOCKET: Final = "board-socket"
SHARE_SOCKET: Final = "share-socket"
PRODUCER_SOCKET: Final = "producer-socket"


class Sockets:
    """ASGI application that serves each socket by the name of its URL, and closes those of other URLs.

    Args:
        applications: by the names of URLs.
    """

    _path_routing = True  # lets Channels' `URLRouter` nest it below a path, as its own routers

    def __init__(self, applications: Mapping[str, Application]) -> None:
        self._applications = applications

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            found = get_resolver().resolve(scope["path"].removeprefix(scope.get("root_path", "").rstrip("/")))
        except Resolver404:
            found = None
        application = self._applications.get(found.url_name or "") if found else None
        if found is None or application is None:
            await receive()  # websocket.connect
            await send({"type": "websocket.close"})  # servers answer HTTP 403, because it was not accepted
        else:
            await application({**scope, "url_route": {"args": found.args, "kwargs": found.kwargs}}, receive, send)


def own_path(name: str) -> str:
    """Return the path of a named URL without arguments, without the prefix of a proxy."""
    return f"/{get_resolver().reverse(name)}"
