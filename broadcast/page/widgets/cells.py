"""Widgets of cells: heat maps, timelines of states, and matrices."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from broadcast.events.event_type import EventType
from broadcast.page.widgets.base import TIME, AnyFields, Format, NameField, NumberField, Range, Widget, between, named
from broadcast.page.widgets.fields import FLAG, MAP, NAME, NAMES, NUMBER, ROWS


@dataclass(frozen=True, kw_only=True)
class Heatmap(Widget):
    """One row of cells for each lane, the newest at the right; the colour is the value.

    Args:
        row: the field with the row's name.
        value: the field with the cell's value.
        flag: a field that marks a cell if it is true.
        cells: the number of cells in a row.
        range: the ends of the colour scale; None takes them from the data.
        detail: fields that are written in the cell's tooltip.
        format: of the value.
    """

    policies: ClassVar[tuple[str, ...]] = ("ring", "course")

    row: NameField
    value: NumberField
    flag: Annotated[str, named(FLAG)] | None = None
    cells: Annotated[int, between(2, 1000)] = 60
    range: Range | None = None
    detail: AnyFields = ()
    format: Format | None = None


@dataclass(frozen=True, kw_only=True)
class Timeline(Widget):
    """Named states over time, one row for each lane. A state lasts until the next one; the newest lasts until now.

    Args:
        lane: the field with the row's name.
        state: the field with the state's name; null ends the one before.
        since: a field with the time at which the state began, in seconds since 1970, or `@time`, the server's time.
    """

    policies: ClassVar[tuple[str, ...]] = ("ring", "course")

    lane: NameField
    state: Annotated[str, named(NAME, FLAG)]
    since: Annotated[str, named(NUMBER, special=(TIME,))] = TIME


@dataclass(frozen=True, kw_only=True)
class Matrix(Widget):
    """Cells by row and column: a category as colour and letter, or a number as shade and text.

    Args:
        row, column: the fields with the cell's place, if each event is a cell. If all columns are whole numbers, they
            are an axis, and the newest rows and columns are drawn.
        category: the field with the cell's category. Not with `value`.
        value: the field with the cell's number.
        compare_to: the field with the true category; a cell that differs is marked.
        shares: a map with a number for each category, written in the cell's tooltip.
        labels, counts: if one event is the whole matrix: the names of rows and columns, and the rows of numbers.
        normalize: draw each cell's share of its row instead of its number.
        range: the ends of the scale of numbers; None takes them from the data.
        row_title, column_title: what rows and columns are, such as "truth" and "predicted".
    """

    key_options: ClassVar[tuple[str, ...]] = ("row", "column")

    row: NameField | None = None
    column: NameField | None = None
    category: NameField | None = None
    value: NumberField | None = None
    compare_to: NameField | None = None
    shares: Annotated[str, named(MAP)] | None = None
    labels: Annotated[str, named(NAMES)] | None = None
    counts: Annotated[str, named(ROWS)] | None = None
    normalize: bool = False
    row_title: str | None = None
    column_title: str | None = None
    range: Range | None = None
    format: Format | None = None

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        is_cell = self.row is not None and self.column is not None and (self.category is None) != (self.value is None)
        is_whole = self.labels is not None and self.counts is not None
        fields = (self.row, self.column, self.category, self.value)
        if is_cell == is_whole or (is_whole and any(fields)):
            yield ": expected row, column and either category or value, or labels and counts"
        if self.category is None and (self.compare_to or self.shares):
            yield ": compare_to and shares need a category"
