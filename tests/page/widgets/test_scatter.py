from msgspec import Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import ring
from broadcast.page.widgets import Scatter


class Cloud(Struct):
    points: list[tuple[float, float]]
    xs: list[float]
    y: float


def problems_of(**options: str) -> list[str]:
    return list(Scatter(**options).problems(EventType("cloud", Cloud, ring(5))))


def test_accepts_points_or_both_coordinates():
    assert problems_of(points="points") == []
    assert problems_of(x="xs", y="y") == []


def test_needs_exactly_one_way_to_name_points():
    for options in ({}, {"x": "xs"}, {"y": "y"}, {"points": "points", "x": "xs"}):
        (problem,) = problems_of(**options)
        assert "either points=" in problem
