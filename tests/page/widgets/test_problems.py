"""Each error of a widget's options names the event type, the widget, the option and what is valid."""

import dataclasses
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, latest, ring
from broadcast.page import widgets
from broadcast.page.widgets import (
    Bars,
    Column,
    Custom,
    Feed,
    Heatmap,
    Histogram,
    Image,
    Lines,
    Matrix,
    Number,
    Progress,
    Scatter,
    Share,
    Table,
    Text,
    Threshold,
    Timeline,
    Widget,
)
from broadcast.page.widgets.base import check_of


class Inner(Struct):
    loss: float


class Everything(Struct):
    """A field of every kind."""

    run: str
    step: int
    loss: float
    is_late: bool
    values: Inner
    by_name: dict[str, float]
    numbers: list[float]
    texts: list[str]
    pair: tuple[float, float]
    points: list[tuple[float, float]]
    rows: list[list[float]]


RING = EventType("loss", Everything, ring(60, lane="run"))
KEYED = EventType("loss", Everything, last_value("run", "step"))
ONE = EventType("loss", Everything, latest())
# A valid widget of each class, with every option that names a field, and the event type that it draws.
VALID: list[tuple[Widget, EventType]] = [
    (Lines(series="run", x="step", y=["loss", "values.loss"], band=("loss", "loss"), split="run", smooth=0.6), RING),
    (
        Lines(
            y="by_name", y_scale="log", y_range=(0.1, 1), x_title_field="run", thresholds=[Threshold(at=1, word="x")]
        ),
        ONE,
    ),
    (Bars(label="run", value="loss", interval="pair", detail=["step"], range=(0, 1), format=".3f"), KEYED),
    (Bars(value="by_name", sort="-value"), ONE),
    (Heatmap(row="run", value="loss", flag="is_late", cells=60, range=(0, 1), detail=("step", "run")), RING),
    (Timeline(lane="run", state="is_late", since="step"), RING),
    (Matrix(row="run", column="step", category="run", compare_to="run", shares="by_name"), KEYED),
    (Matrix(row="run", column="step", value="loss", normalize=True), KEYED),
    (Matrix(labels="texts", counts="rows"), ONE),
    (Scatter(points="points", category="texts", links="rows", caption="run", size="numbers"), ONE),
    (Scatter(x="loss", y="values.loss", category="run"), RING),
    (Histogram(counts="numbers", bins="numbers", series="run", over="step"), RING),
    (Histogram(values="numbers", max_bins=10), ONE),
    (Share(value="by_name", top=3), ONE),
    (Share(value="loss", label="run"), KEYED),
    (Number(value="loss", label="run", target="values.loss", thresholds=(Threshold(at=1, word="hot"),)), RING),
    (Progress(value="step", max="loss", label="run", remaining="loss", started="loss"), KEYED),
    (Table(columns=["run", Column(field="loss", best="min", bar="auto", format=".3f")], sort="-values.loss"), KEYED),
    (Feed(text="{run} at {loss:.2f}", title_field="run", level="run", time="loss", lines=100), RING),
    (Text(body="run", format="markdown"), ONE),
    (Image(source="run", caption="run", label="run", strip=4), RING),
    (Custom(module="shop/map.js", settings={"zoom": 3}), ONE),
]


def test_has_a_valid_case_of_every_widget():
    drawn = {type(widget).__name__ for widget, _ in VALID}
    assert drawn == {*widgets.__all__} - {"Column", "Threshold", "Widget"}


@pytest.mark.parametrize(("widget", "event_type"), VALID)
def test_accepts_valid_options(widget, event_type):
    assert list(widget.problems(event_type)) == []


