"""A board file of ten event types of different kinds: one Python file, no JavaScript and no style sheet."""

from msgspec import Struct

from broadcast.events.board import Board
from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, latest, ring
from broadcast.page.widgets import (
    Bars,
    Feed,
    Heatmap,
    Histogram,
    Lines,
    Matrix,
    Number,
    Progress,
    Share,
    Table,
    Timeline,
)


class Reading(Struct):
    name: str
    value: float | None = None
    limit: float | None = None
    note: str | None = None


class Cell(Struct):
    row: str
    column: str
    value: float


class State(Struct):
    name: str
    state: str


class Parts(Struct):
    parts: dict[str, float]


class Counts(Struct):
    values: list[float]


EVENT_TYPES = [
    EventType("curve", Reading, ring(200, lane="name"), show=Lines(series="name", y="value")),
    EventType("level", Reading, last_value("name", max_keys=20_000), show=Bars(label="name", value="value")),
    EventType("entry", Reading, last_value("name", max_keys=20_000), show=Table()),
    EventType("newest", Reading, ring(200), show=Number(value="value")),
    EventType("task", Reading, last_value("name"), show=Progress(value="value", max="limit", label="name")),
    EventType("heat", Reading, ring(60, lane="name"), show=Heatmap(row="name", value="value")),
    EventType("phase", State, ring(60, lane="name"), show=Timeline(lane="name", state="state")),
    EventType("cell", Cell, last_value("row", "column"), show=Matrix(row="row", column="column", value="value")),
    EventType("share", Parts, latest(), show=Share(value="parts")),
    EventType("spread", Counts, latest(), show=Histogram(values="values")),
    EventType("line", Reading, ring(200), show=Feed(text="{name}: {note}")),
]
BOARDS = [Board("main", scenes=[kind.name for kind in EVENT_TYPES])]
