"""Examples of points, distributions and shares."""

import math

from msgspec import Struct

from broadcast.events.policies import last_value, latest, ring, snapshot
from broadcast.page.gallery.charts import Sales
from broadcast.page.gallery.example import Example, noise
from broadcast.page.widgets import Histogram, Scatter, Share


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


def bell(centre: float, width: float, total: int) -> list[int]:
    """Return the counts of a normal distribution in twenty bins from -1 to 1."""
    middles = [(2 * index + 1) / 20 - 1 for index in range(20)]
    return [round(total * math.exp(-(((middle - centre) / width) ** 2) / 2)) for middle in middles]


SPOTS = [
    (round(x + 0.6 * noise(7 * n + place), 3), round(y + 0.6 * noise(5 * n + place + 1), 3), label)
    for place, (x, y, label) in enumerate(((0.0, 0.0, "cat"), (2.0, 0.6, "dog"), (0.9, 1.9, "bird")))
    for n in range(40)
]
MAP = Map2D(
    [(x, y) for x, y, _ in SPOTS],
    [label for _, _, label in SPOTS],
    nearest=[[(n + 1) % len(SPOTS), (n + 2) % len(SPOTS)] for n in range(len(SPOTS))],
    method="t-SNE, perplexity 30",
)
TRIALS = [
    Trial(
        learning_rate=round(10 ** (-4 + 3 * abs(noise(n))), 6),
        score=round(0.9 - 0.25 * abs(abs(noise(n)) - 0.5) + 0.04 * noise(n + 50), 3),
        optimizer=("adam", "sgd")[n % 2],
        seconds=round(5 + 40 * abs(noise(n + 9)), 1),
    )
    for n in range(60)
]
EDGES = [index / 10 - 1 for index in range(21)]
FINAL_WEIGHTS = [
    Weights("dense", 100, EDGES, bell(-0.2, 0.2, 400)),
    Weights("output", 100, EDGES, bell(0.35, 0.15, 400)),
]
WEIGHTS = [Weights("dense", 10 * n, EDGES, bell(-0.4 + n / 10, 0.35 - n / 40, 300)) for n in range(9)]
WAITS = [Waits([round(abs(3 * noise(n) + 2 * noise(n + 400)), 2) for n in range(300)])]
COUNTRIES = {"Brazil": 410, "India": 380, "Kenya": 120, "Norway": 60, "Peru": 35, "Fiji": 9}
VISITS = [Visits(country, visits) for country, visits in COUNTRIES.items()]

POINTS = (
    Example(
        "map_2d",
        snapshot(),
        "All points in one event, with classes and links",
        Scatter(points="points", category="labels", links="nearest", caption="method"),
        [MAP],
    ),
    Example(
        "trial",
        ring(200),
        "A point per event, with sizes",
        Scatter(x="learning_rate", y="score", category="optimizer", size="seconds"),
        TRIALS,
    ),
    Example(
        "weights",
        last_value("layer"),
        "Counted distributions over one another",
        Histogram(counts="counts", bins="edges", series="layer"),
        FINAL_WEIGHTS,
    ),
    Example(
        "weights_over_steps",
        ring(20, lane="layer"),
        "Distributions over steps",
        Histogram(counts="counts", bins="edges", over="step"),
        WEIGHTS,
    ),
    Example("waits", latest(), "Values that the page counts", Histogram(values="seconds"), WAITS),
    Example(
        "visits",
        last_value("country"),
        "Parts of a whole, the largest four",
        Share(label="country", value="visits", top=4),
        VISITS,
    ),
    Example(
        "drinks",
        latest(),
        "Parts in a map",
        Share(value="counts", format=",d"),
        [Sales({"coffee": 128, "tea": 61, "cocoa": 17})],
    ),
)
