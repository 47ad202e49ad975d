"""The reference producers, each against a real server as a user starts it."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from stickyboard import Watcher
from tests.support import warm
from tests.support.producer_files import write
from tests.support.server import ROOT, Server


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("producers")) as running:
        yield running


def start(server: Server, *words: str) -> warm.Talking:
    command = [sys.executable, *words, "--url", server.http, "--token", server.token]
    return warm.Talking(command, server.environment, ROOT)


async def board_has(server: Server, is_so: Callable[[Watcher], bool], timeout_s: float = 60) -> None:
    async with Watcher(server.http) as watcher:
        await watcher.until(is_so, timeout_s)


async def ended(process: warm.Talking, number: int | None = None) -> str:
    code, out, err = await asyncio.to_thread(process.end, number)
    assert (code, err) == (0, ""), out + err
    return out


async def test_multi_model_metrics_follows_its_folder(shared, tmp_path):
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
    assert "model_metric was rejected (invalid_event)" in said
    assert said.endswith("stopped\n")


async def test_multi_model_metrics_runs_once_without_django(shared):
    process = start(shared, "-m", "producers_api.producers.multi_model_metrics", "--once")
    await board_has(shared, lambda w: {"gbt", "knn_semi"} <= set(w.values("model_perf")))
    await ended(process)


@pytest.mark.slow
async def test_knn_stream_shows_each_step(shared):
    process = start(shared, "manage.py", "knn_stream", "--step-rows", "60", "--every-s", "0.1")
    await board_has(shared, lambda w: len(w.values("embedding").get("", {}).get("points", ())) >= 120)
    assert "embedded 60 of 1250 rows" in await ended(process, signal.SIGINT)


@pytest.mark.slow
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
    assert "line 4 is skipped" in said
    assert "published at log.ndjson:2" in said
    assert "played 3 events" in said
    await board_has(shared, lambda w: w.values("model_metric").get("played", {}).get("macro_f1") == 0.75)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("replay_log", "nowhere.ndjson", "--token", "x"), "nowhere.ndjson cannot be read: No such file"),
        (("knn_stream",), "no token: give --token or set STICKYBOARD_TOKEN"),
        (("knn_stream", "--token", "x", "--url", "nowhere"), 'expected a URL like "http://localhost:8000"'),
        (("live_detection", "--token", "x", "--train-rows", "7"), "expected --train-rows from 50 to 1249, got 7"),
        (("knn_stream", "--token", "x", "--step-rows", "3"), "expected --step-rows of 10 or more"),
        (("replay_log", "x", "--speed", "-1"), 'expected a number above 0, got "-1"'),
    ],
)
def test_what_cannot_run_says_why(words, says, monkeypatch):
    monkeypatch.delenv("STICKYBOARD_TOKEN", raising=False)
    with pytest.raises(CommandError, match=re.escape(says)):
        call_command(*words, stdout=StringIO())
