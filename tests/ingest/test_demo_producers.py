"""The demo's events are valid, measured like scikit-learn does, and reproducible."""

import asyncio
import warnings
from typing import Any

import msgspec
import numpy as np
import pytest
from sklearn.metrics import f1_score

from dashboard_project.event_types import EVENT_TYPES
from producers_api.producers.demo_events import DemoBoard, Outgoing
from producers_api.producers.demo_run import DemoRun, load_rows
from producers_api.producers.embedding import embedding_of
from producers_api.producers.episodes import HOSTS, EpisodeLog, hosts_of, order_of
from producers_api.producers.learning import MODELS, Contender
from producers_api.producers.measures import (
    CURVE_X,
    confusion,
    macro_f1,
    macro_f1_interval,
    recall_at_false_positive_rate,
)
from producers_api.producers.thresholds import phase_shares
from stickyboard import Producer
from stickyboard.encoding import encode_event

pytestmark = pytest.mark.slow

QUICK = ["knn", "logistic", "naive_bayes"]
ROWS = load_rows()


def outgoing_of(count: int, models: Any = QUICK, run: int = 1) -> list[Outgoing]:
    board = DemoBoard(models)
    board.start_run(run)
    rows = [ROWS[index] for index in order_of(run, len(ROWS))[:count]]
    hosts = hosts_of(run, len(ROWS))
    return [outgoing for row, host in zip(rows, hosts, strict=False) for outgoing in board.take(row, host)]


SENT = {  # not derived from the table: another event type needs no demo producer
    *("attack_profile", "embedding", "host_counts", "live_detection", "model_metric", "model_perf", "phase_mix"),
    *("prediction", "recent_episodes", "total_alerts", "total_bytes", "total_episodes"),
}


def test_every_event_is_valid_and_each_demo_type_is_sent() -> None:
    schemas = {event_type.name: event_type.schema for event_type in EVENT_TYPES}
    sent = [*outgoing_of(150, MODELS), Outgoing("embedding", embedding_of(ROWS[:60], 5)[0])]
    for outgoing in sent:
        event = msgspec.json.decode(encode_event({"type": outgoing.event_type, **outgoing.fields}))
        msgspec.convert(event, schemas[outgoing.event_type])
        fields = {field.encode_name for field in msgspec.structs.fields(schemas[outgoing.event_type])}
        assert set(outgoing.fields) <= fields
        assert set(outgoing.identity or ()) <= set(outgoing.fields)
    assert {outgoing.event_type for outgoing in sent} == SENT


def test_the_data_set_is_whole_and_of_both_classes() -> None:
    assert len(ROWS) == 1250
    assert sum(row.is_phishing for row in ROWS) == 548
    assert all(len(row.vector) == 9 for row in ROWS)


@pytest.mark.parametrize("name", MODELS)
def test_each_model_scores_a_row_before_it_learns_it(name: str) -> None:
    heard: list[str] = []

    class Listening:
        def score(self, row: Any) -> float:
            heard.append("score")
            return model.score(row)

        def learn(self, row: Any) -> None:
            heard.append("learn")
            model.learn(row)

    model = MODELS[name]()
    contender = Contender(name, Listening())
    for row in ROWS[:60]:
        assert 0 <= contender.take(row) <= 1
    assert heard == ["score", "learn"] * 60


def test_macro_f1_is_that_of_scikit_learn() -> None:
    for name in QUICK:
        contender = Contender(name, MODELS[name]())
        for row in ROWS[:450]:
            contender.take(row)
        truth = contender.truth[-400:]
        predicted = [score >= 0.5 for score in contender.scores[-400:]]
        assert contender.macro_f1() == pytest.approx(f1_score(truth, predicted, average="macro"))
        assert contender.confusion().sum() == 400


@pytest.mark.parametrize("seed", range(20))
def test_macro_f1_equals_scikit_learn_on_unbalanced_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, predicted = rng.random((2, 1 + seed % 6)) < seed / 20
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of classes that are not there
        expected = f1_score(truth, predicted, average="macro")
    assert macro_f1(confusion(truth, predicted)) == pytest.approx(expected)


@pytest.mark.parametrize("counts", [(1, 0, 0, 0), (0, 3, 0, 0), (5, 1, 0, 7), (150, 20, 30, 200)])
def test_the_interval_contains_the_point(counts: tuple[int, ...]) -> None:
    cells = np.array(counts)
    low, high = macro_f1_interval(cells, seed=1)
    assert 0 <= low <= macro_f1(cells) <= high <= 1


def test_the_interval_equals_that_of_resampled_rows() -> None:
    rng = np.random.default_rng(0)
    truth = rng.random(400) < 0.45
    predicted = truth ^ (rng.random(400) < 0.12)
    drawn = rng.integers(0, 400, size=(1_000, 400))
    by_rows = np.percentile([macro_f1(confusion(truth[i], predicted[i])) for i in drawn], [2.5, 97.5])
    assert macro_f1_interval(confusion(truth, predicted), seed=1) == pytest.approx(by_rows, abs=0.01)


def test_metrics_name_an_interval_around_themselves() -> None:
    metrics = [outgoing.fields for outgoing in outgoing_of(100) if outgoing.event_type == "model_metric"]
    assert len(metrics) == 30
    for fields in metrics:
        low, high = fields["macro_f1_ci"]
        assert low <= fields["macro_f1"] <= high


