"""The page and the state behind a share link. Neither needs an account or a cookie, and no cache may store them."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from broadcast.asgi.sockets import SHARE_SOCKET
from broadcast.conf import board_layouts, event_types
from broadcast.errors import LinkRefused, StoreError
from broadcast.ops.log_format import unlogged
from broadcast.page.views import board_title, facts_of, first_state, page_of
from broadcast.runtime import runtime
from broadcast.sharing.links import opened_by
from broadcast.views import error_response, state_response

# The address is the credential: no other site and no search engine may learn it.
HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}


@require_safe
async def shared_page(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the board or the scene of a link, without anything that leads elsewhere."""
    opened = await opened_by(token)
    if opened is None:
        refusal = {"title": "Link not valid", "reason": str(LinkRefused())}
        return _private(render(request, "stickyboard/no_link.html", refusal, status=404))
    layout = board_layouts()[opened.board]
    kinds = [event_types()[name] for name in opened.event_types]
    paths = reverse(SHARE_SOCKET, args=[token]), reverse("shared-state", args=[token])
    facts = {**facts_of(layout, kinds, opened.scenes, *paths), "board": opened.name}
    title = board_title(layout) if opened.is_whole else opened.scenes[0].title
    context: dict[str, Any] = {"title": title, "board": opened.name, "boards": [], "user_name": "", "is_shared": True}
    state = await first_state(opened.event_types)
    return _private(page_of(request, "stickyboard/board.html", context, facts, opened.scenes, state))


@require_safe
async def shared_state(request: HttpRequest, token: str) -> HttpResponseBase:
    """Return the state of what a link opens, as `broadcast.views.state` does for a board."""
    opened = await opened_by(token)
    if opened is None:
        return _private(error_response(LinkRefused()))
    try:
        found = await runtime().states.of(opened.event_types)
    except StoreError as exc:
        return _private(error_response(exc))
    return _private(state_response(request, found, "no-store"))


def _private(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response[name] = value
    return unlogged(response)  # Django would log the address of each refused link
