"""The boards of the lab: which scenes they display, in which order, and how large."""

from broadcast.events.board import Board, Scene

BOARDS = [
    Board(
        "main",
        scenes=[
            Scene(
                "total_alerts",
                "total_bytes",
                "total_episodes",
                "host_counts",
                "phase_mix",
                "recent_episodes",
                title="Totals",
                size="strip",
            ),
            Scene("attack_profile", number=7),
            Scene("prediction", number=8, size="wide"),
            Scene("model_metric", number=9),
            Scene("embedding", number=11),
            Scene("model_perf", number=12),
            Scene("live_detection", number=13, size="wide"),
        ],
        # One colour per model in all scenes.
        colours={"gbt": 3, "mlp": 2, "cnn": 6, "knn": 9, "knn_semi": 5, "gru": 8, "lstm": 11, "bert": 12},
    ),
]
