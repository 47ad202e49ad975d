"""Without `show`, the widget follows from the Struct and the policy, and can draw the event type."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.events.event_type import EventType
from broadcast.events.policies import counter, last_value, latest, ring, snapshot
from broadcast.page.widgets import Bars, Feed, Histogram, Lines, Matrix, Number, Scatter, Table, Text, Timeline
from broadcast.page.widgets.default import default_of

POINTS = list[tuple[float, float]]
CASES = [
    ({"run": str, "step": int, "loss": float}, ring(60, lane="run"), Lines(y="loss", x="step", series="run")),
    ({"loss": float, "val_loss": float | None}, ring(60), Lines(y=("loss", "val_loss"))),
    ({"host": str, "state": str}, ring(60, lane="host"), Timeline(lane="host", state="state")),
    ({"text": str}, ring(60), Feed(text="{text}")),
    ({"model": str, "f1": float}, last_value("model"), Bars(label="model", value="f1")),
    ({"model": str, "f1": float, "rows": int}, last_value("model"), Table()),
    ({"n": int, "host": str}, counter("n", "host"), Bars(label="host", value="n")),
    ({"a": str, "b": str, "n": int}, last_value("a", "b"), Matrix(row="a", column="b", value="n")),
    ({"a": str, "b": int, "label": str}, last_value("a", "b"), Matrix(row="a", column="b", category="label")),
    ({"n": int}, latest(), Number(value="n")),
    ({"n": int}, counter("n"), Number(value="n")),
    ({"shares": dict[str, float]}, latest(), Bars(value="shares")),
    ({"body": str}, latest(), Text(body="body")),
    ({"points": POINTS, "labels": list[str]}, snapshot(), Scatter(points="points", category="labels")),
    ({"names": list[str], "counts": list[list[int]]}, snapshot(), Matrix(labels="names", counts="counts")),
    ({"weights": list[float]}, snapshot(), Histogram(values="weights")),
    (
        {"layer": str, "bins": list[float], "counts": list[int]},
        last_value("layer"),
        Histogram(bins="bins", counts="counts", series="layer"),
    ),
    ({"name": str, "x": list[float], "y": list[float]}, last_value("name"), Lines(x="x", y="y", series="name")),
    ({"anything": Any}, latest(), Table()),
    ({}, ring(5), Table()),
]


def event_type_of(fields: dict[str, Any], policy: Any) -> EventType:
    return EventType("one", msgspec.defstruct("One", list(fields.items())), policy)


@pytest.mark.parametrize(("fields", "policy", "expected"), CASES)
def test_chooses_by_fields_and_policy(fields, policy, expected):
    assert default_of(event_type_of(fields, policy)).widget == expected


TYPES = [str, int, float, bool, Any, dict[str, float], list[float], list[str], POINTS, list[list[int]], str | None]


@given(st.lists(st.sampled_from(TYPES), max_size=6), st.sampled_from(["ring", "lane", "key", "keys", "latest"]))
def test_chooses_a_widget_without_problems(types, policy):
    fields = {"first": str, "second": int} | {f"field{index}": each for index, each in enumerate(types)}
    policies = {
        "ring": ring(9),
        "lane": ring(9, lane="first"),
        "key": last_value("first"),
        "keys": last_value("first", "second"),
        "latest": latest(),
    }
    event_type = event_type_of(fields, policies[policy])
    assert list(default_of(event_type).widget.problems(event_type)) == []
