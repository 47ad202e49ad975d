"""System checks of this deployment."""

from collections.abc import Sequence
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.checks import CheckMessage, Error, Tags, register

PAGE = "dashboard/main.js"


@register(Tags.security, deploy=True)
def check_collected(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """E001: the page's files are to be served as they were collected, and were not."""
    try:
        staticfiles_storage.url(PAGE)
    except ValueError as exc:
        hint = "Type: manage.py collectstatic --noinput, with STICKYBOARD_COLLECTED and STICKYBOARD_DATA as here."
        return [Error(f"the page's files were not collected: {exc}", hint=hint, id="dashboard_project.E001")]
    return []
