"""The reference producers, each against a real server as a user starts it, and their parts for what can go wrong."""

import asyncio
import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.core.management import CommandError, call_command

from dashboard_project.event_types import EVENT_TYPES
from producers_api.client import Watcher
from producers_api.client.encoding import encode_event
from producers_api.producers.demo_run import load_rows
from producers_api.producers.detection import Detector
from producers_api.producers.event_log import pauses, read_log
from producers_api.producers.learning import MODELS
from producers_api.producers.live_detection import MODEL_NAMES
from producers_api.producers.multi_model_metrics import SHIPPED
from producers_api.producers.neighbours import embedding_of, metric_of
from producers_api.producers.results_folder import ResultsFolder
from producers_api.producers.train_models import results_of
from tests.server import ROOT, Server

SCHEMAS = {kind.name: kind.schema for kind in EVENT_TYPES}
ROWS = load_rows()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("producers")) as running:
        yield running


def check_event(event: dict[str, Any]) -> None:
    """Check that an event is one of the table's."""
    msgspec.convert(msgspec.json.decode(encode_event(event)), SCHEMAS[event["type"]])


# multi_model_metrics


def write(folder: Path, name: str, results: object) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(results if isinstance(results, str) else json.dumps(results))


def test_macro_f1_is_its_point_or_else_itself_and_that_of_the_eval_file_counts(tmp_path):
    write(tmp_path, "a_eval.json", {"macro_f1": {"point": 0.5, "low": 0.4, "high": 0.6}, "rows": 9})
    write(tmp_path, "a_train.json", {"macro_f1": 0.9, "rows": 99})
    write(tmp_path, "b_eval.json", {"macro_f1": 0.7})
    write(tmp_path, "c_train.json", {"macro_f1": {"point": 0.25}})
    events, problems = ResultsFolder(tmp_path).look()
    assert problems == []
    assert events == [
        {"type": "model_metric", "model": "a", "macro_f1": 0.5, "macro_f1_ci": [0.4, 0.6], "rows": 9},
        {"type": "model_metric", "model": "b", "macro_f1": 0.7},
        {"type": "model_metric", "model": "c", "macro_f1": 0.25},
    ]


def test_performance_is_told_when_all_of_it_was_measured_in_whichever_file(tmp_path):
    write(tmp_path, "a_eval.json", {"macro_f1": 0.5, "latency_ms": 1.5})
    write(tmp_path, "a_train.json", {"throughput_per_s": 70.0})
    folder = ResultsFolder(tmp_path)
    assert [event["type"] for event in folder.look().events] == ["model_metric"]
    write(tmp_path, "a_train.json", {"throughput_per_s": 70.0, "size_bytes": 12})
    assert folder.look().events[1] == {
        "type": "model_perf",
        "model": "a",
        "latency_ms": 1.5,
        "throughput_per_s": 70.0,
        "size_bytes": 12,
    }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"macro_f1": 0.', "a_eval.json cannot be read yet"),
        ("", "a_eval.json cannot be read yet"),
        ("[1]", "expected an object, got list"),
        ('{"macro_f1": NaN}', "a_eval.json cannot be read yet"),
        ('{"macro_f1": "0.5"}', "a: expected a number at macro_f1.point or macro_f1"),
        ('{"macro_f1": {"low": 0.5}}', "a: expected a number"),
        ('{"macro_f1": true}', "a: expected a number"),
        ("{}", "a: expected a number"),
    ],
)
def test_a_broken_file_is_told_once_harms_no_other_and_is_read_again(tmp_path, text, says):
    write(tmp_path, "a_eval.json", text)
    write(tmp_path, "b_eval.json", {"macro_f1": 0.7})
    folder = ResultsFolder(tmp_path)
    events, problems = folder.look()
    assert [event["model"] for event in events] == ["b"]
    assert len(problems) == 1
    assert says in problems[0]
    assert folder.look().problems == []
    write(tmp_path, "a_eval.json", {"macro_f1": 0.5})
    assert [event["model"] for event in folder.look().events] == ["a", "b"]
    write(tmp_path, "a_eval.json", text)
    assert len(folder.look().problems) == 1  # broken anew


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path):
    folder = ResultsFolder(tmp_path / "later")
    assert folder.look() == ([], [f"{tmp_path / 'later'} is no folder; waiting for it"])
    write(tmp_path / "later", "a_eval.json", {"macro_f1": 0.5})
    assert len(folder.look().events) == 1


