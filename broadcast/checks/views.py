"""Checks of what the pages of a project need: URLs, the request in templates, users, and origins of frames."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.apps import apps
from django.conf import global_settings, settings
from django.contrib.auth.middleware import AuthenticationMiddleware, RemoteUserMiddleware
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004
from django.db.models import Model
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils import translation
from django.utils.module_loading import import_string

from broadcast import conf
from broadcast.asgi.origins import ORIGIN
from broadcast.checks.settings import check_broadcast
from broadcast.errors import did_you_mean
from broadcast.permissions import is_name, is_public, permission_of

SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:")  # such as that of an editor's web views

REQUEST = "django.template.context_processors.request"
DJANGO_TEMPLATES = "django.template.backends.django.DjangoTemplates"


@register(Tags.urls)
def check_urls(**_: Any) -> Iterator[CheckMessage]:
    """W011: the project does not include the URLs of the boards and their sockets."""
    try:
        if getattr(settings, "ROOT_URLCONF", None):
            reverse("board-main")
    except NoReverseMatch:
        hint = f'Add path("ops/", include("broadcast.urls")) to {settings.ROOT_URLCONF}, without a namespace.'
        yield Warning("the URLs of boards and sockets are not included", hint=hint, id="stickyboard.W011")


@register(Tags.templates)
def check_templates(**_: Any) -> Iterator[CheckMessage]:
    """W012: templates have no request, so the tags `{% board %}` and `{% scene %}` cannot know who views them."""
    engines = [engine for engine in settings.TEMPLATES if engine.get("BACKEND") == DJANGO_TEMPLATES]
    if engines and all(REQUEST not in engine.get("OPTIONS", {}).get("context_processors", ()) for engine in engines):
        hint = f'Add "{REQUEST}" to the context_processors in TEMPLATES.'
        yield Warning("templates have no request, which boards need", hint=hint, id="stickyboard.W012")


@register(Tags.security)
def check_users(**_: Any) -> Iterator[CheckMessage]:
    """W013: a board is not public, and no middleware says who the user is."""
    if check_broadcast() or _has_middleware(AuthenticationMiddleware):
        return
    if private := ", ".join(_private_boards()):
        hint = 'Add "django.contrib.auth.middleware.AuthenticationMiddleware" to MIDDLEWARE, after the sessions.'
        problem = f"users are unknown, so nobody may view the boards {private}"
        yield Warning(problem, hint=hint, id="stickyboard.W013")


@register(Tags.urls)
def check_login(**_: Any) -> Iterator[CheckMessage]:
    """W019: a board is not public, and there is no login page. Any address but Django's own may be elsewhere."""
    if check_broadcast() or _has_middleware(RemoteUserMiddleware) or not (private := ", ".join(_private_boards())):
        return
    try:
        with translation.override(settings.LANGUAGE_CODE):
            if (address := resolve_url(settings.LOGIN_URL)) == global_settings.LOGIN_URL:
                _resolve_in_language(address)
    except (NoReverseMatch, Resolver404):
        hint = (
            'Add path("login/", LoginView.as_view(template_name="stickyboard/login.html"), name="login")'
            f' to {settings.ROOT_URLCONF}, and LOGIN_URL = "login" to the settings.'
        )
        problem = f'LOGIN_URL is "{settings.LOGIN_URL}", which is no page, so nobody can log in to view {private}'
        yield Warning(problem, hint=hint, id="stickyboard.W019")


def _resolve_in_language(address: str) -> None:
    try:
        resolve(address, settings.ROOT_URLCONF)
    except Resolver404:  # `LocaleMiddleware` redirects to the address that `i18n_patterns` has
        resolve(f"/{settings.LANGUAGE_CODE}{address}", settings.ROOT_URLCONF)


def _private_boards() -> list[str]:
    return [name for name in conf.boards() if not is_public(name)]


@register(Tags.security)
def check_permissions(**_: Any) -> Iterator[CheckMessage]:
    """W016: a board's permission is none of a model's, but similar to one. Other permissions may be in the database."""
    if check_broadcast():
        return
    known = [name for model in apps.get_models() for name in _permissions_of(model)]
    hint = "A user who lacks the permission cannot view the board, and nobody has one that does not exist."
    for name in conf.boards():
        text = permission_of(name)
        if is_name(text) and text not in known and (near := _similar(text, known)):
            problem = f'board "{name}" has permission="{text}", which no model has{near}'
            yield Warning(problem, hint=hint, id="stickyboard.W016")


def _similar(permission: str, known: Sequence[str]) -> str:
    # Only the second parts are compared: those of one app begin alike.
    app = permission.partition(".")[0] + "."
    names = [name.removeprefix(app) for name in known if name.startswith(app)]
    return did_you_mean(permission.removeprefix(app), names, f'"{app}{{}}"'.format)


def _permissions_of(model: type[Model]) -> Iterator[str]:
    facts = model._meta  # noqa: SLF001  # documented by Django
    names = [f"{action}_{facts.model_name}" for action in facts.default_permissions]
    yield from (f"{facts.app_label}.{name}" for name in [*names, *(codename for codename, _ in facts.permissions)])


def _has_middleware(wanted: type) -> bool:
    """Return whether this middleware or a subclass is installed."""
    for path in settings.MIDDLEWARE:
        with contextlib.suppress(ImportError):
            middleware = import_string(path)
            if isinstance(middleware, type) and issubclass(middleware, wanted):
                return True
    return False


@register(Tags.security)
def check_frames(**_: Any) -> Iterator[CheckMessage]:
    """E014: an origin that may embed boards is not one."""
    given = getattr(settings, "STICKYBOARD_EMBEDDED_BY", [])
    hint = 'For example: STICKYBOARD_EMBEDDED_BY = ["https://intranet.example"], without a path.'
    if not isinstance(given, list | tuple):
        problem = f"STICKYBOARD_EMBEDDED_BY is {given!r}; expected a list of origins"
        yield Error(problem, hint=hint, id="stickyboard.E014")
        return
    for each in given:
        if not _is_origin(each):
            problem = f"STICKYBOARD_EMBEDDED_BY contains {each!r}, which is not an origin"
            yield Error(problem, hint=hint, id="stickyboard.E014")


def _is_origin(given: Any) -> bool:
    # A semicolon would begin another directive of the policy.
    is_text = isinstance(given, str) and ";" not in given
    return is_text and bool(ORIGIN.fullmatch(given) or SCHEME.fullmatch(given))
