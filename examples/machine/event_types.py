"""What the producer sends, what is stored of it, and how it is drawn."""

from msgspec import Struct

from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, latest, ring
from broadcast.page.widgets import Column, Feed, Heatmap, Lines, Number, Progress, Share, Table, Threshold

BUSY = Threshold(at=90, word="busy", level="warn")


class Cpu(Struct):
    """How busy all processors were, in percent, and the number of runnable processes in the last minute."""

    percent: float
    load: float
    processors: int


class Core(Struct):
    """How busy one processor was, in percent."""

    core: str
    percent: float


class CpuTime(Struct):
    """What the processors did, in percent."""

    percent: dict[str, float]


class Memory(Struct):
    """Memory and swap in use."""

    kind: str
    used_bytes: int
    total_bytes: int


class Disk(Struct):
    """Space in use on one file system."""

    mount: str
    used_bytes: int
    total_bytes: int


class Network(Struct):
    """Bytes per second through one network interface."""

    interface: str
    received: float
    sent: float


class Process(Struct):
    """One of the busiest processes."""

    pid: int
    name: str
    user: str
    percent: float
    memory_bytes: int


class ProcessEvent(Struct):
    """A process that started or ended."""

    level: str
    pid: int
    name: str
    what: str


EVENT_TYPES = [
    EventType(
        "cpu",
        Cpu,
        ring(120),
        title="Processors",
        show=[
            Number(value="percent", unit="%", format=".0f", thresholds=[BUSY], title="Processors busy"),
            Number(value="load", target="processors", format=".2f", title="Load"),
        ],
    ),
    EventType(
        "core",
        Core,
        ring(120, lane="core"),
        title="Each processor",
        show=[
            Lines(series="core", y="percent", y_range=(0, 100), y_title="% busy", title="Each processor"),
            Heatmap(row="core", value="percent", range=(0, 100), format=".0f", title="The last two minutes", cells=120),
        ],
    ),
    EventType("cpu_time", CpuTime, latest(), title="Time of the processors", show=Share(value="percent")),
    EventType(
        "memory",
        Memory,
        last_value("kind", max_keys=4),
        title="Memory",
        show=Progress(value="used_bytes", max="total_bytes", label="kind", format="bytes"),
    ),
    EventType(
        "disk",
        Disk,
        last_value("mount", max_keys=32, ttl_s=120),
        title="Disks",
        show=Progress(value="used_bytes", max="total_bytes", label="mount", format="bytes"),
    ),
    EventType(
        "network",
        Network,
        ring(120, lane="interface"),
        title="Network",
        show=Lines(series="interface", y=["received", "sent"], y_title="bytes/s", format="bytes"),
    ),
    EventType(
        "process",
        Process,
        last_value("pid", max_keys=200, ttl_s=15),
        title="Busiest processes",
        show=Table(
            columns=[
                Column(field="pid"),
                Column(field="name"),
                Column(field="user"),
                Column(field="percent", title="processor, %", format=".1f", bar="linear"),
                Column(field="memory_bytes", title="memory", format="bytes", bar="auto"),
            ],
            sort="-percent",
        ),
    ),
    EventType(
        "process_event",
        ProcessEvent,
        ring(200),
        title="Started and ended",
        stale_after_s=None,
        show=Feed(title_field="name", text="{what}, process {pid}", level="level"),
    ),
]

BOARDS = [
    Board(
        "main",
        title="This machine",
        scenes=[
            Scene("cpu", size="strip"),
            Scene("core", number=1, size="wide"),
            Scene("cpu_time", number=2),
            Scene("memory", number=3),
            Scene("disk", number=4),
            Scene("network", number=5, size="wide"),
            Scene("process", number=6, size="wide"),
            Scene("process_event", number=7),
        ],
    )
]
