"""The common options and the main function of the reference producers.

A program is a module with `HELP`, `add_arguments(parser)` and `async run(producer, options, report)`.
It runs as `python -m producers_api.producers.<name>`, without Django, and as `manage.py <name>`.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from stickyboard import Producer, ProducerError

DRAIN_S = 3.0

Report = Callable[[str], object]


class Program(Protocol):
    """A reference producer's module."""

    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the program's own options."""

    async def run(self, producer: Producer, options: Mapping[str, Any], report: Report) -> None:
        """Publish until the program is cancelled or complete."""


class Stopped(Exception):  # what happened
    """Raised when a program cannot run; the message is for users."""


def positive(text: str) -> float:
    """Parse a number above 0, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        msg = f'expected a number above 0, got "{text}"'
        raise argparse.ArgumentTypeError(msg)
    return number


def add_connection_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", default="http://localhost:8000", help="address of the server (default: %(default)s)")
    parser.add_argument(
        "--token",
        help="a producer token (default: the environment's STICKYBOARD_TOKEN); "
        "create one with: manage.py create_producer_token NAME",
    )
    parser.add_argument(
        "--spool", type=Path, metavar="FILE", help="store unacknowledged events in this file, for the next start"
    )
    parser.add_argument(
        "--progress", action="store_true", help="print the number of acknowledged events from time to time"
    )


def run_program(program: Program, options: Mapping[str, Any], report: Report) -> None:
    """Run a program until it ends, or until SIGINT or SIGTERM; published events are still delivered.

    Raises:
        Stopped: there is no token, the address is invalid, or the server refuses the producer.
    """
    token = options["token"] or os.environ.get("STICKYBOARD_TOKEN")
    if not token:
        msg = "no token: give --token or set STICKYBOARD_TOKEN; create one with: manage.py create_producer_token NAME"
        raise Stopped(msg)
    try:
        producer = Producer(
            options["url"],
            token,
            spool=options["spool"],
            progress=options["progress"],
            on_error=lambda error: report(str(error)),
            drain_s=DRAIN_S,
        )
        asyncio.run(_until_stopped(program, producer, options, report))
    except OSError as exc:
        raise Stopped(f"{exc.filename} cannot be read: {exc.strerror}" if exc.filename else str(exc)) from exc
    except (ProducerError, ValueError) as exc:
        raise Stopped(str(exc)) from exc


async def _until_stopped(program: Program, producer: Producer, options: Mapping[str, Any], report: Report) -> None:
    async def publish() -> None:
        report(f"publishing to {producer.url}")
        async with producer:
            await program.run(producer, options, report)

    work = asyncio.create_task(publish())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    with suppress(asyncio.CancelledError):
        await work


def main(program: Program) -> None:
    parser = argparse.ArgumentParser(description=program.HELP)
    program.add_arguments(parser)
    add_connection_arguments(parser)
    try:
        run_program(program, vars(parser.parse_args()), partial(print, flush=True))
    except Stopped as exc:
        sys.exit(str(exc))
