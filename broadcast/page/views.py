"""The board page. It contains state and a cursor, so that the first paint has data."""

import secrets
import time
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.conf import settings as django_settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe

from broadcast.asgi.sockets import BOARD_SOCKET
from broadcast.conf import board_layouts, boards, layout_version
from broadcast.delivery.compression import Deflated, deflated
from broadcast.delivery.state_cache import escaped
from broadcast.errors import StoreError
from broadcast.events.board import Board
from broadcast.events.event_type import EventType
from broadcast.events.schemas import accepted_example_of
from broadcast.ops.command_names import as_typed
from broadcast.page.compressed_response import streamed
from broadcast.page.first_paint import first_paint
from broadcast.page.import_map import modules
from broadcast.page.scenes import PlacedScene, modules_of, own_modules, placed, title_of
from broadcast.page.style_sheet import board_sheet
from broadcast.permissions import Viewer, needs_login, viewer_of
from broadcast.runtime import runtime

NO_STATE = deflated('{"op":"update","sections":[]}')
SEND = "manage.py send_event"
SPLIT = secrets.token_hex(16)  # unguessable marker at which the rendered page is split


async def board(request: HttpRequest, name: str) -> HttpResponseBase:
    """Show a board. If the store is unavailable, it is empty until the socket delivers the state."""
    viewer = await viewer_of(request)
    if name not in viewer.boards:
        return refused(request, name, viewer)
    shared, layout = runtime(), board_layouts()[name]
    kinds = [shared.event_types[each] for each in shared.boards[name]]
    scenes = placed(layout, shared.event_types)
    facts = facts_of(layout, kinds, scenes, reverse(BOARD_SOCKET, args=[name]), reverse("state", args=[name]))
    for described, kind in zip(facts["event_types"], kinds, strict=True):
        described["example"] = accepted_example_of(kind, shared.validator)
    context = {"title": board_title(layout), "board": name, "boards": board_titles(viewer)}
    if (send_command := as_typed(SEND)) != SEND:  # the board runs on the user's own machine
        context["send_command"] = send_command
    context["user_name"] = user_name(viewer)
    state = await first_state(shared.boards[name])
    return page_of(request, "stickyboard/board.html", context, facts, scenes, state)


def facts_of(
    layout: Board, kinds: Iterable[EventType], scenes: Iterable[PlacedScene], socket_path: str, state_path: str
) -> dict[str, Any]:
    """Return what a page needs to know about a board, as JSON."""
    return {
        "board": layout.name,
        "layout": layout_version(layout.name),
        "colours": layout.colours,
        "empty": layout.empty,
        "socket_path": socket_path,
        "state_path": state_path,
        "server_time": time.time(),
        "scenes": [scene.for_page() for scene in scenes],
        "event_types": [_described(kind) for kind in kinds],
    }


async def first_state(types: Sequence[str]) -> Deflated:
    """Return what a page contains of the state; nothing if the store is unavailable."""
    try:
        return (await runtime().states.of(types, first_paint)).text
    except StoreError:
        return NO_STATE


def _described(kind: EventType) -> dict[str, Any]:
    return {
        "name": kind.name,
        "title": title_of(kind),
        "policy": kind.policy.name,
        "stale_after_s": kind.stale_after_s,
        "max_lanes": kind.policy.bounds.max_lanes,
        "key_fields": [*kind.policy.key, *([kind.policy.lane] if kind.policy.lane else [])],
        "example": None,  # only the board's page has one
    }


def page_of(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    facts: dict[str, Any],
    scenes: Sequence[PlacedScene],
    state: Deflated,
) -> StreamingHttpResponse:
    """Return a page of scenes with its state, which is not copied."""
    before_state = escaped(msgspec.json.encode(facts)).decode()[:-1]
    page_modules = modules(modules_of(scenes), own_modules(scenes))
    context |= {
        "modules": page_modules,
        "style": board_sheet().name,
        "login_url": resolve_url(django_settings.LOGIN_URL),
        "state_json": mark_safe(f'{before_state},"update":{SPLIT}}}'),  # noqa: S308  # escaped above
    }
    head, _, tail = render_to_string(template, context, request).partition(SPLIT)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": page_modules.policy}
    if preloads := page_modules.preloads:
        sheet = reverse("board-style", args=[context["style"]])
        headers["Link"] = ", ".join([f"<{sheet}>; rel=preload; as=style", *preloads])
    response = streamed(request, state, "text/html; charset=utf-8", headers, head.encode(), tail.encode())
    if page_modules.embedded_by:
        response.xframe_options_exempt = True  # X-Frame-Options cannot list origins; the policy does
    return response


def refused(request: HttpRequest, name: str, viewer: Viewer) -> HttpResponse:
    """Ask for a login, or list the boards that the user may view.

    Not `Http404`, for which Django shows its own page if DEBUG is on.
    """
    is_board = name in boards()
    if viewer.is_anonymous and (is_board or needs_login()):
        return redirect_to_login(request.get_full_path())
    title = "Not permitted" if is_board else "No such board"
    context = {"title": title, "name": name, "boards": board_titles(viewer), "is_board": is_board}
    context["user_name"] = user_name(viewer)
    response = render(request, "stickyboard/no_board.html", context, status=403 if is_board else 404)
    response["Cache-Control"] = "no-store"
    return response


async def first_board(request: HttpRequest) -> HttpResponseBase:
    """Show the board `main`, or the first board that the user may view."""
    named = [*(await viewer_of(request)).boards, *boards()]
    return await board(request, "main" if "main" in named else named[0])


def user_name(viewer: Viewer) -> str:
    return "" if viewer.is_anonymous else viewer.user.get_username()


def board_titles(viewer: Viewer) -> list[tuple[str, str]]:
    """Return name and title of each board. In a template, a dict's `items` would be the board of that name."""
    return [(name, board_title(layout)) for name, layout in board_layouts().items() if name in viewer.boards]


def board_title(layout: Board) -> str:
    return layout.title or layout.name.replace("_", " ").replace("-", " ").capitalize()
