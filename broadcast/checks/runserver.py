"""Checks that WebSockets are served: by `runserver`, which needs an app such as Daphne, and by the application."""

import sys
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register
from django.core.handlers.asgi import ASGIHandler
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.utils.module_loading import import_string

from broadcast.ops.command_names import as_typed

WSGI = ("django.", "servestatic.", "builtins")  # the modules of commands that serve no sockets
NO_SOCKETS = "this server has no WebSockets, so boards show no live events"
HINT = (
    'Type: manage.py serve. Or let runserver use Daphne: pip install "stickyboard[daphne]", and put "daphne" first'
    " in INSTALLED_APPS."
)
ONLY_PAGES = "ASGI_APPLICATION is Django's own, which serves no sockets, so boards show no live events"
NO_APPLICATION = "there is no ASGI_APPLICATION in the settings, which manage.py serve needs"
OURS = "In {module}, write: from producers_api.asgi import application"
NO_PRODUCERS = 'ASGI_APPLICATION "{}" has the socket of producers, whose app is missing in INSTALLED_APPS'
INSTALL = 'Add "producers_api" to INSTALLED_APPS, and type: manage.py migrate'
IMPORTING = {"check", "runserver"}  # commands that may take the time


@register
def check_runserver(**_: Any) -> Iterator[CheckMessage]:
    """W010: `runserver` is the command, and it serves no WebSockets."""
    if sys.argv[1:2] == ["runserver"] and not serves_sockets():
        yield checks.Warning(NO_SOCKETS, hint=as_typed(HINT), id="stickyboard.W010")


@register
def check_application(**_: Any) -> Iterator[CheckMessage]:
    """W015, E017: the application is missing, serves no sockets, or cannot be imported without the app of producers."""
    command = sys.argv[1:2]
    if command == ["check"] and not getattr(settings, "ASGI_APPLICATION", None):
        return  # another server may be started with the application's name
    if {*command} & IMPORTING and (found := application_problem()):
        yield found


def application_problem() -> CheckMessage | None:
    """Return what the project's application lacks."""
    path = getattr(settings, "ASGI_APPLICATION", None)
    if not path:
        hint = f'Add to the settings: ASGI_APPLICATION = "{settings.ROOT_URLCONF.rpartition(".")[0]}.asgi.application"'
        return checks.Warning(NO_APPLICATION, hint=hint, id="stickyboard.W015")
    try:
        # The application that `startproject` writes is Django's own.
        is_ours = not isinstance(import_string(path), ASGIHandler)
    except Exception as exc:  # its module fails; the server reports it
        if apps.is_installed("producers_api") or "producers_api." not in str(exc):
            return None
        return checks.Error(NO_PRODUCERS.format(path), hint=INSTALL, id="stickyboard.E017")
    return None if is_ours else checks.Warning(ONLY_PAGES, hint=application_hint(), id="stickyboard.W015")


def application_hint() -> str:
    return OURS.format(module=settings.ASGI_APPLICATION.rpartition(".")[0].replace(".", "/") + ".py")


def serves_sockets() -> bool:
    """Whether the project's `runserver` is another one than Django's."""
    found = get_commands()["runserver"]
    command = found if isinstance(found, BaseCommand) else load_command_class(found, "runserver")
    return any(not f"{each.__module__}.".startswith(WSGI) for each in type(command).__mro__)
