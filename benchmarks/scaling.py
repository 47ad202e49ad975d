"""`python -m benchmarks scaling`: what a delivery costs, against everything that can grow.

Each series changes one thing and holds the rest: browsers, events a second, entries in the keyspace,
bytes of an event. Cost is the server's CPU time per delivery; latency is publish to receipt.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.charts import Point, draw
from benchmarks.peers.stickyboard import Stickyboard
from benchmarks.publishers.events import EVENT_BYTES
from benchmarks.run import following
from benchmarks.session import log

BROWSERS = 200
EVENTS_PER_S = 100
WARM_S = 0.3


@dataclass(frozen=True)
class Series:
    """One chart: what is changed, and how."""

    name: str
    axis: str
    held: str
    points: Callable[[str, float], Iterator[Point]]


def measure(
    server: str,
    at: float,
    seconds: float,
    *,
    browsers: int = BROWSERS,
    rate: float = EVENTS_PER_S,
    size: int = EVENT_BYTES,
    entries: int = 0,
) -> Point:
    """Return what one place on the axis costs, on a fresh server."""
    board, event_type = ("entries", "entry") if entries else ("ticks", "tick")
    options = {"folded": 1} if entries else {}
    with Stickyboard(server) as peer:
        if entries:
            peer.fill(entries)
        with following(peer, browsers, peer.follow_board(board), (event_type,), size, entries or 1, **options) as run:
            run.step(rate, WARM_S)
            window, published, held_s = run.step(rate, seconds)
    deliveries = max(1, published * browsers)
    cost_us = run.facts["server"] * held_s * 1e6 / deliveries
    log(f"  {at:>8,.0f}  {cost_us:8.2f} µs per delivery  p99 {window['latency']['p99_us'] / 1000:8.2f} ms")
    return Point(at, cost_us, window["latency"]["p99_us"] / 1000)


def by_browsers(server: str, seconds: float) -> Iterator[Point]:
    for browsers in (10, 50, 200, 500, 1000, 2000):
        yield measure(server, browsers, seconds, browsers=browsers)


def by_rate(server: str, seconds: float) -> Iterator[Point]:
    for rate in (10, 30, 100, 300, 1000):
        yield measure(server, rate, seconds, rate=rate)


def by_entries(server: str, seconds: float) -> Iterator[Point]:
    for entries in (100, 1000, 10_000, 100_000):
        yield measure(server, entries, seconds, browsers=5, entries=entries)


def by_size(server: str, seconds: float) -> Iterator[Point]:
    for size in (200, 1000, 4000, 16_000):
        yield measure(server, size, seconds, rate=20, size=size)


SERIES = (
    Series("browsers", "browsers", f"{EVENTS_PER_S} events/s of {EVENT_BYTES} bytes", by_browsers),
    Series("events", "events per second", f"{BROWSERS} browsers, {EVENT_BYTES} bytes", by_rate),
    Series("entries", "entries in the keyspace", f"5 browsers, {EVENTS_PER_S} events/s", by_entries),
    Series("size", "bytes of an event", f"{BROWSERS} browsers, 20 events/s", by_size),
)


def draw_all(server: str, seconds: float, folder: Path) -> None:
    """Measure each series and draw it into the folder."""
    for series in SERIES:
        log(f"{series.name} ({series.held})")
        points = list(series.points(server, seconds))
        path = folder / f"scaling-{series.name}.svg"
        draw(path, f"Cost against {series.axis}", series.axis, series.held, points)
        log(f"written: {path}")
