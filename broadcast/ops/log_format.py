"""How log lines look: for people, or one JSON object per line for machines; neither ever bears a secret.

LOGGING["formatters"]["json"] = {"()": "broadcast.ops.log_format.JSONFormatter"}
"""

import logging
import math
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

# Tokens, passwords in addresses, and cookies, wherever in a line: an exception quotes what it was given.
_SECRETS: Final = (
    (re.compile(r"\bsticky_[\w-]{8,}"), "sticky_[hidden]"),
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
STRANGERS: Final = (SERVER, "broadcast.page.unknown_host", "django.security", "django.request")
MAX_CAUSES: Final = 500
MAX_CHARACTERS: Final = 300


def without_secrets(text: str) -> str:
    """Return a text with what looks like a credential left out."""
    for sign, instead in _SECRETS:
        text = sign.sub(instead, text)
    return text


class LineFormatter(logging.Formatter):
    """One line for people, and the traceback below it."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


class JSONFormatter(logging.Formatter):
    """One JSON object: `time` in UTC, `level`, `logger`, `message`, `process`, and `exception` where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        facts = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            "process": record.process,
        }
        if record.exc_info:
            facts["exception"] = without_secrets(self.formatException(record.exc_info))
        return msgspec.json.encode(facts).decode()


class OncePerCause(logging.Filter):
    """Limits lines that strangers can cause to one per cause and minute, short and without traceback.

    The next line of a cause says how many were left out. On a handler it is for Django's records of
    refused requests, and others pass; the server's own logger has one for all that it is given.

    Args:
        every_s: seconds between two lines of one cause.
        clock: monotonic seconds.
    """

    def __init__(self, every_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._every_s, self._clock = every_s, clock
        self._causes: dict[tuple[str, ...], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is passed on; one that is may be shortened."""
        if not _is_of_a_stranger(record) or getattr(record, "is_limited", False):  # by its logger's own filter
            return True
        cause, now = _cause_of(record), self._clock()
        since, left_out = self._causes.pop(cause, (-math.inf, 0))
        is_due = now - since >= self._every_s
        self._causes[cause] = (now, 0) if is_due else (since, left_out + 1)
        if len(self._causes) > MAX_CAUSES:
            del self._causes[next(iter(self._causes))]
        if is_due:
            _shorten(record, left_out)
            record.is_limited = True
        return is_due


def _is_of_a_stranger(record: logging.LogRecord) -> bool:
    return record.name.startswith(STRANGERS) and getattr(record, "status_code", 400) < 500


def _cause_of(record: logging.LogRecord) -> tuple[str, ...]:
    exception = record.exc_info[0] if record.exc_info else None
    # A message without arguments may contain what a stranger has sent, and so differ each time.
    template = str(record.msg) if record.args else ""
    return (record.name, template, str(getattr(record, "status_code", "")), getattr(exception, "__name__", ""))


def _shorten(record: logging.LogRecord, left_out: int) -> None:
    text = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in record.getMessage().strip())
    if len(text) > MAX_CHARACTERS:
        text = f"{text[:MAX_CHARACTERS]}…"
    record.msg, record.args = text + (f" ({left_out} more since the last such line)" if left_out else ""), ()
    if record.name != SERVER:  # an exception of the application itself keeps its traceback
        record.exc_info = record.exc_text = None
