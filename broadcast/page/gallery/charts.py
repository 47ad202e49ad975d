"""Examples of widgets with a scale."""

import math

from msgspec import Struct

from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, latest, ring, snapshot
from broadcast.page.gallery.example import Example
from broadcast.page.widgets import Bars, Histogram, Lines, Scatter, Share, Threshold
from broadcast.page.widgets.base import STEP


class Loss(Struct):
    """Losses at one step of a run."""

    run: str
    step: int
    loss: float
    val_loss: float


class Load(Struct):
    """Load of one machine."""

    host: str
    percent: float


class Forecast(Struct):
    """A value and the band that it is expected in."""

    value: float
    low: float
    high: float


class Gradients(Struct):
    """Gradient norms by layer."""

    norms: dict[str, float]


class Curve(Struct):
    """One whole curve."""

    name: str
    x: list[float]
    y: list[float]
    x_label: str | None = None


class Score(Struct):
    """Score of one model, its interval, and the rows it was measured on."""

    model: str
    score: float
    interval: tuple[float, float]
    rows: int


class Sales(Struct):
    """Items sold by kind."""

    counts: dict[str, int]


class Map2D(Struct):
    """Points in two dimensions, their classes and the nearest points of each."""

    points: list[tuple[float, float]]
    labels: list[str]
    nearest: list[list[int]]
    method: str


class Trial(Struct):
    """One trial of a search."""

    learning_rate: float
    score: float
    optimizer: str
    seconds: float


class Weights(Struct):
    """Weights of one layer, counted in bins."""

    layer: str
    step: int
    edges: list[float]
    counts: list[int]


class Waits(Struct):
    """Waiting times in seconds."""

    seconds: list[float]


class Visits(Struct):
    """Visits from one country."""

    country: str
    visits: int


def noise(number: int) -> float:
    """Return a number from -1 to 1 that looks random and is always the same."""
    return math.modf(math.sin(number * 12.9898) * 43758.5453)[0]


def bell(count: int, centre: float, width: float, total: int) -> list[int]:
    """Return the counts of a normal distribution in bins from -1 to 1."""
    middles = [(2 * index + 1) / count - 1 for index in range(count)]
    return [round(total * math.exp(-(((middle - centre) / width) ** 2) / 2)) for middle in middles]


LOSSES = [
    {
        "run": run,
        "step": 10 * step,
        "loss": round(scale * math.exp(-step / 18) + 0.05 + 0.04 * noise(step + seed) * scale, 4),
        "val_loss": round(scale * math.exp(-step / 22) + 0.09, 4),
    }
    for step in range(60)
    for seed, (run, scale) in enumerate((("adam", 1.0), ("sgd", 1.6), ("rmsprop", 1.2)))
]
LOADS = [
    {"host": host, "percent": round(50 + 35 * math.sin(step / 7 + place) + 8 * noise(step * 3 + place), 1)}
    for step in range(50)
    for place, host in enumerate(("db", "web-1", "web-2"))
]
FORECASTS = [
    {"value": round(v, 2), "low": round(v - 1 - step / 40, 2), "high": round(v + 1 + step / 40, 2)}
    for step in range(60)
    for v in [5 + 3 * math.sin(step / 9)]
]
GRADIENTS = [
    {"norms": {layer: round(math.exp(-step / 25) * size + 0.02 * abs(noise(step)), 4) for layer, size in sizes}}
    for step in range(40)
    for sizes in [(("conv1", 2.0), ("conv2", 1.2), ("dense", 0.6), ("output", 0.3))]
]
CURVES = [
    {
        "name": name,
        "x": [step / 40 for step in range(41)],
        "y": [round((step / 40) ** power, 4) for step in range(41)],
        "x_label": "false-positive rate",
    }
    for name, power in (("forest", 0.15), ("logistic", 0.3), ("bayes", 0.55), ("chance", 1.0))
]
SCORES = [
    {"model": model, "score": score, "interval": [score - width, score + width], "rows": rows}
    for model, score, width, rows in (
        ("forest", 0.93, 0.02, 1200),
        ("boosting", 0.95, 0.01, 1200),
        ("network", 0.88, 0.04, 800),
        ("bayes", 0.61, 0.06, 400),
        ("chance", 0.04, 0.02, 400),
    )
]
SPOTS = [
    (round(x + 0.6 * noise(7 * n + place), 3), round(y + 0.6 * noise(5 * n + place + 1), 3), label)
    for place, (x, y, label) in enumerate(((0.0, 0.0, "cat"), (2.0, 0.6, "dog"), (0.9, 1.9, "bird")))
    for n in range(40)
]
TRIALS = [
    {
        "learning_rate": round(10 ** (-4 + 3 * abs(noise(n))), 6),
        "score": round(0.9 - 0.25 * abs(abs(noise(n)) - 0.5) + 0.04 * noise(n + 50), 3),
        "optimizer": ("adam", "sgd")[n % 2],
        "seconds": round(5 + 40 * abs(noise(n + 9)), 1),
    }
    for n in range(60)
]
EDGES = [index / 10 - 1 for index in range(21)]
FINAL_WEIGHTS = [
    {"layer": layer, "step": 100, "edges": EDGES, "counts": bell(20, centre, width, 400)}
    for layer, centre, width in (("dense", -0.2, 0.2), ("output", 0.35, 0.15))
]
WEIGHTS = [
    {"layer": "dense", "step": 10 * step, "edges": EDGES, "counts": bell(20, -0.4 + step / 10, 0.35 - step / 40, 300)}
    for step in range(9)
]
WAITS = [{"seconds": [round(abs(3 * noise(n) + 2 * noise(n + 400)), 2) for n in range(300)]}]
VISITS = [
    {"country": country, "visits": visits}
    for country, visits in (("Brazil", 410), ("India", 380), ("Kenya", 120), ("Norway", 60), ("Peru", 35), ("Fiji", 9))
]

