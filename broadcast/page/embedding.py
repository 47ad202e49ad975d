"""Boards and scenes inside a project's own pages: the element of each view, and the data that it needs.

The first view of a board on a page contains what describes the board; each view contains the state of those event
types that no earlier one has. All views of a board share one socket.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from broadcast.asgi.sockets import BOARD_SOCKET
from broadcast.conf import board_layouts, event_types
from broadcast.delivery.concurrency import running_loop
from broadcast.delivery.state_cache import escaped
from broadcast.delivery.updates import section_of, update_of
from broadcast.errors import StoreError
from broadcast.page.embed_style import embed_sheet
from broadcast.page.first_paint import first_paint
from broadcast.page.import_map import embed_modules
from broadcast.page.scenes import PlacedScene, own_modules, placed, types_of
from broadcast.page.views import facts_of, first_state
from broadcast.permissions import is_public
from broadcast.runtime import serving, store

THEMES: Final = ("auto", "dark", "light")
STATE_S: Final = 5.0
ON_PAGE: Final = "_stickyboard_on_page"  # of a request: the event types that its page has, by board


class View(NamedTuple):
    """One board, or one scene of it, on a page."""

    board: str
    scene: str
    height: str
    theme: str


def view_html(request: HttpRequest, view: View) -> SafeString:
    """Return the markup of a view, with the data that the page does not have yet. The user is permitted to view it."""
    if not is_public(view.board):
        request._cache_update_cache = False  # noqa: SLF001  # Django's cache would serve the page to others
    on_page: dict[str, set[str]] = request.__dict__.setdefault(ON_PAGE, {})
    is_first_view, is_first_of_board = not on_page, view.board not in on_page
    has = on_page.setdefault(view.board, set())
    layout = board_layouts()[view.board]
    scenes = placed(layout, event_types())
    shown = [scene for scene in scenes if view.scene in ("", scene.name)]
    needed = [name for name in types_of(shown) if name not in has]
    has.update(needed)
    parts: list[str] = [_element(view)]
    if needed or is_first_of_board:
        parts.append(_data(view.board, scenes if is_first_of_board else [], needed))
    if is_first_view:
        parts.append(_scripts(request))
    return mark_safe("\n".join(parts))  # noqa: S308  # each part is


def _element(view: View) -> str:
    element: str = format_html(
        '<div data-stickyboard data-board="{}" data-scene="{}" data-height="{}" data-theme="{}" data-style="{}"></div>',
        *view,
        reverse("embed-style", args=[embed_sheet().name]),
    )
    return element


def _data(board: str, scenes: Sequence[PlacedScene], types: Sequence[str]) -> str:
    facts: dict[str, Any] = {"board": board}
    if scenes:  # the first view of this board
        layout, known = board_layouts()[board], event_types()
        kinds = [known[name] for name in layout.types_of(known)]
        facts = facts_of(layout, kinds, scenes, reverse(BOARD_SOCKET, args=[board]), reverse("state", args=[board]))
    text = escaped(msgspec.json.encode(facts)).decode()[:-1]
    return f'<script type="application/json" data-stickyboard>{text},"update":{state_text(types)}}}</script>'


def _scripts(request: HttpRequest) -> str:
    # Browsers accept an import map only before the first module, so it is for all boards.
    own = own_modules(scene for layout in board_layouts().values() for scene in placed(layout, event_types()))
    modules, parts = embed_modules(own), []
    if modules.import_map:
        nonce = nonce_of(request)
        attribute = format_html(' nonce="{}"', nonce) if nonce else ""
        parts.append(f'<script type="importmap"{attribute}>{modules.import_map}</script>')
    parts.append(format_html('<script type="module" src="{}"></script>', modules.main))
    return "\n".join(parts)


def nonce_of(request: HttpRequest) -> str:
    """Return the nonce of django-csp, or of Django's own middleware, which exists since 6.0; "" if there is none."""
    # A lazy nonce is false before its first use, which lets the middleware add it to the policy.
    names = ("csp_nonce", "_csp_nonce")
    return next((str(nonce) for name in names if (nonce := getattr(request, name, None)) is not None), "")


def state_text(types: Sequence[str]) -> str:
    """Return the state of event types as one update, safe inside a script element."""
    here = serving()
    if here is not None and running_loop() is None:
        read = asyncio.run_coroutine_threadsafe(first_state(types), here.loop)
        return b"".join(read.result(STATE_S).text()).decode()
    # A server without sockets, a command, or a template that is rendered on an event loop.
    try:
        deltas = store().since(dict.fromkeys(types))
    except StoreError:
        deltas = {}
    update = update_of([section_of(delta) for delta in deltas.values()], caught_up=True)
    return escaped(first_paint(update.text).encode()).decode()
