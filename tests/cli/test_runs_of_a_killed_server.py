"""A training loop goes on while its server is killed and started again, and loses no step."""

import json
import statistics
import time
import urllib.request

import pytest

from stickyboard.runs import Run

pytestmark = pytest.mark.slow

MAX_LOG_S = 0.02
STEPS = 150  # fewer than a course thins


def test_every_step_is_there_once_after_kill_9(used_line, monkeypatch):
    monkeypatch.setattr("stickyboard.runs.sender.LOOK_S", 0.1)
    monkeypatch.chdir(used_line.folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(used_line.folder / "state"))
    server, took_s = used_line.serve(), []
    run = Run("t")
    for step in range(STEPS):
        if step == 50:
            server.process.kill()
            server.process.wait()
        if step == 100:
            server = used_line.serve()
        began = time.perf_counter()
        run.log({"loss": 1 / (step + 1)}, step=step)
        took_s.append(time.perf_counter() - began)
    run.finish(timeout_s=60)
    with urllib.request.urlopen(f"{server.url}/api/state/runs", timeout=20) as response:
        sections = {section["type"]: section["entries"] for section in json.load(response)["sections"]}
    assert [entry[4]["step"] for entry in sections["run_metric"]] == list(range(STEPS))
    assert sections["run"][0][4]["status"] == "finished"
    # Half of the calls, because single ones may wait for a busy machine.
    assert statistics.median(took_s[50:100]) < MAX_LOG_S  # without a server
    with urllib.request.urlopen(f"{server.url}/b/runs/", timeout=20) as page:
        assert "frame-ancestors http://localhost:*" in page.headers["Content-Security-Policy"]  # for notebooks
