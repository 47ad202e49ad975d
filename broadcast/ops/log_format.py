"""Log lines as text or as one JSON object each, without secrets, and limits on lines that strangers can cause.

LOGGING["formatters"]["json"] = {"()": "broadcast.ops.log_format.JSONFormatter"}
"""

import logging
import math
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec
from django.http import HttpResponseBase

from broadcast.ops.command_names import as_typed

Response = TypeVar("Response", bound=HttpResponseBase)

# Tokens, passwords in URLs, and cookies, anywhere in a line: an exception quotes its arguments.
_SECRETS: Final = (
    (re.compile(r"\bsticky_[\w-]{8,}(\.[\w-]{20,})?"), "sticky_[hidden]"),
    (re.compile(r"\b(bearer|basic)\s+[\w+/=.~-]{8,}", re.IGNORECASE), r"\1 [hidden]"),
    (re.compile(r"(://[^/\s:@]*:)[^/\s@]+@"), r"\1[hidden]@"),
    (
        re.compile(
            r"\b(sessionid|csrftoken|csrfmiddlewaretoken|password|secret_key)(['\"]?\s*[=:]\s*['\"]?)[^\s'\";,&]+",
            re.IGNORECASE,
        ),
        r"\1\2[hidden]",
    ),
)

SERVER: Final = "broadcast.server"
# Strangers cause these lines; of django.request, those of a 4xx response
STRANGERS: Final = (
    SERVER,
    "broadcast.asgi.origins",
    "broadcast.page.unknown_host",
    "django.security",
    "django.request",
)
MAX_CAUSES: Final = 500
MAX_CHARACTERS: Final = 300


def without_secrets(text: str) -> str:
    """Return a text in which anything that looks like a credential is hidden."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


class WithoutSecrets(logging.Filter):
    """Hides credentials in the arguments of records, for loggers with a format of their own, such as uvicorn's."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(without_secrets(each) if isinstance(each, str) else each for each in record.args)
        return True


def hide_secrets() -> None:
    """Hide credentials in the lines that servers and Django write for each request, whatever their format is."""
    hiding = WithoutSecrets()
    for name in ("uvicorn.access", "uvicorn.error", "django.request", "django.server"):
        logging.getLogger(name).addFilter(hiding)


class LineFormatter(logging.Formatter):
    """Formats one line of text, and the traceback below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return as_typed(without_secrets(super().format(record)))


class JSONFormatter(logging.Formatter):
    """Formats one JSON object: `time` in UTC, `level`, `logger`, `message`, `process`, and `exception` if any."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": as_typed(without_secrets(record.getMessage())),
            "process": record.process,
        }
        if record.exc_info:
            facts["exception"] = without_secrets(self.formatException(record.exc_info))
        return msgspec.json.encode(facts).decode()


class OncePerCause(logging.Filter):
    """Limits lines that strangers can cause to one per cause and minute, short and without a traceback.

    The next line of a cause reports how many were omitted. Records of other loggers pass. It may be on a handler and
    on a logger; a record is limited once.

    Args:
        every_s: minimum interval between two lines of one cause.
        clock: monotonic seconds.
    """

    def __init__(self, every_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._every_s, self._clock = every_s, clock
        self._causes: dict[tuple[str, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log a record, which may be shortened."""
        if not _is_of_a_stranger(record) or getattr(record, "is_limited", False):  # by the filter of its logger
            return True
        cause, now = _cause_of(record), self._clock()
        since, omitted = self._causes.pop(cause, (-math.inf, 0))
        is_due = now - since >= self._every_s
        self._causes[cause] = (now, 0) if is_due else (since, omitted + 1)
        if len(self._causes) > MAX_CAUSES:
            del self._causes[next(iter(self._causes))]
        if is_due:
            _shorten(record, omitted)
            record.is_limited = True
        return is_due


def unlogged(response: Response) -> Response:
    """Return a response for which Django logs no line: a stranger may cause many, or something else logs the cause."""
    response._has_been_logged = True  # noqa: SLF001
    return response


def _is_of_a_stranger(record: logging.LogRecord) -> bool:
    return record.name.startswith(STRANGERS) and getattr(record, "status_code", 400) < 500


def _cause_of(record: logging.LogRecord) -> tuple[str, ...]:
    exception = record.exc_info[0] if record.exc_info else None
    # A message without arguments may contain text of the stranger, and so differ each time.
    template = str(record.msg) if record.args else ""
    return (record.name, template, str(getattr(record, "status_code", "")), getattr(exception, "__name__", ""))


def _shorten(record: logging.LogRecord, omitted: int) -> None:
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in record.getMessage().strip())
    if len(text) > MAX_CHARACTERS:
        text = f"{text[:MAX_CHARACTERS]}…"
    record.msg, record.args = text + (f" ({omitted} more since the last such line)" if omitted else ""), ()
    if record.name != SERVER:  # an exception of the application keeps its traceback
        record.exc_info = record.exc_text = None
