"""Examples of lines and bars."""

import math

from msgspec import Struct

from broadcast.events.policies import last_value, latest, ring
from broadcast.page.gallery.example import Example, noise
from broadcast.page.widgets import Bars, Lines, Threshold


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


LOSSES = [
    Loss(
        run,
        10 * step,
        loss=round(scale * math.exp(-step / 18) + 0.05 + 0.04 * noise(step + seed) * scale, 4),
        val_loss=round(scale * math.exp(-step / 22) + 0.09, 4),
    )
    for step in range(60)
    for seed, (run, scale) in enumerate((("adam", 1.0), ("sgd", 1.6), ("rmsprop", 1.2)))
]
LOADS = [
    Load(host, round(50 + 35 * math.sin(step / 7 + place) + 8 * noise(step * 3 + place), 1))
    for step in range(50)
    for place, host in enumerate(("db", "web-1", "web-2"))
]
FORECASTS = [
    Forecast(round(v, 2), low=round(v - 1 - step / 40, 2), high=round(v + 1 + step / 40, 2))
    for step in range(60)
    for v in [5 + 3 * math.sin(step / 9)]
]
LAYERS = (("conv1", 2.0), ("conv2", 1.2), ("dense", 0.6), ("output", 0.3))
GRADIENTS = [
    Gradients({layer: round(math.exp(-step / 25) * size + 0.02 * abs(noise(step)), 4) for layer, size in LAYERS})
    for step in range(40)
]
RATES = [step / 40 for step in range(41)]
CURVES = [
    Curve(name, RATES, [round(rate**power, 4) for rate in RATES], x_label="false-positive rate")
    for name, power in (("forest", 0.15), ("logistic", 0.3), ("bayes", 0.55), ("chance", 1.0))
]
SCORES = [
    Score("forest", 0.93, (0.91, 0.95), rows=1200),
    Score("boosting", 0.95, (0.94, 0.96), rows=1200),
    Score("network", 0.88, (0.84, 0.92), rows=800),
    Score("bayes", 0.61, (0.55, 0.67), rows=400),
    Score("chance", 0.04, (0.02, 0.06), rows=400),
]
CHARTS = (
    Example(
        "loss",
        ring(500, lane="run"),
        "A curve per run, smoothed",
        Lines(series="run", x="step", y="loss", smooth=0.6),
        LOSSES,
    ),
    Example(
        "loss_log",
        ring(500, lane="run"),
        "Two fields per run on a logarithmic scale",
        Lines(series="run", x="step", y=["loss", "val_loss"], y_scale="log"),
        LOSSES[::3],
    ),
    Example(
        "load",
        ring(100, lane="host"),
        "Values over the server's time, with thresholds",
        Lines(
            series="host",
            y="percent",
            y_range=(0, 100),
            thresholds=[Threshold(at=85, word="hot"), Threshold(at=70, word="warm", level="warn")],
        ),
        LOADS,
    ),
    Example(
        "forecast",
        ring(100),
        "A band around a curve",
        Lines(y="value", x="@step", band=("low", "high"), y_title="demand in MW"),
        FORECASTS,
    ),
    Example(
        "gradients",
        ring(100),
        "A small chart for each key of a map",
        Lines(y="norms", x="@step", split="norms"),
        GRADIENTS,
    ),
    Example(
        "roc_curve",
        last_value("name"),
        "Whole curves",
        Lines(series="name", x="x", y="y", x_range=(0, 1), y_range=(0, 1), x_title_field="x_label", y_title="recall"),
        CURVES,
    ),
    Example(
        "score",
        last_value("model"),
        "Bars with intervals on a fixed scale",
        Bars(label="model", value="score", interval="interval", range=(0, 1), detail="rows", format=".3f"),
        SCORES,
    ),
    Example(
        "score_sorted",
        last_value("model"),
        "The best first, and a threshold",
        Bars(
            label="model",
            value="score",
            sort="-value",
            thresholds=[Threshold(at=0.7, word="poor", side="below", level="warn")],
        ),
        SCORES,
    ),
    Example(
        "sales",
        latest(),
        "A bar for each key of a map",
        Bars(value="counts"),
        [Sales({"coffee": 128, "tea": 61, "cocoa": 17, "water": 4})],
    ),
)