CHARTS = (
    Example(
        EventType(
            "loss",
            Loss,
            ring(500, lane="run"),
            title="A curve per run, smoothed",
            show=Lines(series="run", x="step", y="loss", smooth=0.6),
        ),
        LOSSES,
    ),
    Example(
        EventType(
            "loss_log",
            Loss,
            ring(500, lane="run"),
            title="Two fields per run on a logarithmic scale",
            show=Lines(series="run", x="step", y=["loss", "val_loss"], y_scale="log"),
        ),
        LOSSES[::3],
    ),
    Example(
        EventType(
            "load",
            Load,
            ring(100, lane="host"),
            title="Values over the server's time, with thresholds",
            show=Lines(
                series="host",
                y="percent",
                y_range=(0, 100),
                thresholds=[Threshold(at=85, word="hot"), Threshold(at=70, word="warm", level="warn")],
            ),
        ),
        LOADS,
    ),
    Example(
        EventType(
            "forecast",
            Forecast,
            ring(100),
            title="A band around a curve",
            show=Lines(y="value", x=STEP, band=("low", "high"), y_title="demand in MW"),
        ),
        FORECASTS,
    ),
    Example(
        EventType(
            "gradients",
            Gradients,
            ring(100),
            title="A small chart for each key of a map",
            show=Lines(y="norms", x=STEP, split="norms"),
        ),
        GRADIENTS,
    ),
    Example(
        EventType(
            "roc_curve",
            Curve,
            last_value("name"),
            title="Whole curves",
            show=Lines(
                series="name", x="x", y="y", x_range=(0, 1), y_range=(0, 1), x_title_field="x_label", y_title="recall"
            ),
        ),
        CURVES,
    ),
    Example(
        EventType(
            "score",
            Score,
            last_value("model"),
            title="Bars with intervals on a fixed scale",
            show=Bars(label="model", value="score", interval="interval", range=(0, 1), detail="rows", format=".3f"),
        ),
        SCORES,
    ),
    Example(
        EventType(
            "score_sorted",
            Score,
            last_value("model"),
            title="The best first, and a threshold",
            show=Bars(
                label="model",
                value="score",
                sort="-value",
                thresholds=[Threshold(at=0.7, word="poor", side="below", level="warn")],
            ),
        ),
        SCORES,
    ),
    Example(
        EventType("sales", Sales, latest(), title="A bar for each key of a map", show=Bars(value="counts")),
        [{"counts": {"coffee": 128, "tea": 61, "cocoa": 17, "water": 4}}],
    ),
    Example(
        EventType(
            "map_2d",
            Map2D,
            snapshot(),
            title="All points in one event, with classes and links",
            show=Scatter(points="points", category="labels", links="nearest", caption="method"),
        ),
        [
            {
                "points": [(x, y) for x, y, _ in SPOTS],
                "labels": [label for _, _, label in SPOTS],
                "nearest": [[(n + 1) % len(SPOTS), (n + 2) % len(SPOTS)] for n in range(len(SPOTS))],
                "method": "t-SNE, perplexity 30",
            }
        ],
    ),
    Example(
        EventType(
            "trial",
            Trial,
            ring(200),
            title="A point per event, with sizes",
            show=Scatter(x="learning_rate", y="score", category="optimizer", size="seconds"),
        ),
        TRIALS,
    ),
    Example(
        EventType(
            "weights",
            Weights,
            last_value("layer"),
            title="Counted distributions over one another",
            show=Histogram(counts="counts", bins="edges", series="layer"),
        ),
        FINAL_WEIGHTS,
    ),
    Example(
        EventType(
            "weights_over_steps",
            Weights,
            ring(20, lane="layer"),
            title="Distributions over steps",
            show=Histogram(counts="counts", bins="edges", over="step"),
        ),
        WEIGHTS,
    ),
    Example(
        EventType("waits", Waits, latest(), title="Values that the page counts", show=Histogram(values="seconds")),
        WAITS,
    ),
    Example(
        EventType(
            "visits",
            Visits,
            last_value("country"),
            title="Parts of a whole, the largest four",
            show=Share(label="country", value="visits", top=4),
        ),
        VISITS,
    ),
    Example(
        EventType("drinks", Sales, latest(), title="Parts in a map", show=Share(value="counts", format=",d")),
        [{"counts": {"coffee": 128, "tea": 61, "cocoa": 17}}],
    ),
)
