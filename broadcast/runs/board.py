"""The board of training runs."""

from broadcast.events.board import Board, Scene

RUNS = Board(
    "runs",
    title="Runs",
    scenes=[
        Scene("run_alert", size="strip"),
        Scene("run_metric", number=1, size="full"),
        Scene("run", number=2, size="wide"),
        Scene("run_progress"),
        Scene("run_log", number=3),
        Scene("run_confusion", number=4),
        Scene("run_histogram", number=5),
        Scene("run_image", number=6),
        Scene("run_table", number=7),
        Scene("run_text", number=8),
        Scene("run_system", number=9, size="wide"),
    ],
)
