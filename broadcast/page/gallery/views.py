"""The page `/docs/widgets/`: a board of examples, without a socket."""

import time
from collections.abc import Sequence

import msgspec
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from broadcast.delivery.compression import deflated
from broadcast.delivery.state_cache import escaped
from broadcast.events.board import Board, Scene
from broadcast.page.gallery import EXAMPLES
from broadcast.page.gallery.example import Example
from broadcast.page.scenes import placed
from broadcast.page.views import facts_of, page_of
from broadcast.permissions import needs_login


@require_safe
async def widgets_page(request: HttpRequest) -> HttpResponseBase:
    """Show every widget on example events, or those of one kind: `?kind=lines`."""
    user = await request.auser() if needs_login() else None
    if user is not None and not user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    kinds = list(dict.fromkeys(example.widget.kind for example in EXAMPLES))
    kind = request.GET.get("kind", "")
    examples = [each for each in EXAMPLES if each.widget.kind == kind] if kind in kinds else EXAMPLES
    context = {
        "title": "Widgets",
        "board": "widgets",
        "boards": [],
        "user_name": user.get_username() if user else "",
        "examples": examples,
        "kinds": kinds,
        "kind": kind,
    }
    types = {each.name: each.event_type for each in examples}
    titles = {each.name: f"{type(each.widget).__name__}: {each.title}" for each in examples}
    layout = Board("widgets", scenes=[Scene(name, title=title) for name, title in titles.items()])
    scenes = placed(layout, types)
    facts = facts_of(layout, types.values(), scenes, socket_path="", state_path="")
    state = deflated(state_of(examples, time.time()), escaped)
    return page_of(request, "stickyboard/widgets.html", context, facts, scenes, state)


def state_of(examples: Sequence[Example], now_s: float) -> str:
    return msgspec.json.encode({"op": "update", "sections": [each.section(now_s) for each in examples]}).decode()
