"""docs/measurements/page.md: the page's figures, each the median of its runs with minimum and maximum."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.page.loading import Place
from benchmarks.tables import markdown

TEMPLATE = Path(__file__).parent / "page.md"

Runs = Sequence[dict[str, float]]


class Line(NamedTuple):
    """One line of a table: the figure's name in a run, what people read, and its digits."""

    name: str
    title: str
    digits: int


PAINTING = (
    Line("updates_per_s", "updates applied per second", 0),
    Line("frames_per_s", "frames per second", 1),
    Line("late_percent", "frames that came over 25 ms after the one before, %", 1),
    Line("paints_per_s", "paints per second of a scene, median of the scenes", 1),
    Line("work_p50_ms", "main-thread work per frame, p50, ms", 1),
    Line("work_p95_ms", "main-thread work per frame, p95, ms", 1),
    Line("work_p99_ms", "main-thread work per frame, p99, ms", 1),
    Line("messages_p50_ms", "of it reading messages, p50, ms", 1),
    Line("busy_percent", "main thread busy, % of the time", 0),
    Line("mb_per_s", "JSON read, MB/s", 1),
    Line("shift", "layout shift", 3),
)
LOADING = (
    Line("requests", "requests", 0),
    Line("kb", "bytes over the wire, kB", 1),
    Line("page_kb", "of it the page with the whole state, kB", 1),
    Line("first_paint_ms", "first paint, which has the data, ms", 0),
    Line("busy_ms", "processor time of the main thread before it, ms", 0),
    Line("largest_ms", "largest contentful paint, ms", 0),
    Line("live_ms", "live and all of it loaded, ms", 0),
    Line("blocking_ms", "total blocking time, ms", 0),
    Line("shift", "layout shift", 3),
)


Visits = dict[tuple[Place, str], Runs]


def page(painting: dict[int, Runs], alone: Visits, behind_nginx: Visits, entries: int, facts: dict[str, str]) -> str:
    """Return docs/measurements/page.md.

    Args:
        painting: the runs at each rate of updates.
        alone: the runs at each place, for its `first` visit and when it comes `again`, without a proxy.
        behind_nginx: the same behind nginx.
        entries: the number of stored entries.
        facts: what it was measured on.
    """
    places = {place.name: place for place, _ in alone}
    return TEMPLATE.read_text().format(
        rounds=len(next(iter(painting.values()))),
        painting=_table(PAINTING, {f"{rate:,} updates/s": runs for rate, runs in painting.items()}),
        entries=entries,
        places="; ".join(map(_described, places.values())),
        alone=_visits(alone),
        behind_nginx=_visits(behind_nginx) if behind_nginx else "Not measured.",
        machine=markdown(["", ""], [[name, value] for name, value in facts.items()]),
    )


def _visits(visits: Visits) -> str:
    return _table(LOADING, {f"{place.name}, {visit}": runs for (place, visit), runs in visits.items()})


def _described(place: Place) -> str:
    slower = "" if place.slower == 1 else f", a processor {place.slower} times slower"
    size = f"{place.width} by {place.height}"
    return f"{place.name}, {size}, {place.latency_ms:g} ms, {place.kbit_per_s / 1024:.2g} Mbit/s{slower}"


def _table(lines: Sequence[Line], columns: dict[str, Runs]) -> str:
    rows = [[line.title, *(median_of(line, runs) for runs in columns.values())] for line in lines]
    return markdown(["", *columns], rows)


def median_of(line: Line, runs: Runs) -> str:
    """Return the median of a figure, with the least and the greatest where they differ."""
    values = [run[line.name] for run in runs]
    found = (statistics.median(values), min(values), max(values))
    median, least, most = (f"{value:,.{line.digits}f}" for value in found)
    return median if least == most else f"{median} ({least} to {most})"
