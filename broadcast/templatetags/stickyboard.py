"""`{% board "shop" %}` and `{% scene "orders" %}`, after `{% load stickyboard %}`, draw live scenes in a page."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template import TemplateSyntaxError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from broadcast.conf import board_layouts, event_types
from broadcast.errors import UnknownBoard, did_you_mean
from broadcast.page.embedding import THEMES, View, view_html
from broadcast.page.scenes import placed
from broadcast.permissions import may_view

register = template.Library()


@register.simple_tag(takes_context=True)
def board(context: Any, name: str, *, height: str = "", theme: str = "auto", refused: str = "") -> SafeString:
    """Draw a board.

    Args:
        height: a CSS length such as "40rem"; "" for as high as its scenes.
        theme: "auto" for that of the background, "dark" or "light".
        refused: a sentence for users who may not view it; by default, they see nothing.
    """
    if name not in board_layouts():
        raise TemplateSyntaxError(f"{{% board %}}: {UnknownBoard(name, board_layouts())}")
    return _drawn(context, View(name, "", height, theme), refused)


@register.simple_tag(takes_context=True)
def scene(
    context: Any, name: str, *, board: str = "", height: str = "20rem", theme: str = "auto", refused: str = ""
) -> SafeString:
    """Draw one scene. `board` is needed if several boards have a scene of this name; else like `board`."""
    return _drawn(context, View(board_with(name, board), name, height, theme), refused)


def board_with(scene: str, board: str = "") -> str:
    """Return the board that has a scene.

    Raises:
        TemplateSyntaxError: none has it, or several.
    """
    if board and board not in board_layouts():
        raise TemplateSyntaxError(f"{{% scene %}}: {UnknownBoard(board, board_layouts())}")
    layouts = [board_layouts()[board]] if board else list(board_layouts().values())
    names = {layout.name: [each.name for each in placed(layout, event_types())] for layout in layouts}
    having = [name for name, scenes in names.items() if scene in scenes]
    if len(having) == 1:
        return having[0]
    if having:
        msg = f'{{% scene %}}: the boards {", ".join(having)} have a scene "{scene}"; add board="{having[0]}"'
        raise TemplateSyntaxError(msg)
    known = list(dict.fromkeys(each for scenes in names.values() for each in scenes))
    hint = did_you_mean(scene, known) or f"; there are {', '.join(known[:30])}"
    raise TemplateSyntaxError(f'{{% scene %}}: no scene "{scene}"{hint}')


def _drawn(context: Any, view: View, refused: str) -> SafeString:
    request = context.get("request")
    if not isinstance(request, HttpRequest):
        msg = (
            "a board needs the request, to know who views it: render the template with render(request, …), and add"
            ' "django.template.context_processors.request" to the context_processors in TEMPLATES'
        )
        raise TemplateSyntaxError(msg)
    if view.theme not in THEMES:
        raise TemplateSyntaxError(f"theme is {view.theme!r}; expected one of {', '.join(map(repr, THEMES))}")
    view = View(*(text + "" for text in view))  # a literal in a template is a `SafeString`, which is not escaped
    if not may_view(view.board, request):
        return format_html("<p>{}</p>", refused) if refused else SafeString("")
    return view_html(request, view)
