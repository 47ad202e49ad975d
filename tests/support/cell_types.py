"""Event types that are drawn as cells, none of them the lab's."""

from msgspec import Struct

from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, ring, snapshot
from broadcast.page.widgets import Heatmap, Matrix, Timeline


class Load(Struct):
    gpu: str
    heat: float
    is_hot: bool = False


class MachineState(Struct):
    machine: str
    state: str | None
    since: float


class Confusion(Struct):
    classes: list[str]
    counts: list[list[int]]


class DiskUse(Struct):
    host: str
    disk: str
    used: float


EVENT_TYPES = [
    EventType("load", Load, ring(60, lane="gpu"), show=Heatmap(row="gpu", value="heat", flag="is_hot", cells=5)),
    EventType(
        "state",
        MachineState,
        ring(50, lane="machine"),
        stale_after_s=3600,
        show=Timeline(lane="machine", state="state", since="since"),
    ),
    EventType("confusion", Confusion, snapshot(), show=Matrix(labels="classes", counts="counts", normalize=True)),
    EventType("disk", DiskUse, last_value("host", "disk"), show=Matrix(row="host", column="disk", value="used")),
]
BOARDS = [Board("main", scenes=[Scene(each.name) for each in EVENT_TYPES])]
