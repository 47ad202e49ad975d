"""Failures of a database, a store, a file or a package, reported by commands in one sentence with the fix.

Any other exception is a bug and keeps its traceback.
"""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from django import db
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, SystemCheckError
from django.db.utils import Error as DatabaseError

from broadcast.errors import StickyboardError
from broadcast.ops.command_names import as_typed

EXTRAS: Final = {
    **dict.fromkeys(("channels", "django", "servestatic", "uvicorn", "uvloop", "httptools"), "server"),
    **dict.fromkeys(("channels_redis", "redis"), "redis"),
    **dict.fromkeys(("river", "sklearn", "threadpoolctl", "numpy"), "demo"),
    **dict.fromkeys(("msgspec", "websockets"), "client"),
    "prometheus_client": "metrics",
    "daphne": "daphne",
}
MIGRATE: Final = "first type: manage.py migrate"


@contextmanager
def as_command_error() -> Iterator[None]:
    """Replace an exception with a CommandError if one sentence describes it."""
    try:
        yield
    except Exception as exc:
        if sentence := sentence_of(exc):
            raise CommandError(sentence) from exc
        raise


def without_prefix(command: BaseCommand) -> BaseCommand:
    """Let a command print only the message of a CommandError, which Django begins with the name of the class."""
    execute = command.execute

    def execute_or_exit(*args: Any, **options: Any) -> Any:
        try:
            return execute(*args, **options)
        except CommandError as exc:
            if options["traceback"] or isinstance(exc, SystemCheckError):  # which has no prefix
                raise
            command.stderr.write(str(exc))
            sys.exit(exc.returncode)

    command.execute = execute_or_exit  # its class may be Django's
    return command


@contextmanager
def exit_with_message() -> Iterator[None]:
    """Exit with a message if one sentence describes the exception, unless --traceback is given."""
    try:
        yield
    except Exception as exc:
        sentence = str(exc) if isinstance(exc, ImproperlyConfigured | CommandError) else sentence_of(exc)
        if not sentence or "--traceback" in sys.argv:
            raise
        sys.exit(as_typed(sentence))


def sentence_of(exc: BaseException) -> str:
    """Return the failure and its fix in one sentence; "" for a bug."""
    if isinstance(exc, StickyboardError):
        return str(exc)
    if isinstance(exc, DatabaseError):
        reason = str(exc).partition("\n")[0].rstrip(".") or type(exc).__name__
        return f"the database of accounts and tokens cannot be used: {reason}; {_fix_of(exc)}"
    if isinstance(exc, ModuleNotFoundError) and (extra := EXTRAS.get((exc.name or "").partition(".")[0])):
        return f"the package {exc.name} is not installed here; in a checkout: pip install '.[{extra}]'"
    if isinstance(exc, OSError) and exc.filename is not None:
        return f"{exc.filename} cannot be used: {exc.strerror}{_permission_fix(exc)}"
    return ""


def _fix_of(exc: BaseException) -> str:
    text = str(exc).lower()
    configured: dict[str, Any] = db.connection.settings_dict
    if "no such table" in text or "no such column" in text or "does not exist" in text:
        return MIGRATE
    if db.connection.vendor != "sqlite":
        return "check DATABASES and the log of the database server"
    file = configured["NAME"]
    if "malformed" in text or "not a database" in text:
        return f"restore a copy of {file}, or move it away and type: manage.py migrate"
    if "locked" in text:
        return f"another process is writing to {file}; try again when it has finished"
    if "full" in text:
        return f"make room on the disk of {file}"
    return f"give this user write permission on {Path(file).parent} and on {Path(file).name} in it"


def _permission_fix(exc: OSError) -> str:
    if exc.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "; give this user write permission there"
    return ""
