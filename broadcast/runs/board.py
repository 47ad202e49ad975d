"""The board of training runs."""

from broadcast.events.board import Board, Scene
from broadcast.runs.event_types import RunList

EMPTY = """No runs yet. To log one from this machine:

import stickyboard
run = stickyboard.init("run-1")
run.log({"loss": 0.3})
"""

RUNS = Board(
    "runs",
    title="Runs",
    empty=EMPTY,
    scenes=[
        Scene("run_alert", size="banner"),
        Scene("run_metric", number=1, size="full"),
        Scene("run", "run_progress", show=RunList(), title="Runs", number=2, size="wide"),
        Scene("run_log", number=3),
        Scene("run_confusion", number=4),
        Scene("run_histogram", number=5),
        Scene("run_image", number=6),
        Scene("run_table", number=7),
        Scene("run_text", number=8),
        Scene("run_system", number=9, size="wide"),
    ],
)
