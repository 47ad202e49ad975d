"""How log lines look: for people, or one JSON object per line for machines; neither ever bears a secret.

LOGGING["formatters"]["json"] = {"()": "broadcast.logs.JSONFormatter"}
"""

import logging
import re
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
