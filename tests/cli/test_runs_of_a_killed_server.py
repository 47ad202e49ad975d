"""A training loop goes on while its server is killed and started again, and loses no step."""

import json
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from stickyboard.runs import Run

pytestmark = pytest.mark.slow

MAX_LOG_S = 0.02
STEPS = 150  # fewer than a course thins


def waited_for_processor_s(*threads: threading.Thread) -> float:
    """Return for how long these threads could have run while the machine ran others."""
    return (
        sum(int(Path(f"/proc/self/task/{each.native_id}/schedstat").read_text().split()[1]) for each in threads) / 1e9
    )


def test_every_step_is_there_once_after_kill_9(used_line, monkeypatch):
    monkeypatch.chdir(used_line.folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(used_line.folder / "state"))
    server, took_s = used_line.serve(), []
    run = Run("t")
    # The thread that sends may have to wait while it has the interpreter's lock, for which `log` then waits.
    threads = [each for each in threading.enumerate() if each.name in ("MainThread", f"stickyboard {run.id}")]
    for step in range(STEPS):
        if step == 50:
            server.process.kill()
            server.process.wait()
        if step == 100:
            server = used_line.serve()
        waited_s, began = waited_for_processor_s(*threads), time.perf_counter()
        run.log({"loss": 1 / (step + 1)}, step=step)
        took_s.append(time.perf_counter() - began - (waited_for_processor_s(*threads) - waited_s))
    run.finish(timeout_s=60)
    with urllib.request.urlopen(f"{server.url}/api/state/runs", timeout=20) as response:
        sections = {section["type"]: section["entries"] for section in json.load(response)["sections"]}
    assert [entry[4]["step"] for entry in sections["run_metric"]] == list(range(STEPS))
    assert sections["run"][0][4]["status"] == "finished"
    assert max(took_s) < MAX_LOG_S
    with urllib.request.urlopen(f"{server.url}/b/runs/", timeout=20) as page:
        assert "frame-ancestors http://localhost:*" in page.headers["Content-Security-Policy"]  # for notebooks