def test_the_results_that_come_with_the_package_are_whole():
    events, problems = ResultsFolder(SHIPPED).look()
    assert problems == []
    models = {event["model"] for event in events}
    assert models >= {"gbt", "mlp", "knn_semi"}
    assert len(events) == 2 * len(models)
    for event in events:
        check_event(event)


@pytest.mark.parametrize("name", ["knn", "knn_semi", "naive_bayes"])
def test_the_results_that_come_with_the_package_are_those_of_the_script(name):
    train, evaluation = results_of(name)
    shipped = json.loads((SHIPPED / f"{name}_eval.json").read_text())["macro_f1"]
    assert evaluation["macro_f1"].keys() == shipped.keys()
    assert evaluation["macro_f1"]["point"] == shipped["point"]
    # The ends of a bootstrap interval differ by 0.0005 between NumPy 2.4 and 2.5; one row of 250 is 0.004.
    assert evaluation["macro_f1"] == pytest.approx(shipped, abs=0.001)
    assert train["macro_f1"] == json.loads((SHIPPED / f"{name}_train.json").read_text())["macro_f1"]


# knn_stream


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
    metric = metric_of(ROWS[:40], predicted)
    check_event({"type": "model_metric", **metric})
    assert metric["rows"] == 40
    assert metric["macro_f1_ci"][0] <= metric["macro_f1"] <= metric["macro_f1_ci"][1]


# live_detection


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


def test_all_that_follows_from_a_window_is_told():
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


# replay_log


def log_of(*lines: object) -> BytesIO:
    return BytesIO(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))


def test_a_log_may_have_four_forms():
    event = {"type": "a", "n": 1}
    cloud_event = {"specversion": "1.0", "id": "1", "source": "/", "type": "org.a", "time": "1970-01-01T00:00:07Z"}
    lines = list(
        read_log(log_of(event, {**event, "at": 5}, {"at": 6.5, "event": event}, b"", {**cloud_event, "data": {"n": 1}}))
    )
    assert [(line.number, line.at) for line in lines] == [(1, None), (2, 5.0), (3, 6.5), (5, 7.0)]
    assert [line.event for line in lines] == [event, {**event, "at": 5}, event, {"n": 1, "type": "a"}]


@pytest.mark.parametrize("line", [b"no", b"[]", {"n": 1}, {"type": 7}, {"type": "a", "at": "yesterday"}])
def test_a_broken_line_is_told_by_its_number(line):
    found = list(read_log(log_of({"type": "a"}, line, {"type": "b"})))
    assert [one.number for one in found] == [1, 2, 3]
    assert found[1].event is None
    assert found[1].problem.startswith("line 2 is left out: ")


def test_pauses_are_those_of_the_recording_made_shorter():
    log = list(read_log(log_of(*[{"type": "a", "at": at} for at in (100, 110, 105, 130, 1000)], {"type": "a"})))
    assert [pause for _, pause in pauses(log, speed=10, max_pause_s=60)] == [0, 1.0, 0, 2.0, 60, 0]
    assert [pause for _, pause in pauses(log, speed=0, max_pause_s=60)] == [0] * 6


# as commands


