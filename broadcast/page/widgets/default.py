"""The widget of an event type without `show`, from its Struct and its policy."""

from dataclasses import dataclass
from typing import NamedTuple

from broadcast.events.event_type import EventType
from broadcast.page.widgets.base import TIME, Widget
from broadcast.page.widgets.cells import Matrix, Timeline
from broadcast.page.widgets.charts import Bars, Histogram, Lines, Scatter
from broadcast.page.widgets.fields import FLAG, MAP, NAME, NAMES, NUMBER, NUMBERS, PAIR, POINTS, ROWS, kinds_of
from broadcast.page.widgets.numbers import Number
from broadcast.page.widgets.texts import Feed, Table, Text

STEPS = ("step", "epoch", "iteration", "batch")  # by their names, as most producers call them
MAX_CURVES = 8


class Choice(NamedTuple):
    """A widget, and why it was chosen."""

    widget: Widget
    reason: str


@dataclass(frozen=True)
class _Fields:
    """The fields of a Struct by their kinds, without those of key and lane."""

    numbers: list[str]
    names: list[str]
    flags: list[str]
    maps: list[str]
    lists: list[str]
    texts: list[str]
    points: list[str]
    rows: list[str]


def default_of(event_type: EventType) -> Choice:
    """Return the first widget that draws all that matters in the events; a table draws everything."""
    fields = _fields_of(event_type)
    policy = event_type.policy
    if policy.appends:
        found = _of_series(event_type, fields)
    elif policy.key:
        found = _of_keys(event_type, fields)
    else:
        found = _of_one(fields)
    return found or _of_arrays(event_type, fields) or Choice(Table(), "no other widget draws all of its fields")


def _of_series(event_type: EventType, fields: _Fields) -> Choice | None:
    lane = event_type.policy.lane
    step = next((name for name in fields.numbers if name in STEPS), None)
    curves = [name for name in fields.numbers if name != step]
    if curves:
        y = curves[0] if len(curves) == 1 else tuple(curves[:MAX_CURVES])
        series = lane if lane and NAME in kinds_of(event_type.fields[lane].type) else None
        return Choice(Lines(y=y, x=step or TIME, series=series), f"a number over {step or 'time'}: {', '.join(curves)}")
    if lane and len(fields.names + fields.flags) == 1:
        (state,) = fields.names + fields.flags
        return Choice(Timeline(lane=lane, state=state), f"a state per lane: {state}")
    if not lane and len(fields.names) == 1 and not (fields.lists or fields.maps):
        return Choice(Feed(text=f"{{{fields.names[0]}}}"), f"a text per event: {fields.names[0]}")
    return None


def _of_keys(event_type: EventType, fields: _Fields) -> Choice | None:
    key = event_type.policy.key
    if fields.maps or fields.lists or fields.points or fields.rows or fields.texts:
        return None
    if len(key) == 1 and len(fields.numbers) == 1 and not fields.names:
        return Choice(Bars(label=key[0], value=fields.numbers[0]), f"one number per {key[0]}: {fields.numbers[0]}")
    if len(key) == 2 and len(fields.numbers) == 1 and not fields.names:
        row, column = key
        widget = Matrix(row=row, column=column, value=fields.numbers[0])
        return Choice(widget, f"one number per {row} and {column}: {fields.numbers[0]}")
    if len(key) == 2 and len(fields.names) == 1 and not fields.numbers:
        row, column = key
        widget = Matrix(row=row, column=column, category=fields.names[0])
        return Choice(widget, f"one category per {row} and {column}: {fields.names[0]}")
    return None


def _of_one(fields: _Fields) -> Choice | None:
    others = fields.lists + fields.texts + fields.points + fields.rows
    if len(fields.numbers) == 1 and not (others or fields.maps):
        return Choice(Number(value=fields.numbers[0]), f"one number: {fields.numbers[0]}")
    if len(fields.maps) == 1 and not (others or fields.numbers):
        return Choice(Bars(value=fields.maps[0]), f"one number per key: {fields.maps[0]}")
    if len(fields.names) == 1 and not (others or fields.maps or fields.numbers):
        return Choice(Text(body=fields.names[0]), f"one text: {fields.names[0]}")
    return None


def _of_arrays(event_type: EventType, fields: _Fields) -> Choice | None:
    """Return a widget for whole arrays in one event."""
    key = event_type.policy.key
    series = key[0] if len(key) == 1 else None
    texts = fields.texts[0] if len(fields.texts) == 1 else None
    if len(fields.points) == 1 and not key:
        return Choice(Scatter(points=fields.points[0], category=texts), f"a list of points: {fields.points[0]}")
    if len(fields.rows) == 1 and texts and not key:
        return Choice(Matrix(labels=texts, counts=fields.rows[0]), f"rows of numbers with labels: {fields.rows[0]}")
    if fields.points or fields.rows or event_type.policy.appends or len(key) > 1:
        return None
    return _of_lists(fields.lists, series)


def _of_lists(lists: list[str], series: str | None) -> Choice | None:
    if {"bins", "counts"} <= {*lists}:
        return Choice(Histogram(bins="bins", counts="counts", series=series), "bins with counts")
    if len(lists) == 1:
        return Choice(Histogram(values=lists[0], series=series), f"a list of numbers: {lists[0]}")
    if len(lists) > 1:
        x, *y = lists[: MAX_CURVES + 1]
        lines = Lines(x=x, y=y[0] if len(y) == 1 else tuple(y), series=series)
        return Choice(lines, f"lists of numbers: {', '.join(lists)}")
    return None


def _fields_of(event_type: EventType) -> _Fields:
    policy = event_type.policy
    placed = {*policy.key, policy.lane}
    kinds = {name: kinds_of(info.type) for name, info in event_type.fields.items() if name not in placed}
    known = {name: found for name, found in kinds.items() if not {NUMBER, MAP} <= found}  # without those of any type

    def of(kind: str, *but: str) -> list[str]:
        return [name for name, found in known.items() if kind in found and not found & {*but}]

    return _Fields(
        numbers=of(NUMBER),
        names=of(NAME, NUMBER),
        flags=of(FLAG),
        maps=of(MAP),
        lists=of(NUMBERS, PAIR),
        texts=of(NAMES, NUMBERS),
        points=of(POINTS),
        rows=of(ROWS, POINTS),
    )
