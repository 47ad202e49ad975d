"""Widgets of text and pictures, and your own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Annotated, Any, Literal, cast

from broadcast.events.event_type import EventType
from broadcast.page.widgets.base import (
    FORMAT,
    Format,
    NameField,
    NumberField,
    Widget,
    between,
    field_problems,
    named,
    wrong_options,
)
from broadcast.page.widgets.fields import ANY, paths_of

MODULE = re.compile(r"[\w.-]+(/[\w.-]+)*\.js")


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


@dataclass(frozen=True, kw_only=True)
class Feed(Widget):
    """The newest events as lines of text, the newest at the end.

    Args:
        text: the line, with fields in braces: `"{user} paid {price:.2f}"`. `{{` and `}}` are braces.
        title_field: the field of the line's beginning, in bold.
        level: the field with `debug`, `info`, `warning`, `error` or another word.
        time: a field with the time in seconds since 1970; None for the server's time.
        lines: the number of lines that are drawn.
    """

    text: str
    title_field: NameField | None = None
    level: NameField | None = None
    time: NumberField | None = None
    lines: Annotated[int, between(1, 500)] = 500

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        if self.title_field is None and isinstance(self.title, str) and self.title in paths_of(event_type.schema):
            wanted = f"for the field write title_field={self.title!r}, or choose another heading"
            yield f"(title={self.title!r}): title is the scene's heading; {wanted}"
        if not isinstance(cast(Any, self.text), str):  # a user's table may be untyped
            return
        where = f"(text={self.text!r})"
        try:
            parts = [(path.strip(), text) for _, path, text, _ in Formatter().parse(self.text) if path is not None]
        except ValueError as exc:
            yield f'{where}: expected fields in braces, such as "{{user}} bought {{item}}": {exc}'
            return
        for path, text in parts:
            for problem in field_problems(path, (ANY,), event_type):
                yield f"{where}: {problem}"
            if text and not FORMAT.fullmatch(text):
                yield f'{where}: {text!r} is not a number format; expected one such as ".3f" or "bytes"'


@dataclass(frozen=True, kw_only=True)
class Text(Widget):
    """A text.

    Args:
        body: the field.
        format: `plain`, or `markdown` for headings, lists, code and links to https.
    """

    body: NameField
    format: Literal["plain", "markdown"] = "plain"


@dataclass(frozen=True, kw_only=True)
class Image(Widget):
    """Pictures: PNG, JPEG or WebP as base64, of at most 500 kB each.

    Args:
        source: the field with the base64 text.
        caption: the field with a text below the picture.
        label: the field with its name.
        strip: the number of newest pictures that are drawn.
    """

    source: NameField
    caption: NameField | None = None
    label: NameField | None = None
    strip: Annotated[int, between(1, 50)] = 1


@dataclass(frozen=True, kw_only=True)
class Custom(Widget):
    """Your own module, for what no widget draws.

    Args:
        module: its path below the static files of an app, such as `shop/map.js`.
        settings: JSON that the module gets as its options.
    """

    module: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def conflicts(self, event_type: EventType) -> Iterator[str]:
        if isinstance(self.module, str) and (not MODULE.fullmatch(self.module) or ".." in self.module):
            yield f'(module={self.module!r}): expected a path such as "shop/map.js"'
