"""Examples of tables, texts, pictures and a module of your own."""

import base64
import math
import struct
import zlib

from msgspec import Struct

from broadcast.events.policies import last_value, latest, ring
from broadcast.page.gallery.example import Example
from broadcast.page.widgets import Column, Custom, Feed, Image, Table, Text


class Cost(Struct):
    """What a model costs."""

    model: str
    latency_ms: float
    per_second: float
    size_bytes: int


class Order(Struct):
    """One order of a shop."""

    user: str
    item: str
    euros: float


class LogLine(Struct):
    """One line of a log."""

    level: str
    module: str
    message: str


class Note(Struct):
    """A text for people."""

    body: str


class Wind(Struct):
    """Where the wind comes from, and how fast it is."""

    station: str
    degrees: float
    speed: float


class Sample(Struct):
    """A picture as base64, and what it shows."""

    png: str
    label: str


COSTS = [
    Cost("bayes", latency_ms=0.02, per_second=50_000.0, size_bytes=4_100),
    Cost("forest", latency_ms=1.4, per_second=710.0, size_bytes=2_300_000),
    Cost("network", latency_ms=0.3, per_second=3_300.0, size_bytes=182_000),
]
ORDERS = [
    Order("Ada", "green tea", 4.5),
    Order("Grace", "coffee", 3.2),
    Order("Alan", "an apple", 0.9),
    Order("Katherine", "a map", 12.0),
]
LINES = [
    LogLine("info", "train", "epoch 1 of 20"),
    LogLine("debug", "loader", "4 workers, 256 rows each"),
    LogLine("info", "train", "epoch 2 of 20"),
    LogLine("warning", "train", "the loss increased from 0.42 to 0.57"),
    LogLine("info", "train", "epoch 3 of 20"),
    LogLine("error", "store", "checkpoint not written: no space left on the device"),
]
MARKDOWN = """# Run 7

Started with `--lr 0.01` on **two** workers.

- data: 60,000 rows
- model: [a small network](https://example.org/network)

```
accuracy 0.981
```"""


def picture(phase: float) -> str:
    """Return a square PNG with rings, as base64."""
    side, rows = 64, bytearray()
    for y in range(side):
        rows.append(0)  # no filter
        for x in range(side):
            distance = math.hypot(x - side / 2, y - side / 2)
            shade = round(127 + 120 * math.sin(distance / 4 + phase))
            rows += bytes((shade, round(255 * x / side), 255 - shade))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 9)), (b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)).decode()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


TEXTS = (
    Example("order", ring(100), "Every field of every entry", Table(), ORDERS),
    Example(
        "cost",
        last_value("model"),
        "Columns with bars, and the best values marked",
        Table(
            columns=[
                "model",
                Column(field="latency_ms", title="latency, ms", format=".2f", best="min", bar="auto"),
                Column(field="per_second", title="rows/s", format=",d", best="max"),
                Column(field="size_bytes", title="size", format="bytes", best="min", bar="log"),
            ],
            sort="latency_ms",
            filter=False,
        ),
        COSTS,
    ),
    Example(
        "log_line", ring(500), "Lines with levels", Feed(title_field="module", text="{message}", level="level"), LINES
    ),
    Example("bought", ring(100), "A sentence per event", Feed(text="{user} bought {item}"), ORDERS),
    Example(
        "plain_note",
        latest(),
        "Plain text",
        Text(body="body"),
        [Note("Line 3 is down.\nThe next one leaves at 14:05.")],
    ),
    Example("note", latest(), "Markdown", Text(body="body", format="markdown"), [Note(MARKDOWN)]),
    Example(
        "camera", latest(), "The newest picture", Image(source="png", caption="label"), [Sample(picture(0), "camera 1")]
    ),
    Example(
        "sample",
        ring(20),
        "A strip of the newest pictures",
        Image(source="png", caption="label", strip=6),
        [Sample(picture(phase / 2), f"step {10 * phase}") for phase in range(8)],
    ),
    Example(
        "wind",
        last_value("station"),
        "A module that draws a compass",
        Custom(module="stickyboard/gallery/compass.js", settings={"unit": "knots"}),
        [Wind("Harbour", 212.0, 11.0), Wind("Lighthouse", 198.0, 17.0), Wind("Pier", 341.0, 4.0)],
    ),
)
