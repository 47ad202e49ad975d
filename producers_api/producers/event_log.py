"""A recorded log of events: its lines, and when each is due. Pure."""

import codecs
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec


class Logged(NamedTuple):
    """One line of a log: its number from 1, its event or what is wrong with it, and when that was."""

    number: int
    event: dict[str, Any] | None
    at: float | None
    problem: str = ""


def read_log(lines: Iterable[bytes]) -> Iterator[Logged]:
    """Yield each line that is not empty.

    A line is an event, whose time is its field `at` or `time` where it has one;
    `{"at": …, "event": {…}}` as `manage.py watch --format json` prints it; or a CloudEvent.
    Times are seconds since 1970 or ISO 8601.
    """
    for number, marked in enumerate(lines, start=1):
        line = marked.removeprefix(codecs.BOM_UTF8)
        if line.strip():
            try:
                yield Logged(number, *_read(line))
            except ValueError as exc:  # msgspec's own are such, and so are bad times
                yield Logged(number, None, None, f"line {number} is left out: {exc}")


def pauses(log: Iterable[Logged], speed: float, max_pause_s: float) -> Iterator[tuple[Logged, float]]:
    """Yield each line with how long to wait before it, in seconds.

    Args:
        speed: how many times as fast as it was recorded; 0 for no pauses.
        max_pause_s: no pause is longer.
    """
    last: float | None = None
    for line in log:
        pause_s = 0.0
        if line.at is not None:
            # What is out of order follows at once, and no later line waits twice for the same time.
            if last is not None and speed:
                pause_s = min(max(0.0, line.at - last) / speed, max_pause_s)
            last = line.at if last is None else max(last, line.at)
        yield line, pause_s


def _read(line: bytes) -> tuple[dict[str, Any], float | None]:
    told = msgspec.json.decode(line)
    if not isinstance(told, dict):
        msg = f"expected an object, got {type(told).__name__}"
        raise ValueError(msg)  # noqa: TRY004  # the line is wrong, not the program
    event = told
    if "specversion" in told and isinstance(told.get("data"), dict):
        event = {**told["data"], "type": str(told.get("type", "")).rpartition(".")[2]}
    elif "type" not in told and isinstance(told.get("event"), dict):
        event = told["event"]
    if not isinstance(event.get("type"), str):
        msg = 'expected an event with a "type"'
        raise ValueError(msg)  # noqa: TRY004
    return event, _time_of(told.get("at", told.get("time")))


def _time_of(value: Any) -> float | None:
    if isinstance(value, str):
        return datetime.fromisoformat(value).timestamp()
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
