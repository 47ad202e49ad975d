"""CPU time of Chromium's threads."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from benchmarks.processes import family

# What draws a page: its main thread, its compositor, the threads that rasterise, and the process that presents.
GROUPS = ("main", "compositor", "raster", "display")


def chromium_ms(pid: int) -> dict[str, float]:
    """Return the CPU time of the browsers that a process started, by group of threads."""
    found = dict.fromkeys(GROUPS, 0.0)
    for member in family(pid):
        with contextlib.suppress(OSError):
            kind = _kind(member)
            for group, ran_ms in _threads(member, kind):
                found[group] += ran_ms
    return found


def _kind(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").split()
    return next((word.removeprefix("--type=") for word in words if word.startswith("--type=")), "")


def _threads(pid: int, kind: str) -> Iterator[tuple[str, float]]:
    if kind not in ("renderer", "gpu-process"):
        return
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            name, ran_ns = (task / "comm").read_text().strip(), int((task / "schedstat").read_text().split()[0])
            yield _group(kind, name, int(task.name) == pid), ran_ns / 1e6


def _group(kind: str, name: str, is_first: bool) -> str:
    if kind == "gpu-process":
        return "display"
    if is_first:
        return "main"
    return "compositor" if name == "Compositor" else "raster"
