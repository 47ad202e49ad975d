"""Models that learn online, each scored on a row before it learns from it (progressive validation).

Seven models of two libraries behind one small interface. Nothing here does I/O, and apart from the
measured times all of it is the same at every run.
"""

import pickle
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from river import forest, linear_model, naive_bayes, neighbors, preprocessing, tree
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.neural_network import MLPClassifier

from producers_api.producers.measures import confusion, macro_f1
from producers_api.producers.thresholds import PHISHING_SCORE

Features = Mapping[str, float]

REFITTED_EVERY_ROWS = 50
SCORED_ROWS = 400  # macro-F1 covers this many of the newest rows
TIMED_ROWS = 200  # latency and throughput cover this many of the newest rows


@dataclass(frozen=True)
class Row:
    """One labelled web site: its number in the data set, its 9 features, and whether it is phishing."""

    index: int
    features: Features
    is_phishing: bool

    @property
    def vector(self) -> list[float]:
        return [float(value) for value in self.features.values()]


class OnlineModel(Protocol):
    """An online classifier."""

    def score(self, row: Row) -> float:
        """Return the probability (0 to 1) that the row is phishing; 0.5 before the first row was learned."""

    def learn(self, row: Row) -> None:
        """Learn from the row and its label."""


class RiverModel:
    """A classifier of River, which learns row by row."""

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    def score(self, row: Row) -> float:
        probabilities = self.classifier.predict_proba_one(row.features)
        return float(probabilities.get(True, 1 - probabilities.get(False, 0.5)))

    def learn(self, row: Row) -> None:
        self.classifier.learn_one(row.features, row.is_phishing)


class SklearnModel:
    """A classifier of scikit-learn that learns row by row."""

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier
        self._is_fitted = False

    def score(self, row: Row) -> float:
        return float(self.classifier.predict_proba([row.vector])[0, 1]) if self._is_fitted else 0.5

    def learn(self, row: Row) -> None:
        self.classifier.partial_fit([row.vector], [row.is_phishing], classes=[False, True])
        self._is_fitted = True


class RefittedModel(SklearnModel):
    """One that cannot learn row by row: it is refitted on all rows seen, every `REFITTED_EVERY_ROWS` rows."""

    def __init__(self, classifier: Any) -> None:
        super().__init__(classifier)
        self._rows: list[Row] = []

    def learn(self, row: Row) -> None:
        self._rows.append(row)
        truth = [each.is_phishing for each in self._rows]
        if len(self._rows) % REFITTED_EVERY_ROWS == 0 and len(set(truth)) == 2:
            self.classifier.fit([each.vector for each in self._rows], truth)
            self._is_fitted = True


MODELS: dict[str, Callable[[], OnlineModel]] = {
    "gbt": lambda: RefittedModel(GradientBoostingClassifier(n_estimators=50, random_state=0)),
    "mlp": lambda: SklearnModel(MLPClassifier((32,), learning_rate_init=0.01, random_state=0)),
    "knn": lambda: RiverModel(neighbors.KNNClassifier(n_neighbors=5, engine=neighbors.LazySearch(window_size=500))),
    "forest": lambda: RiverModel(forest.ARFClassifier(n_models=10, seed=1)),
    "hoeffding_tree": lambda: RiverModel(tree.HoeffdingTreeClassifier(grace_period=50)),
    "logistic": lambda: RiverModel(preprocessing.StandardScaler() | linear_model.LogisticRegression()),
    "naive_bayes": lambda: RiverModel(naive_bayes.GaussianNB()),
}


@dataclass
class Contender:
    """One model with its scores and measured times."""

    name: str
    model: OnlineModel
    clock: Callable[[], float] = time.perf_counter
    truth: list[bool] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    _score_s: deque[float] = field(default_factory=lambda: deque(maxlen=TIMED_ROWS))
    _total_s: deque[float] = field(default_factory=lambda: deque(maxlen=TIMED_ROWS))

    def take(self, row: Row) -> float:
        """Score the row, then learn from it; return the score."""
        begun = self.clock()
        score = min(max(self.model.score(row), 0.0), 1.0)
        scored = self.clock()
        self.model.learn(row)
        self._score_s.append(scored - begun)
        self._total_s.append(self.clock() - begun)
        self.truth.append(row.is_phishing)
        self.scores.append(score)
        return score

    def confusion(self) -> NDArray[np.int64]:
        """Return the confusion of the newest `SCORED_ROWS` rows, with the threshold `PHISHING_SCORE`."""
        truth, scores = np.array(self.truth[-SCORED_ROWS:]), np.array(self.scores[-SCORED_ROWS:])
        return confusion(truth, scores >= PHISHING_SCORE)

    def macro_f1(self) -> float:
        """Return macro-F1 over the newest `SCORED_ROWS` rows; 0 before the first."""
        return float(macro_f1(self.confusion())) if self.truth else 0.0

    def perf(self) -> dict[str, Any]:
        """Return the fields of a `model_perf`, all measured here on the newest `TIMED_ROWS` rows.

        Latency is the median time to score one row; throughput counts rows both scored and learned
        from, one after the other; size is that of the pickled model.
        """
        return {
            "model": self.name,
            "latency_ms": round(float(np.median(self._score_s)) * 1000, 4),
            "throughput_per_s": round(len(self._total_s) / sum(self._total_s), 1),
            "size_bytes": len(pickle.dumps(self.model)),
        }
