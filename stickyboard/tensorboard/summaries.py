"""Decodes the records of an event file: scalars, histograms, pictures and texts.

Source: `event.proto`, `summary.proto` and `tensor.proto` of TensorFlow, whose field numbers are below.
"""

import math
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

from stickyboard.runs.media import MAX_BINS, histogram, image
from stickyboard.runs.values import MAX_NAME, MAX_WHOLE, Media
from stickyboard.tensorboard.protobuf import fields, message, numbers, signed, text, varints

MAX_TEXT: Final = 10_000
FLOAT, DOUBLE, INT32, INT64 = 1, 2, 3, 9
CODES: Final = {FLOAT: "f", DOUBLE: "d", INT32: "i", INT64: "q"}


class Event(NamedTuple):
    """What a program logged at one step."""

    step: int
    time: float  # in seconds since 1970; 0 if the file has none
    values: list[tuple[str, float | Media]]  # with their tags, as far as a board draws them
    problems: list[str]  # why values are missing


class Tensor(NamedTuple):
    """The numbers of a tensor, or its strings."""

    numbers: list[float]
    strings: list[bytes]


class Decoder:
    """Decodes the records of one file, in order: only the first value of a tag names what it is."""

    def __init__(self) -> None:
        self._plugins: dict[str, str] = {}

    def decode(self, record: bytes) -> Event:
        """Return the event in a record; raise ValueError if it is none."""
        event = Event(0, 0.0, [], [])
        for field, value in fields(record):
            if field == 1:
                times = numbers(value, "d")
                event = event._replace(time=times[0] if times and math.isfinite(times[0]) else 0.0)
            elif field == 2:
                event = event._replace(step=signed(value))
            elif field == 5:
                self._read_summary(message(value), event)
        if abs(event.step) > MAX_WHOLE:
            raise ValueError(f"the step is {event.step}")
        return event

    def _read_summary(self, summary: bytes, event: Event) -> None:
        for field, value in fields(summary):
            if field != 1:
                continue
            try:
                read = self._value(value)
                event.problems.extend(each.problem for _, each in read if isinstance(each, Media) and each.problem)
                event.values.extend(each for each in read if not (isinstance(each[1], Media) and each[1].problem))
            except ValueError as exc:
                event.problems.append(str(exc))
            except (KeyError, IndexError, struct.error) as exc:
                event.problems.append(f"a value lacks a part ({type(exc).__name__}: {exc})")

    def _value(self, value: int | bytes) -> list[tuple[str, float | Media]]:
        parts = dict(fields(message(value)))
        tag = text(parts.get(1, b""))
        if 9 in parts:
            self._plugins.setdefault(tag, _plugin_of(message(parts[9])))
        name = short(tag.removesuffix("/text_summary"))
        if 2 in parts:
            return [(name, numbers(parts[2], "f")[0])]
        if 4 in parts:
            return [(name, image(message(dict(fields(message(parts[4])))[4]), caption=name))]
        if 5 in parts:
            return [(name, _histogram(message(parts[5])))]
        read = READERS.get(self._plugins.get(tag, ""))
        if 8 in parts and read is not None:
            return [(name, read(_tensor(message(parts[8])), name))]
        return []


def short(name: str) -> str:
    """Return a name that fits into an event. The end of a path differs more often than its beginning."""
    return name if len(name) <= MAX_NAME else f"…{name[1 - MAX_NAME :]}"


def _plugin_of(metadata: bytes) -> str:
    plugin = dict(fields(message(dict(fields(metadata)).get(1, b""))))
    return text(plugin.get(1, b""))


def _tensor(data: bytes) -> Tensor:
    kind, found, strings = 0, list[float](), list[bytes]()
    for field, value in fields(data):
        if field == 1:
            kind = signed(value)
        elif field == 4 and kind in CODES:
            content = message(value)
            found += [each for (each,) in struct.iter_unpack(f"<{CODES[kind]}", content)]
        elif field in (5, 6):
            found += numbers(value, "f" if field == 5 else "d")
        elif field in (7, 10):
            found += varints(value)
        elif field == 8:
            strings.append(message(value))
    return Tensor(found, strings)


def _histogram(data: bytes) -> Media:
    parts = dict(fields(data))
    lowest, highest = (numbers(parts[field], "d")[0] if field in parts else 0.0 for field in (1, 2))
    limits = [value for field, given in fields(data) if field == 6 for value in numbers(given, "d")]
    counts = [value for field, given in fields(data) if field == 7 for value in numbers(given, "d")]
    used = [index for index, count in enumerate(counts[: len(limits)]) if count]
    if not used:
        raise ValueError("a histogram is empty")
    first, last = used[0], used[-1]
    edges = [limits[first - 1] if first else lowest, *limits[first : last + 1]]
    # The outer limits are far outside of the values.
    return binned([min(max(edge, lowest), highest) for edge in edges], counts[first : last + 1])


def binned(edges: list[float], counts: list[float]) -> Media:
    """Return a histogram with few enough bins."""
    if edges[-1] <= edges[0]:
        edges, counts = [edges[0] - 0.5, edges[0] + 0.5], [sum(counts)]
    width = -(-len(counts) // MAX_BINS)
    starts = range(0, len(counts), width)
    merged = [sum(counts[start : start + width]) for start in starts]
    return histogram((merged, [*(edges[start] for start in starts), edges[-1]]))


def _scalar_of(tensor: Tensor, name: str) -> float:
    if len(tensor.numbers) != 1:
        raise ValueError(f"the scalar {name!r} has {len(tensor.numbers)} numbers")
    return tensor.numbers[0]


def _histogram_of(tensor: Tensor, name: str) -> Media:
    lefts, rights, counts = (tensor.numbers[column::3] for column in range(3))
    if not counts:
        raise ValueError(f"the histogram {name!r} is empty")
    return binned([*lefts, rights[-1]], counts)


def _image_of(tensor: Tensor, name: str) -> Media:
    """Return the first picture; its width and height precede it."""
    if len(tensor.strings) < 3:
        raise ValueError(f"{name!r} has no picture")
    return image(tensor.strings[2], caption=name)


def _text_of(tensor: Tensor, name: str) -> Media:
    return Media("run_text", {"text": b"\n".join(tensor.strings).decode("utf-8", "replace")[:MAX_TEXT]})


READERS: Final[dict[str, Callable[[Tensor, str], float | Media]]] = {
    "scalars": _scalar_of,
    "histograms": _histogram_of,
    "images": _image_of,
    "text": _text_of,
}
