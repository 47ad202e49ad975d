"""What the producer sends, what is stored of it, and how it is drawn."""

from msgspec import Struct

from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType
from broadcast.events.policies import last_value, latest, ring, snapshot
from broadcast.page.widgets import Bars, Feed, Histogram, Image, Lines, Matrix, Number, Progress, Text, Threshold


class Loss(Struct):
    """The mean loss at one step of a run, on the rows of training and on the others."""

    run: str
    step: int
    training: float
    validation: float


class Rate(Struct):
    """The learning rate at one step of a run."""

    run: str
    step: int
    learning_rate: float


class Accuracy(Struct):
    """The share of digits that are read correctly, among those that the network has not seen."""

    accuracy: float


class Epochs(Struct):
    """How much of a run is done."""

    run: str
    epoch: int
    epochs: int
    remaining_s: float


class Confusion(Struct):
    """How often each digit was read as which."""

    digits: list[str]
    counts: list[list[int]]


class Digit(Struct):
    """A picture of a digit that the network read wrongly."""

    png: str
    caption: str


class Weights(Struct):
    """The weights of one layer after an epoch, counted in bins."""

    layer: str
    epoch: int
    edges: list[float]
    counts: list[int]


class Recall(Struct):
    """The share of each digit that is read correctly."""

    digit: str
    recall: float


class LogLine(Struct):
    """One line of the log."""

    level: str
    run: str
    message: str


class Summary(Struct):
    """What is being trained, as Markdown."""

    body: str


EVENT_TYPES = [
    EventType(
        "loss",
        Loss,
        ring(1000, lane="run", max_lanes=4),
        title="Loss",
        show=Lines(series="run", x="step", y=["training", "validation"], y_scale="log", smooth=0.5),
    ),
    EventType(
        "rate",
        Rate,
        ring(1000, lane="run", max_lanes=4),
        title="Learning rate",
        show=Lines(series="run", x="step", y="learning_rate", format=".1e"),
    ),
    EventType(
        "accuracy",
        Accuracy,
        ring(200),
        title="Accuracy",
        show=Number(
            value="accuracy",
            format=".1%",
            target=0.97,
            thresholds=[Threshold(at=0.8, word="still guessing", side="below", level="warn")],
        ),
    ),
    EventType(
        "epochs",
        Epochs,
        last_value("run", max_keys=4),
        title="Progress",
        show=Progress(value="epoch", max="epochs", label="run", remaining="remaining_s"),
    ),
    EventType(
        "confusion",
        Confusion,
        snapshot(),
        title="Read as",
        show=Matrix(labels="digits", counts="counts", normalize=True, row_title="digit", column_title="read as"),
    ),
    EventType(
        "mistake",
        Digit,
        ring(16),
        title="Mistakes",
        show=Image(source="png", caption="caption", strip=8),
        stale_after_s=None,
    ),
    EventType(
        "weights",
        Weights,
        ring(12, lane="layer"),
        title="Weights",
        show=Histogram(counts="counts", bins="edges", series="layer", over="epoch"),
    ),
    EventType(
        "recall",
        Recall,
        last_value("digit", max_keys=10),
        title="Recall of each digit",
        show=Bars(label="digit", value="recall", range=(0, 1), format=".2f"),
    ),
    EventType(
        "log_line",
        LogLine,
        ring(300),
        title="Log",
        show=Feed(title_field="run", text="{message}", level="level"),
    ),
    EventType("summary", Summary, latest(), title="Run", show=Text(body="body", format="markdown"), stale_after_s=None),
]

BOARDS = [
    Board(
        "main",
        title="Training",
        scenes=[
            Scene("loss", number=1, size="wide"),
            Scene("accuracy", number=2),
            Scene("rate", number=3),
            Scene("confusion", number=4),
            Scene("recall", number=5),
            Scene("weights", number=6),
            Scene("mistake", number=7),
            Scene("epochs", number=8),
            Scene("log_line", number=9, size="wide"),
            Scene("summary"),
        ],
    )
]
