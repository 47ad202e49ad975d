"""The 2-D embedding of rows, the nearest neighbours of each, and the majority vote of the neighbours."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from producers_api.producers.learning import Row
from producers_api.producers.thresholds import label_of


def embedding_of(rows: Sequence[Row], k: int) -> tuple[dict[str, Any], NDArray[np.bool_]]:
    """Return the fields of an `embedding`, by t-SNE of the features, and the majority vote of each row's neighbours.

    This takes up to 3 s, and needs at least 10 rows. Half of the rows have the same features as another row, and are
    placed next to it. A row does not vote for itself, so the votes are those of kNN with one row left out at a time.
    More than half of the `k` nearest make a vote for phishing.
    """
    vectors = np.array([row.vector for row in rows])
    truth = np.array([row.is_phishing for row in rows])
    with threadpool_limits(1):
        tsne = TSNE(init="pca", perplexity=min(30.0, (len(rows) - 1) / 3), max_iter=500, random_state=0)
        points = tsne.fit_transform(vectors)
        nearest = NearestNeighbors(n_neighbors=k).fit(vectors).kneighbors(return_distance=False)
    fields = {
        "points": [[round(float(x), 2), round(float(y), 2)] for x, y in points],
        "labels": [label_of(row.is_phishing) for row in rows],
        "method": f"t-SNE of {len(rows[0].features)} features, {len(rows)} rows",
        "neighbours": nearest.tolist(),
    }
    return fields, truth[nearest].mean(axis=1) > 0.5
