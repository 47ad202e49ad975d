"""Widgets with a scale: lines, bars, histograms, scatter plots and shares."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from broadcast.events.event_type import EventType
from broadcast.page.widgets.base import (
    STEP,
    TIME,
    AnyFields,
    Format,
    NameField,
    NumberField,
    Range,
    Thresholds,
    Widget,
    between,
    is_range,
    named,
)
from broadcast.page.widgets.fields import MAP, NAME, NAMES, NUMBER, NUMBERS, PAIR, POINTS, ROWS, kinds_at


@dataclass(frozen=True, kw_only=True)
class Lines(Widget):
    """Curves over x: one point per event, or whole curves in one event if `x` and `y` are lists.

    Args:
        y: the field, or fields, of the vertical axis; a map draws one curve per key.
        x: the field of the horizontal axis, `@time` (the server's time) or `@step` (the number of the event).
        series: the field whose values are the curves' names.
        band: two fields, the lower and the upper edge of a band around the curve.
        smooth: weight of the exponential moving average, 0 to below 1; the measured curve is drawn pale behind it.
        y_scale: `linear` or `log`; values of 0 and below have no place on `log`.
        x_range, y_range: the ends of the axes; None takes them from the data.
        thresholds: drawn as lines.
        split: one small chart for each value of this field, or for each key of this map.
        x_title, y_title: the axes' titles.
        x_title_field, y_title_field: fields whose newest values are the axes' titles.
        format: of y.
    """

    y: Annotated[str | Sequence[str], named(NUMBER, NUMBERS, MAP)]
    x: Annotated[str, named(NUMBER, NUMBERS, special=(TIME, STEP))] = TIME
    series: NameField | None = None
    band: Annotated[Sequence[str], named(NUMBER, NUMBERS)] | None = None
    smooth: Annotated[float, between(0, 0.999)] = 0.0
    y_scale: Literal["linear", "log"] = "linear"
    x_range: Range | None = None
    y_range: Range | None = None
    thresholds: Thresholds = ()
    split: Annotated[str, named(NAME, MAP)] | None = None
    x_title: str | None = None
    y_title: str | None = None
    x_title_field: NameField | None = None
    y_title_field: NameField | None = None
    format: Format | None = None

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        if self.y_scale == "log" and is_range(self.y_range) and self.y_range[0] <= 0:
            yield f"(y_range={self.y_range!r}): expected positive numbers for y_scale='log'"
        if self.band is not None and (not isinstance(self.band, list | tuple) or len(self.band) != 2):
            yield f"(band={self.band!r}): expected two fields, the lower and the upper edge"


@dataclass(frozen=True, kw_only=True)
class Bars(Widget):
    """One horizontal bar per entry, or per key of a map.

    Args:
        value: the field of the bar's length, or a map whose keys are the labels.
        label: the field of the bar's name; not for a map.
        interval: a pair of numbers, drawn as a whisker.
        range: the ends of the scale; None takes them from the data, including 0.
        detail: fields that are written beside the bar.
        sort: `label`, `value` (ascending), `-value` (descending), or `none` for the order of arrival; `auto` is
            `label`, and `-value` for more than 24 bars.
        thresholds: mark the bars beyond them.
        format: of the value.
    """

    value: Annotated[str, named(NUMBER, MAP)]
    label: NameField | None = None
    interval: Annotated[str, named(PAIR)] | None = None
    range: Range | None = None
    detail: AnyFields = ()
    sort: Literal["auto", "label", "value", "-value", "none"] = "auto"
    thresholds: Thresholds = ()
    format: Format | None = None

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        if self.label is not None and kinds_at(event_type.schema, self.value) & {MAP, NUMBER} == {MAP}:
            yield f"(label={self.label!r}): the keys of the map {self.value!r} are the labels"


@dataclass(frozen=True, kw_only=True)
class Scatter(Widget):
    """Points in two dimensions: all of them in one event, or one per event.

    Args:
        points: a list of [x, y], drawn without axes and with one scale, as distances matter.
        x, y: otherwise, fields with one number each, or with one list each.
        category: the class of each point: a list beside the points, or a field.
        size: the area of each point.
        links: for each point, the indices of related points, drawn as lines to the chosen point.
        caption: a field with a text below the chart.
        x_title, y_title: the axes' titles; None for the names of the fields.
    """

    points: Annotated[str, named(POINTS)] | None = None
    x: Annotated[str, named(NUMBER, NUMBERS)] | None = None
    y: Annotated[str, named(NUMBER, NUMBERS)] | None = None
    category: Annotated[str, named(NAME, NAMES)] | None = None
    size: Annotated[str, named(NUMBER, NUMBERS)] | None = None
    links: Annotated[str, named(ROWS)] | None = None
    caption: NameField | None = None
    x_title: str | None = None
    y_title: str | None = None

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        if (self.points is None) != (self.x is not None and self.y is not None) or (self.points and (self.x or self.y)):
            yield ' needs either points="…", or both x="…" and y="…"'


@dataclass(frozen=True, kw_only=True)
class Histogram(Widget):
    """Distributions: bins with counts, or the values themselves.

    Args:
        counts: a list with the number of values in each bin. Not with `values`.
        bins: a list with the edges of the bins, one more than counts.
        values: a list of numbers, which the page counts.
        series: the field of the name; several histograms are drawn over one another.
        over: the field of a step; the histograms of a series are drawn one behind the other (ridgelines).
        max_bins: the number of bins for `values`.
    """

    counts: Annotated[str, named(NUMBERS)] | None = None
    bins: Annotated[str, named(NUMBERS)] | None = None
    values: Annotated[str, named(NUMBERS)] | None = None
    series: NameField | None = None
    over: NumberField | None = None
    max_bins: Annotated[int, between(2, 200)] = 30

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        if (self.counts is None) == (self.values is None):
            yield f"(counts={self.counts!r}): expected either counts, with bins, or values"


@dataclass(frozen=True, kw_only=True)
class Share(Widget):
    """Parts of a whole, as one divided bar.

    Args:
        value: a map of names to numbers, or the field with the number of each entry.
        label: the field with the name of each entry; None for its key. Not for a map.
        top: the number of parts that are drawn; the others are added up as the rest.
        format: of the numbers. Without one, their shares are written. With a percentage, they are shares of 1.
    """

    value: Annotated[str, named(NUMBER, MAP)]
    label: NameField | None = None
    top: Annotated[int, between(1, 64)] = 8
    format: Format | None = None

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        kinds = kinds_at(event_type.schema, self.value)
        if self.label is not None and kinds & {MAP, NUMBER} == {MAP}:
            yield f"(label={self.label!r}): the keys of the map {self.value!r} are the names"
        if MAP not in kinds and self.label is None and not event_type.policy.key:
            yield f' needs label="…", because the policy {event_type.policy.name} has no key'
