"""Runs of training code: `stickyboard.init()` and `run.log()`."""

from stickyboard.runs.begin import alert, current, init
from stickyboard.runs.media import confusion, histogram, image, table
from stickyboard.runs.problems import RunError, RunWarning
from stickyboard.runs.run import Run

__all__ = ["Run", "RunError", "RunWarning", "alert", "confusion", "current", "histogram", "image", "init", "table"]
