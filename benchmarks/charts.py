"""Charts for the docs: two panels, cost and latency, as SVG that is the same for the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

COST, LATENCY, GRID, TEXT = "#0b6bcb", "#c2410c", "#d7dce2", "#1f2933"


@dataclass(frozen=True)
class Point:
    """One point of a chart: server CPU in microseconds per delivery, p99 latency in milliseconds."""

    at: float
    cost_us: float
    p99_ms: float


def draw(path: Path, title: str, axis: str, held: str, points: Sequence[Point]) -> None:
    """Draw one chart into a file."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    # Text stays text, and nothing random or dated goes into the file.
    settings = {"svg.hashsalt": "stickyboard", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}
    with mpl.rc_context(settings):
        figure, panels = pyplot.subplots(1, 2, figsize=(9, 3.4), facecolor="white", layout="constrained")
        figure.suptitle(f"{title} ({held})", color=TEXT, fontsize=11)
        at = [point.at for point in points]
        cost = [point.cost_us for point in points]
        late = [point.p99_ms for point in points]
        _panel(panels[0], at, cost, axis, "server CPU, µs per delivery", COST)
        _panel(panels[1], at, late, axis, "publish to receipt, p99, ms", LATENCY)
        figure.savefig(path, format="svg", metadata={"Date": None, "Title": title})
        pyplot.close(figure)


def _panel(panel, at: Sequence[float], values: Sequence[float], axis: str, what: str, color: str) -> None:
    panel.plot(at, values, color=color, marker="o", linewidth=1.8, markersize=5)
    panel.set_xscale("log")
    panel.set_xticks(at, [f"{place:,.0f}" for place in at])
    panel.minorticks_off()
    panel.set_ylim(bottom=0, top=max([*values, 0]) * 1.2 or 1)
    panel.set_xlabel(axis, color=TEXT)
    panel.set_title(what, color=TEXT, fontsize=10, loc="left")
    panel.grid(color=GRID, linewidth=0.8)
    panel.set_axisbelow(True)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
