"""The board's page: it arrives with the state and its cursor inlined, so the first paint has data."""

import time
from functools import lru_cache
from urllib.parse import quote

import msgspec
from django.conf import settings as django_settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import get_script_prefix
from django.utils.safestring import mark_safe

from broadcast.access import may_watch, needs_login
from broadcast.conf import boards
from broadcast.errors import StoreError, UnknownBoard
from broadcast.runtime import runtime
from dashboard_project.compressing import compress
from dashboard_project.modules import modules
from dashboard_project.styles import board_sheet
from producers_api.event_schemas import accepted_example_of

# JSON inside a script element: nothing in it may look like markup to the HTML parser.
# Source: https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements
ESCAPES = {b"<": b"\\u003C", b">": b"\\u003E", b"&": b"\\u0026"}


async def board(request: HttpRequest, name: str) -> HttpResponse:
    """Show a board; where the store cannot be read, an empty one that fills when the socket can."""
    user = await request.auser() if needs_login() else None
    if not may_watch(user):
        return redirect_to_login(request.get_full_path())
    shared = runtime()
    try:
        shown = [shared.event_types[event_type] for event_type in shared.types_of(name)]
    except UnknownBoard:
        return no_board(request, name)
    try:
        frame = (await shared.replay_of(name)).text
    except StoreError:
        frame = '{"op":"frame","sections":[]}'
    facts = {
        "board": name,
        "socket_path": f"{get_script_prefix()}ws/board/{quote(name, safe='')}/",
        "server_time": time.time(),
        "event_types": [
            {
                "name": kind.name,
                "scene": kind.scene,
                "title": kind.title,
                "policy": kind.policy.name,
                "stale_after_s": kind.stale_after_s,
                "example": accepted_example_of(kind, shared.validator),
            }
            for kind in shown
        ],
    }
    state_json = mark_safe(f'{inlined(facts)[:-1]},"frame":{inlined_frame(frame)}}}')  # noqa: S308  # escaped there
    page_modules = modules()
    context = {
        "title": title_of(name),
        "board": name,
        "boards": {each: title_of(each) for each in boards()},
        "modules": page_modules.urls,
        "style": board_sheet().name,
        "import_map": page_modules.import_map,
        "login_url": resolve_url(django_settings.LOGIN_URL),
        "user_name": user.get_username() if user else "",
        "state_json": state_json,
    }
    response = render(request, "dashboard/board.html", context)
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = page_modules.policy
    if page_modules.embedded_by:
        response.xframe_options_exempt = True  # the older header can name no origin; the policy does
    await compress(request, response)
    return response


def no_board(request: HttpRequest, name: str) -> HttpResponse:
    """Name the boards that there are. Not `Http404`, which is a page of Django's own where DEBUG is on."""
    context = {"title": "No such board", "name": shortened(name), "boards": {each: title_of(each) for each in boards()}}
    response = render(request, "dashboard/no_board.html", context, status=404)
    response["Cache-Control"] = "no-store"
    return response


def shortened(name: str, most: int = 80) -> str:
    """Return a name from an address, which may be of any length, as a page quotes it."""
    return name if len(name) <= most else f"{name[:most]}…"


async def first_board(request: HttpRequest) -> HttpResponse:
    """Show the board `main`; where no board is called so, the one that is named first."""
    named = boards()
    return await board(request, "main" if "main" in named else next(iter(named)))


def title_of(board: str) -> str:
    """Return a board's name as people read it."""
    return board.replace("_", " ").replace("-", " ").capitalize()


@lru_cache(maxsize=16)
def inlined_frame(text: str) -> str:
    """Return a board's state as it stands in the page; made anew only when it has changed."""
    return inlined(msgspec.Raw(text.encode()))


def inlined(facts: object) -> str:
    """Return facts as JSON that may stand inside a script element."""
    # On bytes: for 1 MB that is not ASCII, str.translate would hold the event loop up for 80 ms.
    encoded = msgspec.json.encode(facts)
    for sign, escape in ESCAPES.items():
        encoded = encoded.replace(sign, escape)
    return encoded.decode()