INVALID = [
    (Lines(y="lossy"), RING, "y='lossy'", 'did you mean "loss"?'),
    (Lines(y="values.lost"), RING, "y='values.lost'", "values.loss"),
    (Lines(y="texts"), RING, "y='texts'", "expected a number or a list of numbers"),
    (Lines(y="loss", smooth=1.5), RING, "smooth=1.5", "from 0 to 0.999"),
    (Lines(y="loss", smooth=float("nan")), RING, "smooth=nan", "from 0"),
    (Lines(y="loss", y_scale="ln"), RING, "y_scale='ln'", "'linear', 'log'"),
    (Lines(y="loss", y_range=(1, 0)), RING, "y_range=(1, 0)", "ascending"),
    (Lines(y="loss", format=".3x"), RING, "format='.3x'", '".3f"'),
    (Lines(y="loss", thresholds=[3]), RING, "thresholds=[3]", "Threshold("),
    (Lines(y="loss", thresholds=[Threshold(at=float("inf"), word="x")]), RING, "at=inf", "finite"),
    (Bars(value="loss", thresholds=[Threshold(at=1, word="x", level="bad")]), KEYED, "level='bad'", "'warn', 'alert'"),
    (Bars(value="by_name", label="run"), ONE, "label='run'", "keys of the map"),
    (Bars(value=3), ONE, "value=3", "run, step"),
    (Heatmap(row="run", value="loss", cells=1), RING, "cells=1", "from 2 to 1000"),
    (Heatmap(row="run", value="loss"), ONE, "policy latest", "ring, course"),
    (Matrix(row="run", column="is_late", value="loss"), KEYED, "column='is_late'", "text or a whole number"),
    (
        Matrix(row="run", column="step", value="loss"),
        EventType("loss", Everything, last_value("run")),
        "step",
        "one event per run",
    ),
    (Scatter(x="loss"), RING, "Scatter", "points"),
    (Share(value="loss"), ONE, "Share", "label"),
    (Number(value="loss", target="goal"), RING, "target='goal'", "no field 'goal'"),
    (Number(value="loss", target="run"), RING, "target='run'", "expected a number"),
    (Number(value="loss", unit=3), RING, "unit=3", "expected text"),
    (Number(value="loss", sparkline="yes"), RING, "sparkline='yes'", "True or False"),
    (Progress(value="loss", max="texts"), KEYED, "max='texts'", "expected a number"),
    (Table(columns=["run", "none"]), KEYED, "Column(field='none'", "no field 'none'"),
    (Table(columns=[Column(field="loss", best="most")]), KEYED, "best='most'", "'min', 'max'"),
    (Table(columns="run"), KEYED, "columns='run'", "a list such as"),
    (Table(sort="-none"), KEYED, "sort='-none'", "no field 'none'"),
    (Feed(text="{none}"), RING, "text='{none}'", "no field 'none'"),
    (Feed(text="{run}", title="run"), RING, "title='run'", "title_field='run'"),
    (Image(source="run", strip=0), RING, "strip=0", "from 1 to 50"),
    (Custom(module="../x.js"), ONE, "module='../x.js'", "shop/map.js"),
    (Custom(module="x.js", settings={"a": {1}.__iter__()}), ONE, "Custom", "JSON"),
]


@pytest.mark.parametrize(("widget", "event_type", "where", "valid"), INVALID)
def test_says_which_option_is_wrong_and_what_is_valid(widget, event_type, where, valid):
    problems = list(widget.problems(event_type))
    assert problems, "nothing was found"
    text = "\n".join(problems)
    assert text.startswith("loss: ")
    for expected in (type(widget).__name__ if not isinstance(widget, Table) else "", where, valid):
        assert expected in text


FIELD_OPTIONS = [
    (widget, event_type, option)
    for widget, event_type in VALID
    for option in dataclasses.fields(widget)
    if any("no field" in problem for problem in check_of(option.type)("no such field", event_type))
]


@given(case=st.sampled_from(FIELD_OPTIONS), path=st.text().filter(lambda path: path not in ("@time", "@step")))
def test_finds_any_name_that_is_no_field(case, path):
    widget, event_type, option = case
    known = {"run", "step", "loss", "is_late", "values", "by_name", "numbers", "texts", "pair", "points", "rows"}
    if path in known or path == "values.loss" or path.startswith("by_name."):
        return
    changed = dataclasses.replace(widget, **{option.name: path})
    assert any(
        f"({option.name}={path!r})" in problem and "no field" in problem for problem in changed.problems(event_type)
    )


@given(case=st.sampled_from(VALID), data=st.data())
def test_never_raises_for_options_of_any_type(case, data):
    widget, event_type = case
    option = data.draw(st.sampled_from(dataclasses.fields(widget)))
    if option.name in ("text", "module"):  # required texts of Feed and Custom
        return
    value = data.draw(st.none() | st.integers() | st.text() | st.lists(st.integers()) | st.floats() | st.booleans())
    list(dataclasses.replace(widget, **{option.name: value}).problems(event_type))


def test_an_annotation_that_checks_nothing_is_ignored():
    check = check_of(Annotated[str, "of a unit"])
    assert [*check("bar", ONE)] == []
    assert [*check(3, ONE)]
