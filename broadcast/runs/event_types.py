"""What training runs send: metrics, status, pictures, matrices, tables, texts, log lines and alerts; and its widgets.

A `time` is the moment of the measurement, in seconds since 1970; an import has it, a live run does not need it.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import course, last_value, ring
from broadcast.page.widgets import Feed, Histogram, Image, Lines, Matrix, Progress, Table, Widget

Name = Annotated[str, Meta(min_length=1, max_length=160)]


class RunMetric(Struct):
    """Numbers of one step.

    The steps of a run that log the same names are a `lane`, which is thinned as a whole. A number that JSON does not
    have is null in `values`, and named in `odd`.
    """

    run: Name
    lane: Name
    step: float
    values: dict[str, float | None]
    odd: dict[str, str] = {}
    time: float | None = None


class Run(Struct):
    """A run: its state, its configuration and its progress; `odd` is the number of values that were not finite."""

    run: Name
    status: Literal["running", "finished", "failed", "crashed"]
    started: float
    config: dict[str, Any] = {}
    step: float | None = None
    host: str = ""
    problems: int = 0
    odd: int = 0


class RunProgress(Struct):
    """How much of a task is done; `started` in seconds since 1970."""

    run: Name
    label: Name
    done: float
    total: float | None = None
    started: float | None = None


class Named(Struct):
    """What a run logs under a name."""

    run: Name
    name: Name


class Measured(Named, kw_only=True):
    """What a run logs at a step or a time, if it states one."""

    step: float | None = None
    time: float | None = None


class RunConfusion(Measured):
    """A confusion matrix: one row of counts for each true class."""

    labels: list[str]
    counts: list[list[float]]


class RunHistogram(Measured):
    """A distribution at one step."""

    lane: Name
    counts: list[float]
    bins: list[float]


class RunImage(Measured):
    """A picture as base64: PNG, JPEG or WebP."""

    lane: Name
    source: str
    caption: str = ""


class RunTable(Measured):
    """A table."""

    rows: list[dict[str, Any]]


class RunText(Measured):
    """A text."""

    text: str


class RunLog(Struct):
    """A line of the program's log."""

    run: Name
    level: str
    text: str
    time: float


class RunAlert(Struct):
    """A banner, until it is dismissed or `until` has passed, in seconds since 1970."""

    id: Name
    run: Name
    title: Name
    until: float
    text: str = ""
    level: Literal["info", "warn", "alert"] = "alert"


class RunSystem(Struct):
    """Load of the machine that a run is on; `seconds` since the run began."""

    run: Name
    lane: Name
    seconds: float
    values: dict[str, float | None]


@dataclass(frozen=True, kw_only=True)
class AlertBanner(Widget):
    """Alerts of runs, the newest first, until they expire or the user dismisses them in this browser."""


@dataclass(frozen=True, kw_only=True)
class RunList(Widget):
    """Runs with their status, progress, config, and the time since their last message."""


def run_type(*args: Any, **options: Any) -> EventType:
    """Return an event type whose values never become stale, because a finished run is as good as new."""
    return EventType(*args, **{"stale_after_s": None, **options})


RUN_TYPES = [
    run_type(
        "run_metric",
        RunMetric,
        course(250, lane="lane", max_lanes=1000),
        title="Metrics",
        show=Lines(series="run", x="step", y="values", split="values"),
    ),
    run_type("run", Run, last_value("run"), title="Runs", show=RunList()),
    run_type(
        "run_progress",
        RunProgress,
        last_value("label", max_keys=100),
        title="Progress",
        show=Progress(value="done", max="total", label="label", started="started"),
    ),
    run_type(
        "run_confusion",
        RunConfusion,
        last_value("run", "name", max_keys=50),
        title="Confusion",
        show=Matrix(labels="labels", counts="counts", normalize=True, row_title="truth", column_title="predicted"),
    ),
    run_type(
        "run_histogram",
        RunHistogram,
        ring(20, lane="lane"),
        title="Histograms",
        show=Histogram(counts="counts", bins="bins", series="lane", over="step"),
    ),
    run_type(
        "run_image",
        RunImage,
        ring(8, lane="lane", max_lanes=16),
        title="Images",
        max_event_bytes=700_000,
        show=Image(source="source", caption="caption", label="lane", strip=16),
    ),
    run_type(
        "run_table",
        RunTable,
        last_value("run", "name", max_keys=20),
        title="Table",
        max_event_bytes=400_000,
        show=Table(rows="rows"),
    ),
    run_type(
        "run_text",
        RunText,
        last_value("run", "name", max_keys=100),
        title="Texts",
        show=Feed(text="{name}: {text}", title_field="run"),
    ),
    run_type(
        "run_log",
        RunLog,
        ring(500),
        title="Log",
        show=Feed(text="{text}", title_field="run", level="level", time="time"),
    ),
    run_type(
        "run_alert", RunAlert, last_value("id", max_keys=50, ttl_s=7 * 86_400), title="Alerts", show=AlertBanner()
    ),
    run_type(
        "run_system",
        RunSystem,
        course(500, lane="lane"),
        title="System",
        show=Lines(series="run", x="seconds", y="values", split="values", x_title="seconds"),
    ),
]
