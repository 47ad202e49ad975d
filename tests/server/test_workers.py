"""Several processes of one server share a file, and browsers of each receive what the others have stored."""

import json
import subprocess

import pytest

from stickyboard import Producer
from tests.support.many_browsers import LightBrowser, Texts
from tests.support.server import ROOT, Server, until

BROWSERS = 24


@pytest.mark.chaos
async def test_every_browser_receives_everything_at_once(tmp_path):
    server = Server(tmp_path, WEB_CONCURRENCY="3", TEST_BROADCAST=json.dumps({"HEADS_S": 3600}))
    server.manager = [str(ROOT / "manage.py")]  # a new interpreter: a fork of the warm one may start no processes
    with server:
        texts = Texts()
        browsers = [LightBrowser(texts, lambda: server) for _ in range(BROWSERS)]
        for browser in browsers:
            browser.start()
        await until(lambda: all(browser.is_caught_up for browser in browsers), 30, "all are connected")
        workers = subprocess.run(["pgrep", "-P", str(server.process.pid), "-f", "spawn_main"], capture_output=True)
        assert len(workers.stdout.split()) == 3
        async with Producer(server.http, server.token) as producer:
            for number in range(20):
                await producer.publish("model_metric", model="gbt", macro_f1=number / 20, wait=True)
        await until(lambda: all(browser.look().get("model_metric", ("", 0))[1] == 20 for browser in browsers), 5, "")
        for browser in browsers:
            await browser.leave()
    assert server.log.read_text() == f"Serving {server.http}/ (Ctrl-C ends it)\n"
