"""Measures of a model, computed from its scores and the truth. Sans-I/O."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

BOOTSTRAP_RESAMPLES = 1_000
CURVE_POINTS = 41
# Denser at low rates, where a detector is used.
CURVE_X: NDArray[np.float64] = np.linspace(0, 1, CURVE_POINTS) ** 2


def confusion(truth: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many rows are [true positive, false positive, false negative, true negative]."""
    return np.bincount(2 * ~predicted + ~truth, minlength=4)


def macro_f1(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean F1 of both classes, for one confusion (shape 4) or many (shape n, 4).

    A class that is neither in the truth nor in the predictions is left out of the mean.

    Source: scikit-learn's `f1_score(average="macro")`, with the same result.
    """
    tp, fp, fn, tn = np.moveaxis(counts, -1, 0)
    twice_right = np.stack([2 * tp, 2 * tn])
    total = twice_right + fp + fn
    f1 = np.divide(twice_right, total, out=np.zeros(total.shape), where=total > 0)
    mean: NDArray[np.float64] = f1.sum(axis=0) / np.maximum((total > 0).sum(axis=0), 1)
    return mean


def macro_f1_interval(counts: NDArray[np.int64], seed: int) -> tuple[float, float]:
    """Return the 95 % bootstrap interval (percentiles) of macro-F1, widened to contain the point itself.

    Rows that fall into one cell of the confusion are alike to macro-F1, so drawing rows with
    replacement is drawing the four counts from a multinomial distribution.
    """
    rng = np.random.default_rng([seed, *counts.tolist()])
    resamples = rng.multinomial(counts.sum(), counts / counts.sum(), size=BOOTSTRAP_RESAMPLES)
    low, high = np.percentile(macro_f1(resamples), [2.5, 97.5])
    point = float(macro_f1(counts))
    return min(float(low), point), max(float(high), point)


def metric_fields(model: str, counts: NDArray[np.int64], seed: int) -> dict[str, Any]:
    """Return the fields of a `model_metric`, to four places."""
    low, high = macro_f1_interval(counts, seed)
    return {
        "model": model,
        "macro_f1": round(float(macro_f1(counts)), 4),
        "macro_f1_ci": (round(low, 4), round(high, 4)),
        "rows": int(counts.sum()),
    }


def recall_at_false_positive_rate(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> list[float] | None:
    """Return, for each rate in `CURVE_X`, the best recall of any threshold with at most that rate.

    This is the ROC curve as a step function: each value belongs to a threshold that exists.

    Returns:
        41 recalls that never fall, or None while the rows seen are all of one class.
    """
    if truth.all() or not truth.any():
        return None
    rate, recall, _ = roc_curve(truth, scores, drop_intermediate=False)
    at = np.searchsorted(rate, CURVE_X, side="right") - 1
    return [round(float(value), 4) for value in recall[at]]
