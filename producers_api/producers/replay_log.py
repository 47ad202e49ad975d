"""Replays recorded events from an NDJSON file, in the original rhythm or faster.

`python -m producers_api.producers.replay_log FILE --speed 10`, or `manage.py replay_log FILE`.
"""

import argparse
import asyncio
import codecs
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from producers_api.producers.cli import Report, main, positive
from stickyboard import Producer

HELP = (
    "Replay recorded events from an NDJSON file in the original rhythm: each line is an event with its time in `at` "
    'or `time`, or {"at": …, "event": {…}} as manage.py watch --format json prints it, or a CloudEvent. Lines without '
    "a time follow immediately; invalid lines are reported with their number and skipped."
)


def speed(text: str) -> float:
    """Parse a number from 0, for argparse."""
    return 0.0 if text == "0" else positive(text)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the log, or - for standard input")
    parser.add_argument(
        "--speed", type=speed, default=1.0, help="speed factor; 0: without pauses (default: %(default)s)"
    )
    parser.add_argument(
        "--max-pause-s", type=positive, default=60.0, help="the longest pause, in seconds (default: %(default)s)"
    )
    parser.add_argument("--loop", action="store_true", help="start again at the end, until stopped")


async def run(producer: Producer, options: Mapping[str, Any], report: Report) -> None:
    """Publish each event of the log when it is due."""
    while True:
        played = 0
        for line, pause_s in pauses(read_log(_lines(options["file"])), options["speed"], options["max_pause_s"]):
            if pause_s:
                await asyncio.sleep(pause_s)
            if line.event is None:
                report(line.problem)
                continue
            origin = f"{options['file'].name}:{line.number}"
            await producer.put(line.event, origin=origin)
            played += 1
        report(f"played {played} events of {options['file']}")
        if not options["loop"] or not played:
            return


def _lines(file: Path) -> Iterator[bytes]:
    if str(file) == "-":
        yield from sys.stdin.buffer
        return
    with file.open("rb") as lines:
        yield from lines


class Logged(NamedTuple):
    """One line of a log: its number from 1, its event or the problem, and the time of the event."""

    number: int
    event: dict[str, Any] | None
    at: float | None
    problem: str = ""


def read_log(lines: Iterable[bytes]) -> Iterator[Logged]:
    """Yield each line that is not empty.

    A line is an event, with its time in `at` or `time`, if any;
    `{"at": …, "event": {…}}` as `manage.py watch --format json` prints it; or a CloudEvent.
    Times are seconds since 1970 or ISO 8601.
    """
    for number, marked in enumerate(lines, start=1):
        line = marked.removeprefix(codecs.BOM_UTF8)
        if line.strip():
            try:
                yield Logged(number, *_read(line))
            except ValueError as exc:  # from msgspec, or an invalid time
                yield Logged(number, None, None, f"line {number} is skipped: {exc}")


def pauses(log: Iterable[Logged], speed: float, max_pause_s: float) -> Iterator[tuple[Logged, float]]:
    """Yield each line with the pause before it, in seconds; a speed of 0 makes no pauses."""
    last: float | None = None
    for line in log:
        pause_s = 0.0
        if line.at is not None:
            # A line that is out of order follows immediately, and no later line waits for the same time again.
            if last is not None and speed:
                pause_s = min(max(0.0, line.at - last) / speed, max_pause_s)
            last = line.at if last is None else max(last, line.at)
        yield line, pause_s


def _read(line: bytes) -> tuple[dict[str, Any], float | None]:
    line_object = msgspec.json.decode(line)
    if not isinstance(line_object, dict):
        msg = f"expected an object, got {type(line_object).__name__}"
        raise ValueError(msg)  # noqa: TRY004  # the line is wrong, not the program
    event = line_object
    if "specversion" in line_object and isinstance(line_object.get("data"), dict):
        event = {**line_object["data"], "type": str(line_object.get("type", "")).rpartition(".")[2]}
    elif "type" not in line_object and isinstance(line_object.get("event"), dict):
        event = line_object["event"]
    if not isinstance(event.get("type"), str):
        raise ValueError('expected an event with a "type"')  # noqa: TRY004
    return event, _time_of(line_object.get("at", line_object.get("time")))


def _time_of(value: Any) -> float | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


if __name__ == "__main__":
    main(sys.modules[__name__])
