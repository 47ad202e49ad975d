"""Checks that scripts and styles are served, which `runserver` does by itself and `serve` leaves to the project."""

import re
import sys
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004  # as Django names it
from django.urls import Resolver404, get_script_prefix, resolve

from broadcast.checks.page import PAGE
from broadcast.checks.runserver import serves_sockets

SERVING: Final = re.compile("static|whitenoise", re.IGNORECASE)  # servestatic, and middleware of the project's own
COLLECTED: Final = re.compile(r"(servestatic|whitenoise|broadcast)\.")  # they serve STATIC_ROOT, unless DEBUG is on
PROBLEM: Final = "nothing serves static files, so boards and the admin have neither scripts nor styles"
ADD: Final = 'Add to the settings: MIDDLEWARE.insert(1, "servestatic.middleware.ServeStaticMiddleware").'
COLLECT: Final = "Set STATIC_ROOT, and type: python manage.py collectstatic."
SILENCE: Final = ' If the application or a proxy serves them: SILENCED_SYSTEM_CHECKS = ["stickyboard.W018"].'


@register(Tags.staticfiles)
def check_served(**_: Any) -> Iterator[CheckMessage]:
    """W018: neither a middleware nor a URL of the project serves static files, or the middleware has none to serve."""
    # With Daphne, the project may use `runserver` only, so `serve` itself reports it.
    if sys.argv[1:2] == ["check"] and not serves_sockets() and (found := static_problem()):
        yield found


def static_problem() -> CheckMessage | None:
    """Return a warning if static files are not served; None if they are, or if a proxy may serve them."""
    url = settings.STATIC_URL or ""
    is_elsewhere = not url or bool(urlsplit(url).netloc) or (not settings.DEBUG and settings.STATIC_ROOT)
    serving = [path for path in settings.MIDDLEWARE if SERVING.search(path)]
    if is_elsewhere or (serving and not _lacks_files(serving)) or _has_route(url):
        return None
    return Warning(PROBLEM, hint=(COLLECT if serving else ADD) + SILENCE, id="stickyboard.W018")


def _lacks_files(serving: list[str]) -> bool:
    """Return whether only middleware that serves the collected files is there, and no folder for them."""
    finding = any(getattr(settings, f"{name}_USE_FINDERS", False) for name in ("SERVESTATIC", "WHITENOISE"))
    return not settings.DEBUG and not finding and all(map(COLLECTED.match, serving))


def _has_route(url: str) -> bool:
    try:
        resolve(f"/{url.removeprefix(get_script_prefix())}{PAGE}", settings.ROOT_URLCONF)
    except Resolver404:
        return False
    return True
