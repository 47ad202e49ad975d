"""`manage.py run_demo_producers`: real models learn real rows, and the board shows it."""

import argparse
import asyncio
import os
import signal
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from producers_api.client import Producer, ProducerError

DRAIN_S = 3.0


def positive(text: str) -> float:
    """Return a number above 0, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        msg = f'expected a number above 0, got "{text}"'
        raise argparse.ArgumentTypeError(msg)
    return number


class Command(BaseCommand):
    """Feeds every scene of the board until it is stopped (Ctrl-C, or SIGTERM)."""

    help = (
        "Feed the board with real results: seven models of River and scikit-learn learn a phishing data "
        "set (1,250 web sites, inside the package) row by row, each row scored before it is learned. "
        "The first 400 rows are learned at once, so the board is full within seconds; then it goes on "
        "at --rows-per-s, pass after pass, until it is stopped. Needs the packages river and scikit-learn. "
        "Example: manage.py run_demo_producers --url http://localhost:8000 --token TOKEN"
    )
    # It only talks to a running server, so it must start where no database is configured or migrated.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--url", default="http://localhost:8000", help="where the server is (default: %(default)s)")
        parser.add_argument(
            "--token",
            help="a producer token (default: the environment's STICKYBOARD_TOKEN); "
            "make one with: manage.py create_producer_token NAME",
        )
        parser.add_argument(
            "--rows-per-s",
            type=positive,
            default=8.0,
            help="rows learned a second, over all hosts; about six events each (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped.

        Raises:
            CommandError: there is no token, the address is none, or the server refuses the producer.
        """
        token = options["token"] or os.environ.get("STICKYBOARD_TOKEN")
        if not token:
            msg = "no token: give --token or set STICKYBOARD_TOKEN; make one with: create_producer_token NAME"
            raise CommandError(msg)
        try:
            producer = Producer(options["url"], token, drain_s=DRAIN_S)
            asyncio.run(self.run(producer, options["rows_per_s"]))
        except (ProducerError, ValueError) as exc:
            raise CommandError(str(exc)) from exc
        self.say("stopped")

    async def run(self, producer: Producer, rows_per_s: float) -> None:
        """Publish until SIGINT or SIGTERM; what was published by then is still delivered."""
        work = asyncio.create_task(self.publish(producer, rows_per_s))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, work.cancel)
        with suppress(asyncio.CancelledError):
            await work

    async def publish(self, producer: Producer, rows_per_s: float) -> None:
        """Publish until cancelled."""
        # Imported late, as --help should neither take seconds nor need the models' packages.
        from producers_api.producers.demo_run import DemoRun

        self.say(f"publishing to {producer.url}")
        async with producer:
            await DemoRun(producer, rows_per_s, self.say).run()

    def say(self, line: str) -> None:
        """Print a line now, also into a pipe."""
        self.stdout.write(line)
        self.stdout.flush()
