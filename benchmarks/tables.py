"""Results as text: a table for the terminal, and the page docs/measurements/benchmarks.md."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.results import Results, number, ratio, share, spread
from benchmarks.rows.base import OURS, Row

INTRODUCTION = """# Benchmarks

Written by `make bench`; do not edit.
[benchmarks/README.md](../../benchmarks/README.md) describes what is measured and how.
The server under test has one core; the load generator and the publisher share the other.
A run of Stickyboard in which a recorded connection broke a guarantee would have no figures.
"""


def table(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return aligned columns."""
    rows = [tuple(heads), *map(tuple, lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([drawn[0], "  ".join("─" * width for width in widths), *drawn[1:]])


def markdown(heads: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return the same for a page."""
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def comparison(results: Results, rows: Sequence[Row], peers: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: ours with its spread, the ratio, the target, then each peer."""
    others = [peer for peer in peers if peer != OURS]
    heads = ["", "unit", OURS, "spread", "ratio", "target", *others]
    lines = []
    for row in rows:
        for figure in row.figures:
            ours = results.get((row.name, OURS))
            values = ours.values(figure.name) if ours else []
            times = ratio(results, row.name, figure, OURS)
            found = [_cell(results, row.name, figure.name, peer, figure.digits) for peer in (OURS, *others)]
            spread_text = spread(values, figure.digits)
            ratio_text = "" if times is None else f"{times:.2f} x"
            lines.append([figure.title, figure.unit, found[0], spread_text, ratio_text, figure.target, *found[1:]])
    return heads, lines


def shares(results: Results, rows: Sequence[Row], peers: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Return heads and lines: of each row and peer what server and generator used of their cores."""
    lines = []
    for row in rows:
        for peer in peers:
            cell = results.get((row.name, peer))
            if cell and cell.median("server") is not None:
                used = [share(cell.median(side)) for side in ("server", "generator")]
                lines.append([row.figures[0].title, peer, *used])
    return ["", "peer", "server's core", "generator's core"], lines


def page(
    results: Results, rows: Sequence[Row], peers: Sequence[str], facts: dict[str, str], versions: dict[str, str]
) -> str:
    """Return docs/measurements/benchmarks.md."""
    skipped = [[peer, versions[peer]] for peer in versions if peer not in peers]
    parts = [INTRODUCTION, "## Results\n", markdown(*comparison(results, rows, peers)), ""]
    parts += ["\nEach number is the median of its runs; `spread` is the minimum and maximum of Stickyboard."]
    parts += ["`ratio` is Stickyboard divided by the best peer that the target names.", ""]
    if skipped:
        parts += ["## Not measured\n", markdown(["peer", "why"], skipped), ""]
    parts += ["## Machine\n", markdown(["", ""], [[name, value] for name, value in facts.items()]), ""]
    parts += ["## Versions\n", markdown(["peer", "version"], [[peer, versions[peer]] for peer in peers]), ""]
    parts += ["## Load of each side\n", markdown(*shares(results, rows, peers)), ""]
    parts += charts()
    return "\n".join(parts)


def charts() -> list[str]:
    """Return the section of the charts that `make bench-scaling` drew, where it did."""
    folder = Path(__file__).parent.parent / "docs" / "measurements"
    found = sorted(folder.glob("scaling-*.svg"))
    if not found:
        return []
    lines = [f"![{path.stem.replace('-', ' ')}]({path.name})" for path in found]
    return ["## Scaling\n", "Drawn by `make bench-scaling`.\n", *lines, ""]


def _cell(results: Results, row: str, figure: str, peer: str, digits: int) -> str:
    cell = results.get((row, peer))
    if cell is None:
        return ""
    return number(cell.median(figure), digits) if cell.runs else f"failed: {cell.reason}"[:60]
