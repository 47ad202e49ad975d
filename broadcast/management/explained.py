"""Commands whose `--help` ends with examples, each on a line of its own to copy from."""

import textwrap
from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter


class ExamplesFormatter(DjangoHelpFormatter):
    """Wraps what is prose, and leaves lines that are indented as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = (
            line if line.startswith("  ") else textwrap.fill(line, width, initial_indent=indent)
            for line in text.splitlines()
        )
        return "\n".join(lines)


class ExplainedCommand(BaseCommand):
    """A command with `examples`."""

    examples: ClassVar[Sequence[str]] = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        shown = "\n".join(["examples:", *(f"  {example}" for example in self.examples)])
        return super().create_parser(prog_name, subcommand, epilog=shown, formatter_class=ExamplesFormatter, **kwargs)
