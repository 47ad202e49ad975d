"""Checks of the board page: its collected files, and the scenes of the boards."""

from collections.abc import Iterator
from typing import Any

from django.contrib.staticfiles.finders import find
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage, Error, Tags, register

from broadcast import conf
from broadcast.checks.settings import check_broadcast
from broadcast.events.board import Board, Scene
from broadcast.page.scenes import as_list
from broadcast.page.widgets import Custom

PAGE = "stickyboard/page/main.js"


@register(Tags.security, deploy=True)
def check_collected(**_: Any) -> Iterator[CheckMessage]:
    """E030: the page's static files were not collected."""
    try:
        staticfiles_storage.url(PAGE)
    except ValueError as exc:
        hint = "Type: manage.py collectstatic --noinput, with STICKYBOARD_COLLECTED and STICKYBOARD_DATA as here."
        yield Error(f"the page's files were not collected: {exc}", hint=hint, id="stickyboard.E030")


@register
def check_scenes(**_: Any) -> Iterator[CheckMessage]:
    """E007: a widget cannot draw an event type, or two scenes of a board have one name or number."""
    if check_broadcast():
        return
    problems = [problem for board in conf.board_layouts().values() for problem in problems_of(board)]
    placed = {name for names in conf.boards().values() for name in names}
    for kind in conf.event_types().values():
        if kind.name not in placed:
            problems += [problem for widget in as_list(kind.show) for problem in widget.problems(kind)]
    hint = "The page /docs/widgets/ of a running server shows every widget; docs/reference/widgets/ lists the options."
    yield from (Error(problem, hint=hint, id="stickyboard.E007") for problem in dict.fromkeys(problems))


def problems_of(board: Board) -> Iterator[str]:
    event_types = conf.event_types()
    for scene in board.scenes_of(event_types):
        for name in scene.event_types:
            for widget in as_list(scene.show) or as_list(event_types[name].show):
                yield from widget.problems(event_types[name])
                if isinstance(widget, Custom) and find(widget.module) is None:
                    where = "no app, nor the folder static/ next to the board file, has this static file"
                    yield f"{name}: Custom(module={widget.module!r}): {where}"
    named = [(scene, scene.name) for scene in board.scenes_of(event_types) if scene.name]
    numbered = [(scene, scene.number) for scene in board.scenes_of(event_types) if scene.number is not None]
    for what, values in (("name", named), ("number", numbered)):
        seen: dict[Any, Scene] = {}
        for scene, value in values:
            if value in seen:
                both = f"{label_of(seen[value])} and {label_of(scene)}"
                yield f'board "{board.name}": {both} have {what}={value!r}; give each its own'
            seen.setdefault(value, scene)


def label_of(scene: Scene) -> str:
    return f"Scene({', '.join(map(repr, scene.event_types))})"
