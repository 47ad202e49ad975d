"""`make cluster` restarts its four processes in turn, behind nginx, and nobody is shown anything wrong."""

import asyncio
import os
import random
import re
import signal
import statistics
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

import pytest

from broadcast.testing.guarantees import check_all, history_of
from stickyboard import Producer
from tests.support.many_browsers import LightBrowser, Texts
from tests.support.proxy import needs_nginx
from tests.support.server import ROOT, ended, free_port, until

pytestmark = [
    pytest.mark.chaos,
    needs_nginx,
]

BROWSERS, PREDICTIONS_PER_S = 100, 50
MOST_REFUSALS = 10  # of some hundred connections; where nginx leaves restarted processes out they are thousands


class RunningCluster:
    """`make cluster` on a folder of its own; reads what it says."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "STICKYBOARD_DATA": str(folder)}
        environment |= {"DJANGO_SETTINGS_MODULE": "dashboard_project.settings", "STICKYBOARD_DEBUG": "0"}
        command = [sys.executable, "-m", "dashboard_project.cluster", "--port", str(free_port())]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = ""

    def __enter__(self) -> Self:
        self.url, self.token = self.read_until(r"Dashboard +(\S+)/\n[\s\S]* token +(\S+)").groups()
        self.read_until(r"kill -USR1 \d+")
        self.port = int(self.url.rpartition(":")[2])
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert ended(self.process, 60) == 0, self.said
        assert self.process.stdout is not None
        self.process.stdout.close()

    def read_until(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout is not None
        while (found := re.search(pattern, self.said)) is None:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line
        return found

    def restart_in_turn(self) -> list[float]:
        """Return how many seconds each of the four took."""
        self.process.send_signal(signal.SIGUSR1)
        self.read_until(r"(?:Restarted the process at port \d+ in [\d.]+ s\.[\s\S]*){4}")
        return [float(took) for took in re.findall(r"Restarted the process at port \d+ in ([\d.]+) s", self.said)]


async def predict(cluster: RunningCluster, is_over: asyncio.Event) -> int:
    """Send numbered predictions through nginx until it is over; return how many were acknowledged."""
    loop = asyncio.get_running_loop()
    started, number = loop.time(), 0
    async with Producer(cluster.url, cluster.token, drain_s=60, random=random.Random(1).random) as producer:
        while not is_over.is_set():
            fields = {
                "episode_id": "rolling",
                "window_idx": number,
                "label": "benign",
                "probabilities": {"benign": 0.9},
            }
            await producer.publish("prediction", fields)
            number += 1
            await asyncio.sleep(started + number / PREDICTIONS_PER_S - loop.time())
        await producer.flush(60)
        return producer.counts.acknowledged


@pytest.mark.timeout(300)
async def test_a_rolling_restart_behind_nginx_shows_nothing_wrong(tmp_path, capsys):
    texts, is_over = Texts(), asyncio.Event()
    with RunningCluster(tmp_path) as cluster:
        front = SimpleNamespace(port=cluster.port)
        browsers = [LightBrowser(texts, lambda: front) for _ in range(BROWSERS)]
        for browser in browsers:
            browser.start()
        await until(lambda: all(browser.is_caught_up for browser in browsers), 60, "all browsers are connected")
        sending = asyncio.create_task(predict(cluster, is_over))
        took_s = await asyncio.to_thread(cluster.restart_in_turn)
        is_over.set()
        acknowledged = await sending
        wanted = {("rolling", number) for number in range(acknowledged)}
        await until(lambda: all(browser.is_caught_up for browser in browsers), 30, "all browsers are back")
        last = f'"window_idx":{acknowledged - 1}'.encode()
        await until(lambda: all(last in b"".join(browser.raw[-300:]) for browser in browsers), 30, "the last one came")
        for browser in browsers:
            await browser.leave()
    transcripts = [browser.transcript for browser in browsers]
    history = history_of(transcripts)
    for transcript in transcripts:
        check_all(transcript, history, complete=())
        assert wanted <= predictions_in(transcript)
    assert sum(browser.refusals for browser in browsers) <= MOST_REFUSALS
    with capsys.disabled():
        say_figures(browsers, took_s, acknowledged)


def predictions_in(transcript: list[dict[str, Any]]) -> set[tuple[str, int]]:
    sections = (section for message in transcript if message["op"] == "update" for section in message["sections"])
    entries = (entry for section in sections if section["type"] == "prediction" for entry in section["entries"])
    return {(entry[4]["episode_id"], entry[4]["window_idx"]) for entry in entries if entry[4]}


def say_figures(browsers: list[LightBrowser], took_s: list[float], acknowledged: int) -> None:
    away = sorted(seconds for browser in browsers for seconds in browser.away_s)
    codes = Counter(message["code"] for each in browsers for message in each.transcript if message["op"] == "close")
    print(f"\neach process was away for {min(took_s):.1f} to {max(took_s):.1f} s")
    print(f"browsers sent away: {len(away)}, back after {statistics.median(away):.2f} s, the last {away[-1]:.2f} s")
    print(f"refused on the way: {sum(browser.refusals for browser in browsers)}, close codes: {dict(codes)}")
    print(f"acknowledged: {acknowledged} events, none lost")
