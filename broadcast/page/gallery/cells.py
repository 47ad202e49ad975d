"""Examples of single numbers and of widgets with cells."""

import math

from msgspec import Struct

from broadcast.events.policies import counter, last_value, latest, ring
from broadcast.page.gallery.example import Example, noise
from broadcast.page.widgets import Heatmap, Matrix, Number, Progress, Threshold, Timeline


class Temperature(Struct):
    """Temperature of a room in °C."""

    celsius: float


class Orders(Struct):
    """Orders since the last message."""

    count: int


class Queue(Struct):
    """Length of one queue."""

    queue: str
    length: int
    goal: int


class Download(Struct):
    """Progress of one download."""

    file: str
    done_bytes: int
    total_bytes: int
    remaining_s: float | None = None


class Reading(Struct):
    """Score of one host, and whether it raises an alert."""

    host: str
    score: float
    alert: bool
    reason: str | None = None


class Phase(Struct):
    """What a worker does."""

    worker: str
    state: str


class Guess(Struct):
    """A predicted class of one window of one recording."""

    recording: str
    window: int
    label: str
    truth: str
    shares: dict[str, float]


class Correlation(Struct):
    """Correlation of two features."""

    first: str
    second: str
    value: float


class Confusion(Struct):
    """How often each class was taken for which."""

    classes: list[str]
    counts: list[list[int]]


FEATURES = ("age", "height", "income", "weight")
LABELS = ("rest", "walk", "run")
READINGS = [
    Reading(
        host,
        score=round(min(1.0, max(0.0, 0.35 + 0.3 * math.sin(step / 6 + place) + 0.3 * noise(step + 80 * place))), 3),
        alert=math.sin(step / 6 + place) > 0.93,
        reason="new process",
    )
    for step in range(60)
    for place, host in enumerate(("alpha", "beta", "gamma", "delta"))
]
PHASES = [
    Phase(worker, ("load", "train", "train", "evaluate", "idle")[(step + place) % 5])
    for step in range(24)
    for place, worker in enumerate(("gpu-0", "gpu-1", "cpu"))
]
PREDICTED = [
    Guess(f"rec-{recording}", window, label, truth, {each: 0.8 if each == label else 0.1 for each in LABELS})
    for recording in range(6)
    for window in range(12)
    for truth in [LABELS[(window // 4 + recording) % 3]]
    for label in [truth if noise(recording * 12 + window) < 0.6 else LABELS[(window + 1) % 3]]
]
CORRELATIONS = [
    Correlation(one, other, 1.0 if one == other else round(noise(3 * min(i, j) + 7 * max(i, j)), 2))
    for i, one in enumerate(FEATURES)
    for j, other in enumerate(FEATURES)
]

CELLS = (
    Example(
        "temperature",
        ring(100),
        "The newest value, its curve and its change",
        Number(value="celsius", unit="°C", format=".1f", thresholds=[Threshold(at=24, word="warm", level="warn")]),
        [Temperature(round(20 + 3 * math.sin(step / 9) + 0.3 * noise(step), 2)) for step in range(60)],
    ),
    Example(
        "orders",
        counter("count"),
        "A sum",
        Number(value="count", format=",d"),
        [Orders(1200 + step) for step in range(10)],
    ),
    Example(
        "queue",
        last_value("queue"),
        "A number per key, with targets",
        Number(value="length", label="queue", target="goal"),
        [Queue("orders", 18, goal=40), Queue("mail", 220, goal=250), Queue("invoices", 3, goal=20)],
    ),
    Example(
        "download",
        last_value("file"),
        "Several tasks",
        Progress(value="done_bytes", max="total_bytes", label="file", remaining="remaining_s", format="bytes"),
        [
            Download("images.tar", 640_000_000, 900_000_000, remaining_s=95),
            Download("labels.csv", 12_000_000, 12_000_000, remaining_s=0),
            Download("audio.tar", 70_000_000, 2_100_000_000, remaining_s=4100),
        ],
    ),
    Example(
        "reading",
        ring(60, lane="host"),
        "A row per host, with marked cells",
        Heatmap(row="host", value="score", flag="alert", range=(0, 1), detail="reason"),
        READINGS,
    ),
    Example(
        "phase", ring(60, lane="worker"), "States over time", Timeline(lane="worker", state="state"), PHASES, step_s=20
    ),
    Example(
        "guess",
        last_value("recording", "window"),
        "Categories compared with the truth",
        Matrix(row="recording", column="window", category="label", compare_to="truth", shares="shares"),
        PREDICTED,
    ),
    Example(
        "correlation",
        last_value("first", "second"),
        "Numbers by row and column",
        Matrix(row="first", column="second", value="value", format=".2f"),
        CORRELATIONS,
    ),
    Example(
        "confusion",
        latest(),
        "A confusion matrix, coloured by the shares of each row",
        Matrix(labels="classes", counts="counts", normalize=True, row_title="truth", column_title="prediction"),
        [Confusion(list(LABELS), [[62, 5, 1], [4, 48, 9], [0, 7, 31]])],
    ),
)
