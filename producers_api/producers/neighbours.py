"""The nearest neighbours of each row, their 2-D embedding, and the quality of their majority vote."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from producers_api.producers.demo_events import embed
from producers_api.producers.learning import Row
from producers_api.producers.measures import confusion, macro_f1, macro_f1_interval


def embedding_of(rows: Sequence[Row], k: int) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """Return the fields of an `embedding` with neighbours, and the majority vote of each row's neighbours.

    A row does not vote for itself, so the votes are those of kNN with one row left out at a time.
    More than half of the `k` nearest make a vote for phishing.
    """
    vectors = np.array([row.vector for row in rows])
    truth = np.array([row.is_phishing for row in rows])
    with threadpool_limits(1):
        fields = embed(rows).fields
        nearest = NearestNeighbors(n_neighbors=k).fit(vectors).kneighbors(return_distance=False)
    return {**fields, "neighbours": nearest.tolist()}, truth[nearest].mean(axis=1) > 0.5


def metric_of(rows: Sequence[Row], predicted: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the fields of the `model_metric` of these predictions, to four places."""
    counts = confusion(np.array([row.is_phishing for row in rows]), predicted)
    low, high = macro_f1_interval(counts, seed=len(rows))
    return {
        "model": "knn",
        "macro_f1": round(float(macro_f1(counts)), 4),
        "macro_f1_ci": (round(low, 4), round(high, 4)),
        "rows": len(rows),
    }
