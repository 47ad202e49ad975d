"""A reference producer as a command of `manage.py`."""

from typing import Any, ClassVar

from django.core.management.base import CommandError, CommandParser

from broadcast.management.command import StickyCommand
from producers_api.producers.cli import Program, Stopped, add_connection_arguments, run_program


class ProducerCommand(StickyCommand):
    """Runs `program` until it ends or is stopped."""

    program: ClassVar[Program]
    # It only talks to a running server, so it must start where no database is configured or migrated.
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return the parser, with the program's own words as its help."""
        self.help = self.program.HELP
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the program's options, and where to send."""
        self.program.add_arguments(parser)
        add_connection_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it.

        Raises:
            CommandError: it cannot run.
        """
        try:
            run_program(self.program, options, self.say)
        except Stopped as exc:
            raise CommandError(str(exc)) from exc
        self.say("stopped")

    def say(self, line: str) -> None:
        """Print a line now, also into a pipe."""
        self.stdout.write(line)
        self.stdout.flush()
