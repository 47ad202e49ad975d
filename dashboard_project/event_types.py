"""The table of event types: their fields, policies and scenes.

A new event type is one Struct (its required fields) and one line in `EVENT_TYPES`.
Fields that a Struct does not name are stored and sent unchanged.
A field without a default is required. Types are strict: `"3"` is not an `int`.
"""

from typing import Annotated

from msgspec import Meta, Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import counter, last_value, latest, ring, snapshot
from broadcast.page.widgets import Bars, Column, Feed, Heatmap, Lines, Matrix, Number, Scatter, Share, Table

Name = Annotated[str, Meta(min_length=1, max_length=120)]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=2**53 - 1)]
NotNegative = Annotated[float, Meta(ge=0)]


class ModelMetric(Struct):
    """How good a model is: `macro_f1` (0 to 1), its 95 % interval, and the rows it was scored on."""

    model: Name
    macro_f1: Fraction
    macro_f1_ci: tuple[Fraction, Fraction] | None = None
    rows: Count | None = None


class ModelPerf(Struct):
    """What a model costs: median latency in ms per row, rows per second, size in bytes."""

    model: Name
    latency_ms: NotNegative
    throughput_per_s: NotNegative
    size_bytes: Count


class LiveDetection(Struct):
    """One scored window of one host: `score` (0 to 1, higher is worse) and whether it alerts."""

    host_id: Name
    score: Fraction
    alert: bool
    label: str | None = None
    model: str | None = None


class Embedding(Struct):
    """A 2-D picture of a data set: `points` as [x, y], the class of each, and which points are nearest to it."""

    points: list[tuple[float, float]]
    labels: list[str]
    method: str | None = None
    neighbours: list[list[Count]] | None = None

    def __post_init__(self) -> None:
        if self.neighbours is not None and len(self.neighbours) != len(self.points):
            raise ValueError(f"expected neighbours of each of {len(self.points)} points, got {len(self.neighbours)}")
        if len(self.points) != len(self.labels):
            msg = f"expected one label per point, got {len(self.points)} points and {len(self.labels)} labels"
            raise ValueError(msg)


class AttackProfile(Struct):
    """One named curve: `x` in the unit of `x_label`, `y` as a share (0 to 1)."""

    name: Name
    x: list[float]
    y: list[Fraction]
    x_label: str | None = None
    y_label: str | None = None

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"expected as many y as x, got {len(self.x)} x and {len(self.y)} y")


class Prediction(Struct):
    """What was predicted for one window of one episode: the class, and each class's probability."""

    episode_id: Name
    window_idx: Count
    label: Name
    probabilities: dict[str, Fraction] | None = None
    truth: str | None = None


class HostCounts(Struct):
    """Windows seen so far per host."""

    counts: dict[str, Count]


class PhaseMix(Struct):
    """Fraction (0 to 1) of recent windows in each phase."""

    shares: dict[str, Fraction]


class RecentEpisode(Struct):
    """One finished episode: where, the class it was given, how many windows, how many alerts."""

    episode_id: Name
    host_id: Name
    label: Name
    windows: Count
    alerts: Count


class TotalAlerts(Struct):
    """Alerts raised since the producer's last message: an increment, summed here."""

    alerts: Count


class TotalBytes(Struct):
    """Bytes scored since the producer's last message: an increment, summed here."""

    bytes: Count


class TotalEpisodes(Struct):
    """Episodes finished so far: the whole total, which replaces the one before."""

    episodes: Count


EVENT_TYPES = [
    EventType(
        "attack_profile",
        AttackProfile,
        last_value("name", max_keys=64),
        title="Attack profiles",
        show=Lines(
            series="name", x="x", y="y", y_range=(0, 1), x_title_field="x_label", y_title_field="y_label", format=".3f"
        ),
        example={"name": "gbt", "x": [0, 0.01, 0.1, 1], "y": [0.2, 0.6, 0.9, 1], "x_label": "false-positive rate"},
    ),
    EventType(
        "prediction",
        Prediction,
        last_value("episode_id", "window_idx", max_keys=4096),
        title="Predictions",
        show=Matrix(
            row="episode_id",
            column="window_idx",
            category="label",
            compare_to="truth",
            shares="probabilities",
            column_title="window",
        ),
        example={"episode_id": "lab-1-007", "window_idx": 0, "label": "benign", "probabilities": {"benign": 0.9}},
    ),
    EventType(
        "model_metric",
        ModelMetric,
        last_value("model", max_keys=64),
        show=Bars(label="model", value="macro_f1", interval="macro_f1_ci", detail="rows", range=(0, 1), format=".3f"),
        title="Macro-F1 by model",
        example={"model": "gbt", "macro_f1": 0.91, "macro_f1_ci": [0.88, 0.93], "rows": 400},
    ),
    EventType(
        "embedding",
        Embedding,
        snapshot(),
        title="Embedding",
        show=Scatter(points="points", category="labels", links="neighbours", caption="method"),
        max_event_bytes=900_000,
        example={"points": [[0, 0], [1, 2], [1.5, 2]], "labels": ["benign", "phishing", "phishing"]},
    ),
    EventType(
        "model_perf",
        ModelPerf,
        last_value("model", max_keys=64),
        show=Table(
            sort="model",
            columns=[
                Column(field="model", title="Model"),
                Column(field="latency_ms", title="Latency, ms", best="min", bar="auto"),
                Column(field="throughput_per_s", title="Rows per s", best="max", bar="auto"),
                Column(field="size_bytes", title="Size", format="bytes", best="min", bar="auto"),
            ],
        ),
        title="Model performance",
        example={"model": "gbt", "latency_ms": 0.4, "throughput_per_s": 2400, "size_bytes": 182_000},
    ),
    EventType(
        "live_detection",
        LiveDetection,
        ring(60, lane="host_id", max_lanes=64),
        title="Live detection",
        show=Heatmap(row="host_id", value="score", flag="alert", range=(0, 1), detail=["label", "model"], format=".3f"),
        example={"host_id": "lab-1", "score": 0.82, "alert": True, "label": "phishing", "model": "gbt"},
    ),
    EventType(
        "host_counts",
        HostCounts,
        latest(),
        show=Bars(value="counts", sort="-value", format=",d"),
        title="Windows per host",
        example={"counts": {"lab-1": 41, "office-1": 12}},
    ),
    EventType(
        "phase_mix",
        PhaseMix,
        latest(),
        show=Share(value="shares", top=6, format=".0%"),
        title="Phase mix",
        example={"shares": {"benign": 0.7, "suspicious": 0.2, "phishing": 0.1}},
    ),
    EventType(
        "recent_episodes",
        RecentEpisode,
        ring(20),
        show=Feed(title_field="episode_id", text="{label} · alerts {alerts} of {windows}", lines=20),
        title="Recent episodes",
        example={"episode_id": "lab-1-007", "host_id": "lab-1", "label": "benign", "windows": 12, "alerts": 1},
    ),
    EventType(
        "total_alerts",
        TotalAlerts,
        counter("alerts"),
        title="Alerts",
        show=Number(value="alerts", format=",d"),
        example={"alerts": 1},
    ),
    EventType(
        "total_bytes",
        TotalBytes,
        counter("bytes"),
        title="Bytes",
        show=Number(value="bytes", format="bytes"),
        example={"bytes": 5120},
    ),
    EventType(
        "total_episodes",
        TotalEpisodes,
        latest(),
        title="Episodes",
        show=Number(value="episodes", format=",d"),
        example={"episodes": 40},
    ),
]
