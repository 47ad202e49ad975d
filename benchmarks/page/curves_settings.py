"""The benchmark's settings, with a board of 64 curves and a board of 40 metrics of 50 runs."""

from msgspec import Struct

from benchmarks.page.settings import *  # noqa: F403  # this is how Django's settings are derived
from benchmarks.page.settings import BROADCAST
from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType
from broadcast.events.policies import course, ring
from broadcast.page.widgets import Lines


class Loss(Struct):
    run: str
    step: float
    loss: float


class Metrics(Struct):
    run: str
    lane: str
    step: float
    values: dict[str, float | None]


EVENT_TYPES = [
    EventType("lines", Loss, ring(2000, lane="run"), title="Loss", show=Lines(series="run", x="step", y="loss")),
    EventType(
        "runs",
        Metrics,
        course(500, lane="lane"),
        title="Metrics",
        show=Lines(series="run", x="step", y="values", split="values"),
    ),
]
BOARDS = [Board(name, title=name, scenes=[Scene(name, size="full")]) for name in ("lines", "runs")]
BROADCAST = {**BROADCAST, "EVENT_TYPES": f"{__name__}.EVENT_TYPES", "BOARDS": f"{__name__}.BOARDS"}
