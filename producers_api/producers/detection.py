"""Scores unseen windows with a trained model, and turns the scores into events."""

from collections.abc import Iterator, Sequence
from typing import Self

import numpy as np

from producers_api.producers.demo_events import CURVES_EVERY_ROWS, Outgoing, WindowLog, curve_of
from producers_api.producers.episodes import hosts_of, order_of
from producers_api.producers.learning import MODELS, OnlineModel, Row
from producers_api.producers.measures import confusion, macro_f1
from producers_api.producers.thresholds import PHISHING_SCORE


class Detector:
    """Scores windows with a trained model."""

    def __init__(self, name: str, model: OnlineModel) -> None:
        self._name, self._model = name, model
        self._windows = WindowLog()
        self._truth: list[bool] = []
        self._scores: list[float] = []

    @classmethod
    def trained(cls, name: str, rows: Sequence[Row]) -> Self:
        model = MODELS[name]()
        for row in rows:
            model.learn(row)
        return cls(name, model)

    def score(self, rows: Sequence[Row], run: int) -> Iterator[Outgoing | None]:
        """Score all rows in the order of this run; yield their events, and None after each row."""
        self._windows.start_run(run)
        self._truth, self._scores = [], []
        order = order_of(run, len(rows))
        for index, host_id in zip(order, hosts_of(run, len(rows)), strict=True):
            score = min(max(self._model.score(rows[index]), 0.0), 1.0)
            self._truth.append(rows[index].is_phishing)
            self._scores.append(score)
            yield from self._windows.take(rows[index], host_id, self._name, score)
            if len(self._scores) % CURVES_EVERY_ROWS == 0:
                yield from curve_of(self._name, self._truth, self._scores)
            yield None

    def macro_f1(self) -> float:
        """Return macro-F1 over the windows of this run; 0 before the first."""
        if not self._truth:
            return 0.0
        return float(macro_f1(confusion(np.array(self._truth), np.array(self._scores) >= PHISHING_SCORE)))
