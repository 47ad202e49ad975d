"""Runs of training code: `stickyboard.init()` and `run.log()`."""

import sys
from pathlib import Path
from typing import Any

from stickyboard.runs import open_runs
from stickyboard.runs.events import Level
from stickyboard.runs.media import confusion, histogram, image, table
from stickyboard.runs.problems import RunError, RunWarning
from stickyboard.runs.run import Run

__all__ = ["Run", "RunError", "RunWarning", "alert", "confusion", "current", "histogram", "image", "init", "table"]


def current() -> Run:
    """Return the run that was begun last in this process.

    Raises:
        LookupError: there is none.
    """
    if (run := open_runs.newest()) is None:
        raise LookupError("there is no run; call stickyboard.init() first")
    found: Run = run
    return found


def alert(title: str, text: str = "", level: Level = "alert", ttl_s: float = 86_400) -> None:
    """Show a banner on the board, for the run that was begun last; begin one if there is none."""
    run: Run = open_runs.newest() or init()
    run.alert(title, text, level, ttl_s)


def init(name: str | None = None, config: Any = None, **options: Any) -> Run:
    """Begin a run.

    Args:
        name: what the board calls it; None for the program's name.
        config: the run's settings, for the board's table of runs: a dict, a dataclass or argparse's namespace.
        options: of `Run`: `url` and `token` of the server, `rank`, `system`, `strict`, `folder`.
    """
    default = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] not in ("", "-c") else "run"
    return Run(name or default, config, **options)
