import pytest
from msgspec import Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, ring, snapshot
from broadcast.page.widgets import Heatmap, Matrix, Timeline


class Cell(Struct):
    host: str
    disk: str
    used: float
    state: str
    is_on: bool
    truth: str | None = None
    shares: dict[str, float] | None = None


class Confusion(Struct):
    names: list[str]
    counts: list[list[int]]


CELL = EventType("cell", Cell, last_value("host", "disk"))
LANES = EventType("lanes", Cell, ring(5, lane="host"))
CONFUSION = EventType("confusion", Confusion, snapshot())
AT = {"row": "host", "column": "disk"}


@pytest.mark.parametrize(
    ("widget", "event_type"),
    [
        (Heatmap(row="host", value="used", flag="is_on", detail=["state", "shares"]), LANES),
        (Timeline(lane="host", state="is_on", since="used"), LANES),
        (Matrix(**AT, category="state", compare_to="truth", shares="shares"), CELL),
        (Matrix(**AT, value="used", range=(0, 1), format=".0%"), CELL),
        (Matrix(labels="names", counts="counts", normalize=True), CONFUSION),
    ],
)
def test_accepts_what_it_can_draw(widget, event_type):
    assert list(widget.problems(event_type)) == []


@pytest.mark.parametrize(
    ("widget", "event_type", "word"),
    [
        (Heatmap(row="host", value="state"), LANES, "a number"),
        (Heatmap(row="host", value="used", cells=1), LANES, "from 2"),
        (Heatmap(row="host", value="used"), CELL, "last_value"),
        (Timeline(lane="host", state="shares"), LANES, "true or false"),
        (Matrix(**AT), CELL, "either category or value"),
        (Matrix(**AT, category="state", value="used"), CELL, "either category or value"),
        (Matrix(row="host", category="state"), CELL, "either category or value"),
        (Matrix(labels="names"), CONFUSION, "labels and counts"),
        (Matrix(labels="names", counts="counts", row="names"), CONFUSION, "labels and counts"),
        (Matrix(**AT, value="used", compare_to="truth"), CELL, "need a category"),
        (Matrix(**AT, value="used", range=(1, 0)), CELL, "ascending"),
    ],
)
def test_reports_what_it_cannot_draw(widget, event_type, word):
    assert any(word in problem for problem in widget.problems(event_type))
