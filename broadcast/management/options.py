"""Options that several commands share."""

from django.core.management.base import CommandParser


def names(text: str) -> list[str]:
    """Parse comma-separated names, for argparse."""
    return [part.strip() for part in text.split(",") if part.strip()]


def add_types(parser: CommandParser, what: str) -> None:
    """Add `--types`; `what` completes its help text."""
    parser.add_argument("--types", type=names, default=[], help=f"Event types {what}, comma-separated; default: all.")


def add_format(parser: CommandParser, what: str = "Output format.") -> None:
    parser.add_argument("--format", choices=("text", "json"), default="text", help=what)


def add_noinput(parser: CommandParser) -> None:
    parser.add_argument(
        "--noinput",
        "--no-input",
        action="store_false",
        dest="interactive",
        help="Do not ask; for scripts.",
    )
