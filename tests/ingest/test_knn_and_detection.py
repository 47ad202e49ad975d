"""`knn_stream` and `live_detection`: what they compute from real rows."""

from typing import Any

import numpy as np
import pytest

from producers_api.producers.demo_run import load_rows
from producers_api.producers.detection import Detector
from producers_api.producers.embedding import embedding_of
from producers_api.producers.learning import MODELS
from producers_api.producers.live_detection import MODEL_NAMES
from producers_api.producers.measures import confusion, metric_fields
from tests.support.producer_files import check_event

pytestmark = pytest.mark.slow

ROWS = load_rows()


def test_neighbours_are_the_nearest_rows_without_the_row_itself():
    fields, predicted = embedding_of(ROWS[:40], 3)
    check_event({"type": "embedding", **fields})
    assert [len(near) for near in fields["neighbours"]] == [3] * 40
    assert all(place not in near for place, near in enumerate(fields["neighbours"]))

    def distance(one: int, other: int) -> float:
        return sum((a - b) ** 2 for a, b in zip(ROWS[one].vector, ROWS[other].vector, strict=True))

    for place, near in enumerate(fields["neighbours"]):
        others = sorted(distance(place, other) for other in range(40) if other != place)
        assert sorted(distance(place, other) for other in near) == pytest.approx(others[:3])
        votes = sum(ROWS[other].is_phishing for other in near)
        assert predicted[place] == (votes >= 2)


def test_the_metric_is_that_of_the_votes():
    _, predicted = embedding_of(ROWS[:40], 3)
    truth = np.array([row.is_phishing for row in ROWS[:40]])
    metric = metric_fields("knn", confusion(truth, predicted), seed=40)
    check_event({"type": "model_metric", **metric})
    assert metric["rows"] == 40
    assert metric["macro_f1_ci"][0] <= metric["macro_f1"] <= metric["macro_f1_ci"][1]


def test_the_detector_scores_only_what_it_never_learned():
    learned: list[int] = []

    class Listening:
        def score(self, row: Any) -> float:
            assert row.index not in learned
            return 0.9 if row.is_phishing else 0.1

        def learn(self, row: Any) -> None:
            learned.append(row.index)

    model = Listening()
    for row in ROWS[:60]:
        model.learn(row)
    detector = Detector("perfect", model)
    outgoing = list(detector.score(ROWS[60:200], run=1))
    assert outgoing.count(None) == 140  # one after each row
    assert len(learned) == 60
    assert detector.macro_f1() == 1.0


def test_everything_that_follows_from_a_window_is_sent():
    detector = Detector.trained("logistic", ROWS[:200])
    sent = [outgoing for outgoing in detector.score(ROWS[200:400], run=2) if outgoing is not None]
    for outgoing in sent:
        check_event({"type": outgoing.event_type, **outgoing.fields})
    assert {outgoing.event_type for outgoing in sent} == {
        "live_detection",
        "prediction",
        "recent_episodes",
        "attack_profile",
        "host_counts",
        "phase_mix",
        "total_alerts",
        "total_bytes",
        "total_episodes",
    }


def test_every_model_can_be_asked_for():
    assert tuple(MODELS) == MODEL_NAMES
