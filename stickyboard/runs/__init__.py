"""Runs of training code: `stickyboard.init()` and `run.log()`."""

import sys
from pathlib import Path
from typing import Any, Final

from stickyboard.runs import open_runs
from stickyboard.runs.events import Level
from stickyboard.runs.media import confusion, histogram, image, table
from stickyboard.runs.problems import RunError, RunWarning
from stickyboard.runs.run import Run

__all__ = ["Run", "RunError", "RunWarning", "alert", "confusion", "current", "histogram", "image", "init", "table"]

OPTIONS: Final = ("url", "token", "rank", "system", "strict", "folder", "clock")  # of Run


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

    Raises:
        TypeError: there is no such option.
    """
    for each in options:
        if each not in OPTIONS:
            raise TypeError(_unknown(each))
    default = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] not in ("", "-c") else "run"
    return Run(name or default, config, **options)


def _unknown(option: str) -> str:
    import difflib  # late, because most programs need none

    known = ["name", "config", *OPTIONS]
    near = difflib.get_close_matches(option, known, n=1)
    meant = f'; did you mean "{near[0]}"?' if near else "."
    return f'init() has no option "{option[:80]}"{meant} Its options are {", ".join(known)}.'
