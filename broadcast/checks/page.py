"""Checks of the board page: its collected files, and the scenes of the event types."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # as Django names it

from broadcast import conf

PAGE = "stickyboard/page/main.js"
SCENES = "stickyboard/page/scenes.js"
SCENE_LINE = re.compile(r'\{ *name: *["\']([\w-]+)["\']')


@register(Tags.security, deploy=True)
def check_collected(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """E030: the page's static files were not collected."""
    try:
        staticfiles_storage.url(PAGE)
    except ValueError as exc:
        hint = "Type: manage.py collectstatic --noinput, with STICKYBOARD_COLLECTED and STICKYBOARD_DATA as here."
        return [Error(f"the page's files were not collected: {exc}", hint=hint, id="stickyboard.E030")]
    return []


@register
def check_scenes(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """W031: an event type has an unknown scene, and is displayed as a table."""
    try:
        event_types = conf.event_types()
    except Exception:  # importing runs the deployment's own code; `check_event_types` reports its errors
        return []
    file = finders.find(SCENES)
    known = {"json", *SCENE_LINE.findall(Path(file).read_text())} if file else set()
    hint = f'Add it to {SCENES}, or use scene="json".'
    return [
        Warning(
            f'{kind.name}: {SCENES} has no scene "{kind.scene}", so a table is displayed; '
            f"the scenes are {', '.join(sorted(known))}",
            hint=hint,
            id="stickyboard.W031",
        )
        for kind in event_types.values()
        if known and kind.scene not in known
    ]
