"""System checks of this deployment."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  # as Django names it

from broadcast import conf
from dashboard_project import env

PAGE = "dashboard/main.js"
SCENES = "dashboard/scenes.js"
SCENE_LINE = re.compile(r'\{ *name: *["\']([\w-]+)["\']')


@register(Tags.security, deploy=True)
def check_collected(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """E001: the page's files are to be served as they were collected, and were not."""
    try:
        staticfiles_storage.url(PAGE)
    except ValueError as exc:
        hint = "Type: manage.py collectstatic --noinput, with STICKYBOARD_COLLECTED and STICKYBOARD_DATA as here."
        return [Error(f"the page's files were not collected: {exc}", hint=hint, id="dashboard_project.E001")]
    return []


@register
def check_environment(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """W001: the environment has a name that nothing reads; its value has no effect."""
    hint = "Mend the name, or take it out; docs/settings.md has all of them."
    if "STICKYBOARD_SECRET_KEY" not in env.KNOWN:  # the settings of another project, which may take what names it likes
        return []
    return [
        Warning(
            f"nothing reads {name} in the environment" + (f"; did you mean {near}?" if near else ""),
            hint=hint,
            id="dashboard_project.W001",
        )
        for name, near in env.misspelt().items()
    ]


@register
def check_scenes(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """W002: an event type names a scene that the page does not have, and so is shown as a table."""
    try:
        event_types = conf.event_types()
    except Exception:  # importing runs the deployment's own code; broadcast's checks say what is wrong with it
        return []
    file = finders.find(SCENES)
    known = {"json", *SCENE_LINE.findall(Path(file).read_text())} if file else set()
    hint = f'Give it a line in {SCENES}, or say scene="json".'
    return [
        Warning(
            f'{kind.name}: {SCENES} has no scene "{kind.scene}", so a table stands in its place; '
            f"there is {', '.join(sorted(known))}",
            hint=hint,
            id="dashboard_project.W002",
        )
        for kind in event_types.values()
        if known and kind.scene not in known
    ]


@register(Tags.security, deploy=True)
def check_preload(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """W003: browsers' preload lists do not accept what the server sends."""
    is_accepted = settings.SECURE_HSTS_SECONDS and settings.SECURE_HSTS_INCLUDE_SUBDOMAINS
    if settings.SECURE_HSTS_PRELOAD and not is_accepted:
        problem = (
            "STICKYBOARD_HSTS_PRELOAD has no effect: browsers' lists accept only domains with all their subdomains"
        )
        hint = "Set STICKYBOARD_HTTPS and STICKYBOARD_HSTS_SUBDOMAINS as well, or leave it out."
        return [Warning(problem, hint=hint, id="dashboard_project.W003")]
    return []
