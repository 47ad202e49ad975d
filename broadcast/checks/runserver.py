"""Check of `manage.py runserver`, which serves WebSockets only with an app such as Daphne."""

import sys
from collections.abc import Sequence
from typing import Any

from django.core import checks
from django.core.checks import CheckMessage, register
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand

from broadcast.ops.command_names import as_typed

WSGI = ("django.", "servestatic.", "builtins")  # the modules of commands that serve no sockets
NO_SOCKETS = "this server has no WebSockets, so boards show no live events"
HINT = (
    'Type: manage.py serve. Or let runserver use Daphne: pip install "stickyboard[daphne]", and put "daphne" first'
    " in INSTALLED_APPS."
)


@register
def check_runserver(app_configs: Sequence[Any] | None = None, **_: Any) -> list[CheckMessage]:
    """W010: `runserver` is the command, and it serves no WebSockets."""
    if sys.argv[1:2] != ["runserver"] or serves_sockets():
        return []
    return [checks.Warning(NO_SOCKETS, hint=as_typed(HINT), id="stickyboard.W010")]


def serves_sockets() -> bool:
    """Whether the project's `runserver` is another one than Django's."""
    found = get_commands()["runserver"]
    command = found if isinstance(found, BaseCommand) else load_command_class(found, "runserver")
    return any(not f"{each.__module__}.".startswith(WSGI) for each in type(command).__mro__)
