"""Dashboard and alert rules: they name existing metrics, and a real Prometheus runs them."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stickyboard import Producer
from tests.support.counting import metric_names
from tests.support.recorded_watcher import RecordedWatcher
from tests.support.server import ROOT, Server, ended, free_port, until

DEPLOY = ROOT / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "stickyboard.json").read_text())
TOKEN = "only prometheus knows"

needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is missing; on Debian and Ubuntu: apt install prometheus"
)


def queries() -> dict[str, str]:
    """Return every query of the dashboard by its panel, with the dashboard's variables filled in."""
    return {
        f"{panel['title']} {target['refId']}": target["expr"]
        .replace("$__rate_interval", "10s")
        .replace("$process", ".*")
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    }


FILES = [*sorted((DEPLOY / "prometheus").iterdir()), DEPLOY / "grafana" / "stickyboard.json"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_names_only_metrics_that_exist(file: Path):
    histograms = {name.removesuffix("_bucket") for name in metric_names() if name.endswith("_bucket")}
    assert set(re.findall(r"\bstickyboard_\w+", file.read_text())) <= metric_names() | histograms


def test_the_dashboard_shows_most_metrics():
    shown = set(re.findall(r"\bstickyboard_\w+", " ".join(queries().values())))
    histograms = {name for name in metric_names() if name.endswith(("_bucket", "_sum", "_count"))}
    assert metric_names() - histograms <= shown


def test_the_dashboards_panels_do_not_overlap():
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (column, row)
            for column in range(place["x"], place["x"] + place["w"])
            for row in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


@needs_prometheus
def test_each_alert_fires_when_it_should_and_only_then():
    folder = DEPLOY / "prometheus"
    for words in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        done = subprocess.run(
            ["promtool", *words], cwd=folder, capture_output=True, text=True, check=False, timeout=240
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, STICKYBOARD_METRICS_TOKEN=TOKEN) as running:
        yield running


@pytest.fixture
def prometheus(server: Server, tmp_path: Path) -> Iterator[str]:
    """A Prometheus with the configuration that is shipped, quicker and at this test's addresses; its address."""
    folder, port = tmp_path / "prometheus", free_port()
    shutil.copytree(DEPLOY / "prometheus", folder)
    (folder / "metrics_token").write_text(TOKEN)
    shipped = (folder / "prometheus.yml").read_text()
    adapted = shipped.replace("localhost:8000", f"127.0.0.1:{server.port}").replace("interval: 15s", "interval: 1s")
    (folder / "prometheus.yml").write_text(adapted)
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/kept"]
    with (folder / "log").open("wb") as log:
        listen = f"--web.listen-address=127.0.0.1:{port}"
        process = subprocess.Popen([*command, listen], stdout=log, stderr=log)
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    ended(process)


def ask(address: str, path: str, **query: str) -> Any:
    try:
        with urllib.request.urlopen(f"{address}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=60) as answer:
            return json.load(answer)["data"]
    except OSError:
        return None


@needs_prometheus
@pytest.mark.slow
async def test_a_real_prometheus_scrapes_it_and_answers_every_panel(server, prometheus):
    def value(query: str) -> float:
        found = (ask(prometheus, "query", query=query) or {"result": []})["result"]
        return float(found[0]["value"][1]) if found else -1

    browser = RecordedWatcher(server)
    await browser.catch_up()
    await asyncio.to_thread(fill_a_ring, server)
    async with Producer(server.http, server.token) as producer:
        deadline = asyncio.get_running_loop().time() + 240
        while await asyncio.to_thread(value, "rate(stickyboard_events_total[10s])") <= 0:
            for number in range(20):
                await producer.publish("model_metric", model="gbt", macro_f1=number / 20, wait=True)
            assert asyncio.get_running_loop().time() < deadline
    assert await asyncio.to_thread(value, 'up{job="stickyboard"}') == 1
    for panel, query in queries().items():
        answer = await asyncio.to_thread(ask, prometheus, "query", query=query)
        assert answer is not None, f"{panel}: {query}"
        is_quiet = "failures" in query or "lagging" in query or "outcome!=" in query or "refused" in query
        assert answer["result"] or is_quiet, f"{panel}: {query}"
    rules = await asyncio.to_thread(ask, prometheus, "rules")
    assert {rule["health"] for group in rules["groups"] for rule in group["rules"]} <= {"ok", "unknown"}
    await until(lambda: browser.values("model_metric"))
    await browser.leave()


def fill_a_ring(server: Server) -> None:
    lines = "\n".join(f'{{"type":"live_detection","host_id":"h","score":0.{n},"alert":false}}' for n in range(10, 80))
    command = ["send_event", "--file", "-"]
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        input=lines,
        text=True,
        env=server.environment,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr + done.stdout
