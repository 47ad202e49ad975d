"""Widgets for single numbers."""

from dataclasses import dataclass
from typing import Annotated

from broadcast.page.widgets.base import Format, NameField, NumberField, NumberOrField, Thresholds, Widget, between


@dataclass(frozen=True, kw_only=True)
class Number(Widget):
    """A number in large letters, one for each entry of a keyed policy. Of a ring, the newest one.

    Args:
        value: the field.
        label: the field with the number's name.
        unit: written behind the number.
        format: of the number.
        target: a number, or a field with it; the number's share of it is written and drawn.
        thresholds: the word of the one that is passed last is written beside the number.
        sparkline: draw the stored values of a ring as a small curve.
        change: write the difference between the oldest and the newest stored value of a ring.
    """

    value: NumberField
    label: NameField | None = None
    unit: str = ""
    format: Format | None = None
    target: NumberOrField | None = None
    thresholds: Thresholds = ()
    sparkline: bool = True
    change: bool = True


@dataclass(frozen=True, kw_only=True)
class Progress(Widget):
    """How much of a task is done, one bar for each entry.

    Args:
        value: the field with what is done.
        max: the whole: a number, or a field with it.
        label: the field with the task's name.
        remaining: a field with the remaining time, in seconds.
        started: a field with the start, in seconds since 1970, from which the remaining time is estimated.
        state: a field with `running`, `done` or `failed`; None if a task is done at the whole.
        note: a field with a text, such as the reason of a failure.
        format: of what is done and of the whole.
        silent_s: the age of a task's newest event at which the task is marked as silent, in seconds.
    """

    value: NumberField
    max: NumberOrField = 1.0
    label: NameField | None = None
    remaining: NumberField | None = None
    started: NumberField | None = None
    state: NameField | None = None
    note: NameField | None = None
    format: Format | None = None
    silent_s: Annotated[float, between(1)] | None = None
