"""The boards of the lab: which scenes they display, in which order, and how large."""

from broadcast.events.board import Board, Scene

# Models and classes that are often seen together differ most.
CLASSES = {"benign": 1, "phishing": 5, "suspicious": 11}
LEARNING = {"gbt": 6, "mlp": 4, "knn": 2, "forest": 3, "hoeffding_tree": 9, "logistic": 8, "naive_bayes": 7}
COLOURS = {**CLASSES, **LEARNING, "cnn": 3, "knn_semi": 9, "gru": 8, "lstm": 7, "bert": 10}

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
        colours=COLOURS,
    )
]
