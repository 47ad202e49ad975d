"""A reference producer as a command of `manage.py`."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from broadcast.management.command import StickyCommand
from producers_api.producers.cli import Program, Stopped, add_connection_arguments, run_program


class ProducerCommand(StickyCommand):
    """Runs `program` until it ends or is stopped."""

    program: Program
    # It only connects to a running server, so it needs no database.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        self.program.add_arguments(parser)
        add_connection_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run_program(self.program, options, self.report)
        except Stopped as exc:
            raise CommandError(str(exc)) from exc
        self.report("stopped")

    def report(self, line: str) -> None:
        """Print a line without buffering."""
        self.stdout.write(line)
        self.stdout.flush()


def command_of(program: Program) -> type[ProducerCommand]:
    """Return the command that runs a program."""
    return type("Command", (ProducerCommand,), {"program": program, "help": program.HELP})
