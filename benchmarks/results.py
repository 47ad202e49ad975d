"""What was measured, and what follows from it: medians, spreads, ratios."""

import statistics
from dataclasses import dataclass, field
from typing import Any

from benchmarks.rows.base import Figure


@dataclass
class Cell:
    """One row on one peer: each run's numbers, or why there are none."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""

    def values(self, name: str) -> list[float]:
        """Return a figure of all runs."""
        return [run[name] for run in self.runs if name in run]

    def median(self, name: str) -> float | None:
        """Return the median of a figure, None where nothing was measured."""
        values = self.values(name)
        return statistics.median(values) if values else None


Results = dict[tuple[str, str], Cell]  # (row, peer)


def best(results: Results, row: str, figure: Figure, peers: tuple[str, ...]) -> float | None:
    """Return the best median of some peers."""
    medians = [results[row, peer].median(figure.name) for peer in peers if (row, peer) in results]
    found = [median for median in medians if median is not None]
    if not found:
        return None
    return max(found) if figure.is_higher_better else min(found)


def ratio(results: Results, row: str, figure: Figure, ours: str) -> float | None:
    """Return our median divided by the best of those it is compared with."""
    other = best(results, row, figure, figure.ratio_to)
    cell = results.get((row, ours))
    mine = cell.median(figure.name) if cell else None
    return mine / other if mine is not None and other else None


def number(value: float | None, digits: int) -> str:
    """Return a number as people read it."""
    return "-" if value is None else f"{value:,.{digits}f}"


def spread(values: list[float], digits: int) -> str:
    """Return the least and the greatest of several runs."""
    if len(values) < 2:
        return ""
    return f"{number(min(values), digits)} to {number(max(values), digits)}"


def share(value: float | None) -> str:
    """Return a share of a core as percent."""
    return "" if value is None else f"{100 * value:.0f} %"
