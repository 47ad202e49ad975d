"""Turns what training code logs into events: numbers, also those of NumPy, PyTorch and JAX, and media."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

from stickyboard.runs.problems import OnProblem

MAX_WHOLE: Final = 2**53 - 1
MAX_NAMES: Final = 200
MAX_NAME: Final = 120
MAX_LANE: Final = 160
MAX_TEXT: Final = 10_000
UNNAMED: Final = "unnamed"
LOGGABLE: Final = "log a number, a text, or one of stickyboard.image, confusion, histogram and table"


@dataclass(frozen=True)
class Media:
    """Something else than a number: an event of its own."""

    type: str
    fields: Mapping[str, Any]  # apart from the run, the name and the step
    problem: str = ""  # why it cannot be logged


def number_of(value: Any) -> float | int | None:
    """Return a number for JSON, also of a scalar or a 0-d array of a library; None if the value is not a number."""
    kind = type(value)
    if kind is float or kind is int:
        return value if kind is float or abs(value) <= MAX_WHOLE else _as_float(value)
    if kind is bool:
        return int(value)  # JSON's true is not a number
    if getattr(value, "shape", ()) != () or isinstance(value, str):
        return None
    if (item := getattr(value, "item", None)) is not None:
        plain = item()
        return number_of(plain) if isinstance(plain, int | float) else None
    try:
        return float(value) if hasattr(value, "__float__") else None
    except (TypeError, ValueError, OverflowError):
        return None


def _as_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def metric_event(run: str, lane: str, step: float, values: Mapping[str, float]) -> dict[str, Any]:
    """Return the event of one step. JSON has no NaN and no infinity: they are null, and named in `odd`."""
    event: dict[str, Any] = {"type": "run_metric", "run": run, "lane": lane, "step": step, "values": values}
    # The difference is 0 for every finite number. One sum finds them all, without a call for each.
    total = sum(values.values())
    if total - total != 0:
        odd = {name: str(value) for name, value in values.items() if not math.isfinite(value)}
        if odd:
            event["values"] = {name: None if name in odd else value for name, value in values.items()}
            event["odd"] = odd
    return event


def lane_of(run: str, names: tuple[str, ...]) -> str:
    """Return the lane of the steps of a run that log these names, which are thinned together."""
    joined = chr(0).join(sorted(names))
    return f"{run}/{crc32(joined.encode(errors='replace')):08x}"


def media_lane(run: str, name: str) -> str:
    """Return the lane of a picture or histogram, which is also its label; a long one ends with a checksum."""
    lane = f"{run}/{name}"
    return lane if len(lane) <= MAX_LANE else f"{lane[: MAX_LANE - 9]}-{crc32(lane.encode(errors='replace')):08x}"


def in_parts(numbers: Mapping[str, float]) -> Iterator[dict[str, float]]:
    """Yield numbers in parts that fit in one event each."""
    items = list(numbers.items())
    for start in range(0, len(items), MAX_NAMES):
        yield dict(items[start : start + MAX_NAMES])


def divide(values: Mapping[str, Any], warn: OnProblem) -> tuple[dict[str, float], dict[str, Media]]:
    """Return the numbers and the media by name; a text is media, too. Warn about each value that is left out."""
    numbers: dict[str, float] = {}
    media: dict[str, Media] = {}
    for given, value in values.items():
        is_name = type(given) is str and 0 < len(given) <= MAX_NAME and not given.isspace()
        name = given if is_name else _name(given, warn)
        try:
            number = number_of(value)
        except Exception as exc:  # whatever a value of another library does, the others are logged
            warn(f"{name!r} was not logged, because reading it raised {type(exc).__name__}: {exc}", name)
            continue
        if number is not None:
            numbers[name] = number
        elif isinstance(value, Media) and value.problem:
            warn(f"{name!r} was not logged: {value.problem}", name)
        elif isinstance(value, Media):
            media[name] = value
        elif isinstance(value, str):
            media[name] = Media("run_text", {"text": _text(name, value, warn)})
        else:
            warn(f"{name!r} is {_described(value)}, which cannot be logged; {LOGGABLE}", name)
    return numbers, media


def _text(name: str, text: str, warn: OnProblem) -> str:
    if len(text) > MAX_TEXT:
        warn(f"{name!r} has {len(text)} characters and was cut; the limit is {MAX_TEXT}", name)
    return text[:MAX_TEXT]


def _name(given: Any, warn: OnProblem) -> str:
    text = str(given)
    if not text or text.isspace():
        warn(f"a name is {text[:MAX_NAME]!r}; its value was logged as {UNNAMED!r}", "unnamed")
        return UNNAMED
    if len(text) > MAX_NAME:
        warn(f"the name {text[:MAX_NAME]!r}… was cut; the limit is {MAX_NAME} characters", text)
    return text[:MAX_NAME]


def _described(value: Any) -> str:
    shape = getattr(value, "shape", None)
    of_shape = f" of the shape {tuple(shape)}" if isinstance(shape, tuple) else ""
    name = f"{type(value).__module__}.{type(value).__qualname__}".removeprefix("builtins.")
    return f"of type {name}{of_shape}"