def test_two_runs_say_the_same_but_for_measured_times() -> None:
    first, second = (
        [outgoing for outgoing in outgoing_of(40, run=2) if outgoing.event_type != "model_perf"] for _ in "ab"
    )
    assert first == second
    assert embedding_of(ROWS[:40], 5)[0] == embedding_of(ROWS[:40], 5)[0]


def test_measured_times_come_from_the_clock() -> None:
    ticks = iter(range(1_000))
    contender = Contender("knn", MODELS["knn"](), clock=lambda: float(next(ticks)))
    for row in ROWS[:10]:
        contender.take(row)
    perf = contender.perf()
    assert perf["latency_ms"] == 1_000.0
    assert perf["throughput_per_s"] == 0.5
    assert perf["size_bytes"] > 1_000


def test_the_curve_is_the_roc_curve() -> None:
    truth = np.array([row.is_phishing for row in ROWS[:200]])
    scores = np.round(np.random.default_rng(0).random(200) * 0.6 + truth * 0.4, 1)
    recall = recall_at_false_positive_rate(truth, scores)
    alerts = [scores >= threshold for threshold in (2, *scores)]
    points = [((alert & ~truth).sum() / (~truth).sum(), (alert & truth).sum() / truth.sum()) for alert in alerts]
    assert recall == [round(max(found for rate, found in points if rate <= most), 4) for most in CURVE_X]


def test_there_is_no_curve_of_one_class() -> None:
    assert recall_at_false_positive_rate(np.array([True, True]), np.array([0.1, 0.9])) is None


def test_phases_depend_on_the_score() -> None:
    assert phase_shares([0.1, 0.3, 0.7, 0.71]) == {"benign": 0.25, "suspicious": 0.5, "phishing": 0.25}


def test_an_episode_is_twelve_windows_of_one_host() -> None:
    log = EpisodeLog(run=3)
    episodes = [log.add("lab-1", 0.95) for _ in range(12)] + [log.add("lab-1", 0.2), log.add("lab-2", 0.2)]
    assert [episode.episode_id for episode in episodes[::12]] == ["run-3-lab-1-001", "run-3-lab-1-002"]
    assert episodes[0].is_over
    assert (episodes[0].label, episodes[0].alerts) == ("phishing", 12)
    assert (episodes[13].episode_id, len(episodes[13].scores)) == ("run-3-lab-2-001", 1)


def test_windows_of_an_episode_are_numbered_without_a_gap() -> None:
    windows: dict[str, list[int]] = {}
    for outgoing in outgoing_of(150):
        if outgoing.event_type == "prediction":
            windows.setdefault(outgoing.fields["episode_id"], []).append(outgoing.fields["window_idx"])
    assert all(numbers == list(range(len(numbers))) for numbers in windows.values())
    assert max(len(numbers) for numbers in windows.values()) == 12


def test_totals_add_up() -> None:
    sent = outgoing_of(150)
    alerts = sum(o.fields["alerts"] for o in sent if o.event_type == "total_alerts")
    assert alerts == sum(o.fields["alert"] for o in sent if o.event_type == "live_detection")
    counts = [o.fields["counts"] for o in sent if o.event_type == "host_counts"]
    assert sum(counts[-1].values()) == 150
    finished = [o.fields["episodes"] for o in sent if o.event_type == "total_episodes"]
    assert finished[-1] == sum(count // 12 for count in counts[-1].values())


def test_each_run_takes_all_rows_in_its_own_order_on_all_hosts() -> None:
    orders = [order_of(run, 1250) for run in (1, 2, 3)]
    assert orders[0] == list(range(1250))
    assert orders[1] != orders[2]
    assert all(sorted(order) == orders[0] for order in orders)
    assert set(hosts_of(2, 1250)) == set(HOSTS)


class Recorder(Producer):
    """A producer that goes nowhere and keeps what it was given."""

    def __init__(self) -> None:
        super().__init__("http://localhost:8000", "secret")
        self.sent: list[tuple[str, Any]] = []
        self.has_embedding = asyncio.Event()

    async def publish(self, event_type: str, fields: Any = None, /, **more: Any) -> Any:
        self.sent.append((event_type, fields))
        if event_type == "embedding":
            self.has_embedding.set()


@pytest.mark.slow
@pytest.mark.asyncio
async def test_the_demo_runs_until_cancelled_and_says_how_far_it_is() -> None:
    producer, said, is_second = Recorder(), list[str](), asyncio.Event()

    def say(line: str) -> None:
        said.append(line)
        if line.startswith("run 2"):
            is_second.set()

    task = asyncio.create_task(DemoRun(producer, 1e9, say, rows=ROWS[:120], warm_up_rows=30).run())
    await asyncio.wait_for(asyncio.gather(producer.has_embedding.wait(), is_second.wait()), 120)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert said[0].startswith("run 1: learned 100 of 120 rows, best so far ")
    assert said[1].startswith("run 1: learned 120 of 120 rows, best so far ")
    assert any(kind == "prediction" and fields["episode_id"].startswith("run-2-") for kind, fields in producer.sent)
