"""Plays a recorded NDJSON of events back, in its own rhythm or faster.

`python -m producers_api.producers.replay_log FILE --speed 10`, or `manage.py replay_log FILE`.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from producers_api.producers.cli import Say, main, positive
from producers_api.producers.event_log import pauses, read_log
from stickyboard import Producer

HELP = (
    "Play a recorded NDJSON of events back in its own rhythm: each line is an event with its time in `at` or `time`, "
    'or {"at": …, "event": {…}} as manage.py watch --format json prints it, or a CloudEvent. Lines without a time '
    "follow at once; broken lines are told by their number and left out."
)


def speed(text: str) -> float:
    """Return a number from 0, for argparse."""
    return 0.0 if text == "0" else positive(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", type=Path, metavar="FILE", help="the log, or - for standard input")
    parser.add_argument(
        "--speed", type=speed, default=1.0, help="times as fast as recorded; 0: without pauses (default: %(default)s)"
    )
    parser.add_argument(
        "--max-pause-s", type=positive, default=60.0, help="no pause is longer, in seconds (default: %(default)s)"
    )
    parser.add_argument("--loop", action="store_true", help="begin again at the end, until stopped")


async def run(producer: Producer, options: Mapping[str, Any], say: Say) -> None:
    """Publish the log's events, each when it is due.

    Raises:
        OSError: the log cannot be read.
    """
    while True:
        played = 0
        for line, pause_s in pauses(read_log(_lines(options["file"])), options["speed"], options["max_pause_s"]):
            if pause_s:
                await asyncio.sleep(pause_s)
            if line.event is None:
                say(line.problem)
                continue
            origin = f"{options['file'].name}:{line.number}"
            await producer.put(line.event, origin=origin)
            played += 1
        say(f"played {played} events of {options['file']}")
        if not options["loop"] or not played:
            return


def _lines(file: Path) -> Iterator[bytes]:
    if str(file) == "-":
        yield from sys.stdin.buffer
        return
    with file.open("rb") as lines:
        yield from lines


if __name__ == "__main__":
    main(sys.modules[__name__])
