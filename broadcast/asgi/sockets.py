"""Routes sockets by Django's URLs, so that `include("broadcast.urls")` below a prefix moves pages and sockets alike."""

from collections.abc import Mapping
from contextlib import nullcontext
from functools import lru_cache
from typing import Final

from django.urls import Resolver404, ResolverMatch, URLResolver, get_resolver
from django.utils.translation import get_language_from_path, override

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
        path = scope["path"].removeprefix(scope.get("root_path", "").rstrip("/"))
        found = _match(path, get_resolver())
        application = self._applications.get(found.url_name or "") if found else None
        if found is None or application is None:
            await receive()  # websocket.connect
            await send({"type": "websocket.close"})  # servers answer HTTP 403, because it was not accepted
        else:
            await application({**scope, "url_route": {"args": found.args, "kwargs": found.kwargs}}, receive, send)


@lru_cache(maxsize=64)  # many browsers request few boards, and a search takes longer than the rest of a connect
def _match(path: str, resolver: URLResolver) -> ResolverMatch | None:
    # The prefix of `i18n_patterns` depends on the language, which Django's middleware activates for pages only.
    language = get_language_from_path(path)
    with override(language) if language else nullcontext():
        try:
            return resolver.resolve(path)
        except Resolver404:
            return None


def own_path(name: str) -> str:
    """Return the path of a named URL without arguments, without the prefix of a proxy."""
    return f"/{get_resolver().reverse(name)}"
