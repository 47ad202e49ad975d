"""Tables, and their columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from broadcast.events.event_type import EventType
from broadcast.page.widgets.base import Format, Widget, field_problems, named, wrong_options
from broadcast.page.widgets.fields import ANY


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a table.

    Args:
        field: the path of the field.
        title: its heading; None for the field's name.
        format: of numbers.
        align: `left` or `right`; None aligns numbers right.
        best: whether the `min` or the `max` is marked as the best value.
        bar: draw a bar in each cell, on a `linear` or a `log` scale; `auto` is logarithmic for a ratio over 100.
    """

    field: Annotated[str, named(ANY)]
    title: str | None = None
    format: Format | None = None
    align: Literal["left", "right"] | None = None
    best: Literal["min", "max"] | None = None
    bar: Literal["linear", "log", "auto"] | None = None

    def problems(self, event_type: EventType) -> Iterator[str]:
        for option, problem in wrong_options(self, event_type):
            yield f"Column(field={self.field!r}, {option}): {problem}"


@dataclass(frozen=True, kw_only=True)
class Table(Widget):
    """A table with one row per entry; it draws every event type.

    Args:
        rows: a field with a list of objects, which are the rows of the newest event; None for one row per entry.
        columns: field names or `Column`s; None for a column per field that occurs.
        sort: the field by which rows are sorted at first, with a leading `-` for descending; None for newest first.
        filter: whether it has a box that filters by text.
    """

    rows: Annotated[str, named(ANY)] | None = None
    columns: Sequence[str | Column] | None = None
    sort: str | None = None
    filter: bool = True

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        columns = self.columns if isinstance(self.columns, list | tuple) else ()
        if self.columns is not None and not columns:
            yield f'(columns={self.columns!r}): expected a list such as ["step", Column(field="loss")]'
        if self.rows is not None:  # the fields of its rows are not known
            return
        for column in columns:
            declared = column if isinstance(column, Column) else Column(field=column)
            yield from (f": {problem}" for problem in declared.problems(event_type))
        if isinstance(self.sort, str):
            for problem in field_problems(self.sort.removeprefix("-"), (ANY,), event_type):
                yield f"(sort={self.sort!r}): {problem}"
