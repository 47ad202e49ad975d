"""The base of every command: errors as one sentence, escaped output, and examples at the end of `--help`."""

import logging
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter, OutputWrapper

from broadcast.errors import StoreError
from broadcast.management.failures import as_command_error
from broadcast.management.output import as_json
from broadcast.management.parser import suggestion
from broadcast.ops.command_names import as_typed
from broadcast.ops.display_text import printable_text


class SafeOutput(OutputWrapper):
    """Writes control characters as escapes: text of producers never moves a terminal's cursor.

    A message with a `style_func` has its own colours, from Django or from a command, and is not changed.
    """

    def write(self, msg: str = "", style_func: Callable[[str], str] | None = None, ending: str | None = None) -> None:
        text = as_typed(str(msg))
        safe = text if style_func else "\n".join(map(printable_text, text.split("\n")))
        super().write(safe, style_func, ending)


class ExamplesFormatter(DjangoHelpFormatter):
    """Wraps prose, and leaves indented lines as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = (
            line if line.startswith("  ") else textwrap.fill(line, width, initial_indent=indent)
            for line in text.splitlines()
        )
        return "\n".join(lines)


class StickyCommand(BaseCommand):
    """A command whose `examples` can be copied from its help, one per line."""

    examples: ClassVar[Sequence[str]] = ()
    is_server: ClassVar[bool] = False

    def __init__(self, stdout: Any = None, stderr: Any = None, **options: Any) -> None:
        super().__init__(stdout, stderr, **options)
        self.stdout, self.stderr = SafeOutput(stdout or sys.stdout), SafeOutput(stderr or sys.stderr)
        self.stderr.style_func = self.style.ERROR

    def execute(self, *args: Any, **options: Any) -> Any:
        # BaseCommand would wrap these anew, in its own class.
        if stdout := options.pop("stdout", None):
            self.stdout = SafeOutput(stdout)
        if stderr := options.pop("stderr", None):
            self.stderr = SafeOutput(stderr)
        with as_command_error(), store_errors_not_logged() if not self.is_server else nullcontext():
            return super().execute(*args, **options)

    def answer(self, facts: Any, text: str, options: Mapping[str, Any]) -> None:
        """Write the facts as JSON if `--format json` is given, otherwise the text."""
        self.stdout.write(as_json(facts) if options["format"] == "json" else text)

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        if self.examples:
            examples = "\n".join(["examples:", *(f"  {example}" for example in self.examples)])
            kwargs |= {"epilog": as_typed(examples), "formatter_class": ExamplesFormatter}
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.description = as_typed(parser.description or "") or None
        error = parser.error
        parser.error = lambda message: error(message + suggestion(parser, message))
        return parser


@contextmanager
def store_errors_not_logged() -> Iterator[None]:
    """Leave the store's errors out of the log, because the command reports them."""
    log = logging.getLogger("broadcast.stores")
    log.addFilter(_is_no_store_error)
    try:
        yield
    finally:
        log.removeFilter(_is_no_store_error)


def _is_no_store_error(record: logging.LogRecord) -> bool:
    return not any(isinstance(each, StoreError) for each in record.args or ())


class ConfirmedCommand(StickyCommand):
    """A command that removes something, and asks first."""

    def confirm(self, effect: str) -> None:
        """Ask whether to go on.

        Raises:
            CommandError: the answer is not "yes", or no terminal is attached.
        """
        if not self.is_interactive():
            raise CommandError("this is not a terminal; add --noinput (or --dry-run to list what would be removed)")
        if self.ask(f"{effect}, in every open browser too. Type yes to continue: ").strip().lower() != "yes":
            raise CommandError("nothing was removed")

    def is_interactive(self) -> bool:
        return sys.stdin is not None and sys.stdin.isatty()

    def ask(self, question: str) -> str:
        """Return the answer, "" at the end of the input."""
        try:
            return input(question)
        except EOFError:
            return ""
