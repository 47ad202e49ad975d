"""Commands that report in a sentence what they cannot use, and whose `--help` ends with examples."""

import sys
import textwrap
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter, OutputWrapper

from broadcast.management.failures import in_a_sentence
from broadcast.ops.queries import shown_text


class SafeOutput(OutputWrapper):
    """Writes control characters as escapes: text of producers never moves a terminal's cursor.

    A message with a `style_func` comes with its colours, from Django or from a command, and is not changed.
    """

    def write(self, msg: str = "", style_func: Callable[[str], str] | None = None, ending: str | None = None) -> None:
        safe = msg if style_func else "\n".join(map(shown_text, str(msg).split("\n")))
        super().write(safe, style_func, ending)


class StickyCommand(BaseCommand):
    """What all commands share."""

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
        with in_a_sentence():
            return super().execute(*args, **options)


class ExamplesFormatter(DjangoHelpFormatter):
    """Wraps what is prose, and leaves lines that are indented as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = (
            line if line.startswith("  ") else textwrap.fill(line, width, initial_indent=indent)
            for line in text.splitlines()
        )
        return "\n".join(lines)


class ExplainedCommand(StickyCommand):
    """A command with `examples`, each on a line of its own to copy from."""

    examples: ClassVar[Sequence[str]] = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        shown = "\n".join(["examples:", *(f"  {example}" for example in self.examples)])
        return super().create_parser(prog_name, subcommand, epilog=shown, formatter_class=ExamplesFormatter, **kwargs)
