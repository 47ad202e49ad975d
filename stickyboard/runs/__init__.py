"""Runs of training code: `stickyboard.init()` and `run.log()`."""

from stickyboard.runs.media import confusion, histogram, image, table
from stickyboard.runs.run import Run, RunError, RunWarning, alert, current, init

__all__ = ["Run", "RunError", "RunWarning", "alert", "confusion", "current", "histogram", "image", "init", "table"]
