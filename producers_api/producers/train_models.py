"""Trains real models and writes the files that `multi_model_metrics` reads; `results/` was created by it.

`python -m producers_api.producers.train_models DIR`. Each model learns 1,000 rows of River's phishing data
set and is evaluated on the other 250, drawn with a fixed seed and stratified. Except for the
measured times, the results are reproducible with the same versions.
"""

import argparse
import json
import pickle
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from river import datasets
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.semi_supervised import SelfTrainingClassifier
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from producers_api.producers.measures import confusion, macro_f1, macro_f1_interval

SEED = 0
EVALUATED_ROWS = 250
LABELLED_SHARE = 0.1  # of the training rows, for the semi-supervised model
TIMED_ROWS = 200

MODELS: dict[str, Callable[[], Any]] = {
    "gbt": lambda: GradientBoostingClassifier(random_state=SEED),
    "mlp": lambda: MLPClassifier((32,), max_iter=2000, random_state=SEED),
    "knn_semi": lambda: SelfTrainingClassifier(KNeighborsClassifier(n_neighbors=7)),
    "forest": lambda: RandomForestClassifier(random_state=SEED),
    "logistic": LogisticRegression,
    "naive_bayes": GaussianNB,
    "knn": lambda: KNeighborsClassifier(n_neighbors=5),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="the output folder; created if it is missing")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with threadpool_limits(1):
        for name in MODELS:
            train, evaluation = results_of(name)
            for kind, results in (("train", train), ("eval", evaluation)):
                (folder / f"{name}_{kind}.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
            print(f"{name}: macro-F1 {evaluation['macro_f1']['point']:.4f}")  # progress


def results_of(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Train one model; return the contents of its train and its eval file."""
    rows = [(list(map(float, features.values())), int(label)) for features, label in datasets.Phishing()]
    vectors, truth = np.array([vector for vector, _ in rows]), np.array([label for _, label in rows])
    learned, unseen, labels, wanted = train_test_split(
        vectors, truth, test_size=EVALUATED_ROWS, stratify=truth, random_state=SEED
    )
    model = MODELS[name]()
    known = labels
    if name == "knn_semi":  # it gets a tenth of the labels; -1 is none
        known = np.where(np.random.default_rng(SEED).random(len(labels)) < LABELLED_SHARE, labels, -1)
    begun = time.perf_counter()
    model.fit(learned, known)
    train_s = time.perf_counter() - begun
    counts = confusion(labels.astype(bool), model.predict(learned).astype(bool))
    about = {
        "model": name,
        "data": "river.datasets.Phishing",
        "seed": SEED,
        "made_with": f"scikit-learn {sklearn.__version__}, Python {platform.python_version()}",
    }
    train = {
        **about,
        "rows": len(labels),
        "train_s": round(train_s, 4),
        "macro_f1": round(float(macro_f1(counts)), 4),
        "size_bytes": len(pickle.dumps(model)),
    }
    return train, {**about, "rows": len(wanted), **_measured(model, unseen, wanted)}


def _measured(model: Any, unseen: NDArray[np.float64], wanted: NDArray[np.int64]) -> dict[str, Any]:
    counts = confusion(wanted.astype(bool), model.predict(unseen).astype(bool))
    low, high = macro_f1_interval(counts, SEED)
    times = []
    for row in unseen[:TIMED_ROWS]:
        begun = time.perf_counter()
        model.predict([row])
        times.append(time.perf_counter() - begun)
    begun = time.perf_counter()
    model.predict(unseen)
    whole_s = time.perf_counter() - begun
    return {
        "macro_f1": {"point": round(float(macro_f1(counts)), 4), "low": round(low, 4), "high": round(high, 4)},
        "latency_ms": round(float(np.median(times)) * 1000, 4),
        "throughput_per_s": round(len(unseen) / whole_s, 1),
    }


if __name__ == "__main__":
    main()
