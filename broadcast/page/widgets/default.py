"""The widget of an event type without `show`, from its Struct and its policy."""

from typing import NamedTuple

from broadcast.events.event_type import EventType
from broadcast.page.widgets.base import TIME, Widget
from broadcast.page.widgets.cells import Matrix, Timeline
from broadcast.page.widgets.charts import Bars, Histogram, Lines, Scatter
from broadcast.page.widgets.fields import FLAG, MAP, NAME, NAMES, NUMBER, NUMBERS, PAIR, POINTS, ROWS, kinds_of
from broadcast.page.widgets.numbers import Number
from broadcast.page.widgets.tables import Table
from broadcast.page.widgets.texts_and_images import Feed, Text

STEPS = ("step", "epoch", "iteration", "batch")  # by their names, as most producers call them
MAX_CURVES = 8
UNLESS = {NAME: {NUMBER}, NUMBERS: {PAIR}, NAMES: {NUMBERS}, ROWS: {POINTS}}  # a field is of one kind
Fields = dict[str, list[str]]
"""The fields of a Struct by their kinds, without those of key and lane."""


class Choice(NamedTuple):
    """A widget, and why it was chosen."""

    widget: Widget
    reason: str


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


def _of_series(event_type: EventType, fields: Fields) -> Choice | None:
    lane = event_type.policy.lane
    step = next((name for name in fields[NUMBER] if name in STEPS), None)
    curves = [name for name in fields[NUMBER] if name != step]
    if curves:
        y = curves[0] if len(curves) == 1 else tuple(curves[:MAX_CURVES])
        series = lane if lane and NAME in kinds_of(event_type.fields[lane].type) else None
        return Choice(Lines(y=y, x=step or TIME, series=series), f"a number over {step or 'time'}: {', '.join(curves)}")
    if lane and len(fields[NAME] + fields[FLAG]) == 1:
        (state,) = fields[NAME] + fields[FLAG]
        return Choice(Timeline(lane=lane, state=state), f"a state per lane: {state}")
    if not lane and len(fields[NAME]) == 1 and not (fields[NUMBERS] or fields[MAP]):
        return Choice(Feed(text=f"{{{fields[NAME][0]}}}"), f"a text per event: {fields[NAME][0]}")
    return None


def _of_keys(event_type: EventType, fields: Fields) -> Choice | None:
    if fields[MAP] or fields[NUMBERS] or fields[POINTS] or fields[ROWS] or fields[NAMES]:
        return None
    match event_type.policy.key, fields[NUMBER], fields[NAME]:
        case (label,), [value], []:
            return Choice(Bars(label=label, value=value), f"one number per {label}: {value}")
        case (row, column), [value], []:
            widget = Matrix(row=row, column=column, value=value)
            return Choice(widget, f"one number per {row} and {column}: {value}")
        case (row, column), [], [category]:
            widget = Matrix(row=row, column=column, category=category)
            return Choice(widget, f"one category per {row} and {column}: {category}")
    return None


def _of_one(fields: Fields) -> Choice | None:
    if fields[NUMBERS] or fields[NAMES] or fields[POINTS] or fields[ROWS]:
        return None
    match fields[NUMBER], fields[MAP], fields[NAME]:
        case [value], [], _:
            return Choice(Number(value=value), f"one number: {value}")
        case [], [value], _:
            return Choice(Bars(value=value), f"one number per key: {value}")
        case [], [], [body]:
            return Choice(Text(body=body), f"one text: {body}")
    return None


def _of_arrays(event_type: EventType, fields: Fields) -> Choice | None:
    """Return a widget for whole arrays in one event."""
    key = event_type.policy.key
    series = key[0] if len(key) == 1 else None
    texts = fields[NAMES][0] if len(fields[NAMES]) == 1 else None
    if len(fields[POINTS]) == 1 and not key:
        return Choice(Scatter(points=fields[POINTS][0], category=texts), f"a list of points: {fields[POINTS][0]}")
    if len(fields[ROWS]) == 1 and texts and not key:
        return Choice(Matrix(labels=texts, counts=fields[ROWS][0]), f"rows of numbers with labels: {fields[ROWS][0]}")
    if fields[POINTS] or fields[ROWS] or event_type.policy.appends or len(key) > 1:
        return None
    return _of_lists(fields[NUMBERS], series)


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


def _fields_of(event_type: EventType) -> Fields:
    policy = event_type.policy
    placed = {*policy.key, policy.lane}
    kinds = {name: kinds_of(info.type) for name, info in event_type.fields.items() if name not in placed}
    known = {name: found for name, found in kinds.items() if not {NUMBER, MAP} <= found}  # without those of any type

    return {
        kind: [name for name, found in known.items() if kind in found and not found & UNLESS.get(kind, set())]
        for kind in (NUMBER, NAME, FLAG, MAP, NUMBERS, NAMES, POINTS, ROWS)
    }
