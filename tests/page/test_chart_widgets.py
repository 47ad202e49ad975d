"""The options of lines and histograms."""

import pytest
from msgspec import Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import ring
from broadcast.page.widgets import Histogram, Lines


class Point(Struct):
    run: str
    loss: float
    low: float
    high: float
    values: list[float]
    edges: list[float]


def problems_of(widget) -> list[str]:
    return list(widget.problems(EventType("point", Point, ring(9))))


@pytest.mark.parametrize(
    "widget",
    [
        Lines(series="run", y="loss", band=("low", "high"), y_scale="log", y_range=(0.01, 1)),
        Lines(x="@step", y=["loss", "low"], smooth=0.9, split="run"),
        Histogram(counts="values", bins="edges", series="run", over="loss"),
        Histogram(values="values"),
    ],
    ids=repr,
)
def test_valid_options_have_no_problem(widget):
    assert problems_of(widget) == []


@pytest.mark.parametrize(
    ("widget", "word"),
    [
        (Lines(y="loss", y_scale="log", y_range=(0, 1)), "positive"),
        (Lines(y="loss", band=("low",)), "two fields"),
        (Lines(y="loss", band="low"), "two fields"),
        (Lines(y="loss", smooth=1), "smooth"),
        (Lines(y="run"), "wrong type"),
        (Histogram(), "either"),
        (Histogram(counts="values", values="values"), "either"),
        (Histogram(values="loss"), "wrong type"),
    ],
    ids=repr,
)
def test_a_wrong_option_is_reported(widget, word):
    (problem,) = problems_of(widget)
    assert problem.startswith(f"point: {type(widget).__name__}(")
    assert word in problem
