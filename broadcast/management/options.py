"""Options that several commands share."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

SPAN: Final = re.compile(r"(\d{1,6})([mhdw])")
UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def add_types(parser: CommandParser, what: str) -> None:
    """Add `--types`; `what` completes its help text."""
    parser.add_argument("--types", type=names, default=[], help=f"Event types {what}, comma-separated; default: all.")


def add_format(parser: CommandParser, what: str = "Output format.") -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help=what)


def add_noinput(parser: CommandParser) -> None:
    parser.add_argument(
        "--noinput", "--no-input", action="store_false", dest="interactive", help="Do not ask; for scripts."
    )


def read_expiry(text: str) -> datetime:
    """Return the time that `--expires` states.

    Raises:
        CommandError: the text has another form, or the time is past.
    """
    span = SPAN.fullmatch(text)
    try:
        ends = (
            timezone.now() + timedelta(**{UNITS[span[2]]: int(span[1])})
            if span
            else datetime.fromisoformat(text).replace(tzinfo=datetime.fromisoformat(text).tzinfo or UTC)
        )
    except (ValueError, OverflowError):
        raise CommandError(
            f'--expires is "{text}"; expected a duration such as 30d, or a time such as 2030-01-31T12:00Z'
        ) from None
    if ends <= timezone.now():
        raise CommandError(f'--expires is "{text}", which is in the past')
    return ends.astimezone(UTC)
