"""Widgets of lines of text, whole texts, and pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from string import Formatter
from typing import Annotated, Any, Literal, cast

from broadcast.events.event_type import EventType
from broadcast.page.widgets.base import FORMAT, NameField, NumberField, Widget, between, field_problems
from broadcast.page.widgets.fields import ANY, paths_of


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