def start(server: Server, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, *words, "--url", server.http, "--token", server.token]
    return subprocess.Popen(
        command, cwd=ROOT, env=server.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


async def board_has(server: Server, is_so: Callable[[Watcher], bool], timeout_s: float = 60) -> None:
    async with Watcher(server.http) as watcher:
        await watcher.until(is_so, timeout_s)


async def ended(process: subprocess.Popen[str], number: int | None = None) -> str:
    if number is not None:
        process.send_signal(number)
    out, err = await asyncio.to_thread(process.communicate, None, 30)
    assert process.returncode == 0, out + err
    assert err == ""
    return out


async def test_multi_model_metrics_follows_its_folder_until_it_is_stopped(shared, tmp_path):
    write(tmp_path, "first_eval.json", {"macro_f1": 0.5})
    words = ("manage.py", "multi_model_metrics", str(tmp_path), "--look-every-s", "0.05")
    process = start(shared, *words)
    await board_has(shared, lambda w: "first" in w.values("model_metric"))
    write(tmp_path, "second_eval.json", '{"macro_f1": 0.')
    write(tmp_path, "third_eval.json", {"macro_f1": 7})  # which the server refuses
    await board_has(shared, lambda w: "first" in w.values("model_metric"))
    write(tmp_path, "second_eval.json", {"macro_f1": 0.75})
    await board_has(shared, lambda w: w.values("model_metric").get("second", {}).get("macro_f1") == 0.75)
    said = await ended(process, signal.SIGTERM)
    assert "model_metric was refused (invalid_event)" in said
    assert said.endswith("stopped\n")


async def test_multi_model_metrics_runs_without_django_and_ends_when_asked_for_once(shared):
    process = start(shared, "-m", "producers_api.producers.multi_model_metrics", "--once")
    await board_has(shared, lambda w: {"gbt", "knn_semi"} <= set(w.values("model_perf")))
    await ended(process)


async def test_knn_stream_shows_each_step(shared):
    process = start(shared, "manage.py", "knn_stream", "--step-rows", "60", "--every-s", "0.1")
    await board_has(shared, lambda w: len(w.values("embedding").get("", {}).get("points", ())) >= 120)
    assert "embedded 60 of 1250 rows" in await ended(process, signal.SIGINT)


async def test_live_detection_fills_its_scenes(shared):
    words = ("manage.py", "live_detection", "--model", "naive_bayes", "--train-rows", "1100", "--rows-per-s", "1000")
    process = start(shared, *words, "--passes", "1")
    assert "pass 1: scored 150 windows" in await ended(process)
    async with Watcher(shared.http) as watcher:
        await watcher.until(lambda w: w.is_caught_up, 30)
        assert sum(watcher.values("host_counts")[""]["counts"].values()) == 150
        assert "naive_bayes" in watcher.values("attack_profile")
        assert len(watcher.values("prediction")) == 150


async def test_replay_log_plays_what_watch_printed(shared, tmp_path):
    recorded = [
        {"at": 100.0, "event": {"type": "model_metric", "model": "played", "macro_f1": 0.5}},
        {"at": 101.0, "event": {"type": "model_metric", "model": "played", "macro_f1": "x"}},
        {"at": 102.0, "event": {"type": "model_metric", "model": "played", "macro_f1": 0.75}},
    ]
    file = tmp_path / "log.ndjson"
    file.write_text("\n".join(map(json.dumps, recorded)) + "\nbroken\n")
    said = await ended(start(shared, "manage.py", "replay_log", str(file), "--speed", "100"))
    assert "line 4 is left out" in said
    assert "published at log.ndjson:2" in said
    assert "played 3 events" in said
    await board_has(shared, lambda w: w.values("model_metric").get("played", {}).get("macro_f1") == 0.75)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("replay_log", "nowhere.ndjson", "--token", "x"), "nowhere.ndjson"),
        (("knn_stream",), "no token: give --token or set STICKYBOARD_TOKEN"),
        (("knn_stream", "--token", "x", "--url", "nowhere"), 'expected an address like "http://localhost:8000"'),
        (("live_detection", "--token", "x", "--train-rows", "7"), "expected --train-rows from 50 to 1249, got 7"),
        (("knn_stream", "--token", "x", "--step-rows", "3"), "expected --step-rows of 10 or more"),
        (("replay_log", "x", "--speed", "-1"), 'expected a number above 0, got "-1"'),
    ],
)
def test_what_cannot_run_says_why(words, says, monkeypatch):
    monkeypatch.delenv("STICKYBOARD_TOKEN", raising=False)
    with pytest.raises(CommandError, match=re.escape(says)):
        call_command(*words, stdout=StringIO())
