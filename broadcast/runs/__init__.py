"""The built-in event types and the board of training runs, which `stickyboard.init()` sends to."""

from broadcast.runs.board import RUNS
from broadcast.runs.event_types import RUN_TYPES

__all__ = ["RUNS", "RUN_TYPES"]
