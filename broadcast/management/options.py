"""Options that several commands have, with one meaning."""

from django.core.management.base import CommandParser


def names(text: str) -> list[str]:
    """Return names that are separated by commas, for argparse."""
    return [part.strip() for part in text.split(",") if part.strip()]


def add_types(parser: CommandParser, what: str) -> None:
    """Declare `--types`; `what` says what is done with these event types."""
    parser.add_argument("--types", type=names, default=[], help=f"Event types {what}, comma-separated; default: all.")


def add_format(parser: CommandParser, what: str = "How to answer.") -> None:
    """Declare `--format`, for people or for programs."""
    parser.add_argument("--format", choices=("text", "json"), default="text", help=what)


def add_noinput(parser: CommandParser) -> None:
    """Declare that nobody is to be asked."""
    parser.add_argument(
        "--noinput", "--no-input", action="store_false", dest="interactive", help="Do not ask; for scripts."
    )
