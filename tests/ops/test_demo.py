"""`make demo`: ports, tokens, IPv4 and IPv6, and two demos on one folder."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from dashboard_project import demo, network
from producers_api.models import ProducerToken
from tests.support.server import ROOT, free_port

PATIENCE_S = 90


def can_listen_on(host: str) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind((host, 0))
        return True
    return False


needs_ipv6 = pytest.mark.skipif(not can_listen_on("::1"), reason="this machine has no IPv6")


@contextlib.contextmanager
def listening(host: str) -> Iterator[int]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("host", ["127.0.0.1", pytest.param("::1", marks=needs_ipv6)])
def test_a_port_is_free_until_somebody_listens(host):
    with listening(host) as port:
        assert not demo.is_free(host, port)
    assert demo.is_free(host, port)


def test_a_name_is_free_where_each_of_its_addresses_is():
    with listening("127.0.0.1") as port:
        assert not demo.is_free("localhost", port)


def test_the_server_reports_an_address_of_another_machine():
    assert demo.is_free("192.0.2.1", 8000)
    assert demo.is_free("nowhere.invalid", 8000)


@pytest.mark.parametrize("text", ["0", "65536", "99999", "-1", "http"])
def test_what_is_no_port_is_refused_before_anything_starts(monkeypatch, capsys, text):
    monkeypatch.setattr(sys, "argv", ["demo", f"--port={text}"])
    with pytest.raises(SystemExit):
        demo.read_options()
    assert f'expected a port from 1 to 65535, got "{text}"' in capsys.readouterr().err


def test_no_port_above_the_last_is_tried(monkeypatch):
    monkeypatch.setattr(demo, "is_free", lambda host, port: False)
    with pytest.raises(SystemExit, match="65530"):
        demo.choose_port("127.0.0.1", 65_530)


def test_the_server_is_started_as_any_other():
    words = ["-m", "dashboard_project", "serve", "--host", "127.0.0.1", "--port", "8001"]
    assert demo.server_command("127.0.0.1", 8001)[1:] == words


@pytest.mark.django_db
def test_each_demo_has_a_token_while_it_runs():
    with listening("127.0.0.1") as one, listening("127.0.0.1") as two:
        first, second = network.address("127.0.0.1", one), demo.address("127.0.0.1", two)
        with demo.own_token(first) as token, demo.own_token(second) as other:
            assert token != other
            assert ProducerToken.objects.count() == 2
        assert not ProducerToken.objects.exists()


@pytest.mark.django_db
def test_what_a_killed_demo_left_is_deleted_by_the_next():
    others = {"lab", f"{demo.TOKEN_NAME}the fair"}
    for name in others:
        ProducerToken.make(name)
    ProducerToken.make(f"{demo.TOKEN_NAME}{network.address('127.0.0.1', free_port())}")
    with listening("127.0.0.1") as port:
        url = network.address("127.0.0.1", port)
        ProducerToken.make(f"{demo.TOKEN_NAME}{url}")
        with demo.own_token(url):
            assert {row.name for row in ProducerToken.objects.all()} == {*others, f"{demo.TOKEN_NAME}{url}"}
        assert {row.name for row in ProducerToken.objects.all()} == others


class Demo:
    """A running demo; what it prints is read until it has said its token."""

    def __init__(self, folder: Path, host: str) -> None:
        environment = {
            **os.environ,
            "STICKYBOARD_DATA": str(folder),
            "DJANGO_SETTINGS_MODULE": "dashboard_project.settings",
            "http_proxy": f"http://127.0.0.1:{free_port()}",  # nobody is there: what is on this machine needs none
            "no_proxy": "",
            "NO_PROXY": "",
        }
        command = [sys.executable, "-m", "dashboard_project.demo", "--host", host, "--port", str(free_port())]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = ""

    def __enter__(self) -> Self:
        while (found := re.search(r"Dashboard +(\S+)/\n[\s\S]* token +(\S+)", self.said)) is None:
            line = self.process.stdout.readline()
            assert line, self.said
            self.said += line
        self.url, self.token = found.groups()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def send(self) -> int:
        """Send an event with its token, and return the status."""
        event = json.dumps({"type": "total_alerts", "alerts": 1}).encode()
        request = urllib.request.Request(f"{self.url}/api/events", event)
        request.add_header("Authorization", f"Bearer {self.token}")
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.said += self.process.communicate(timeout=PATIENCE_S)[0]
        return self.process.returncode


@pytest.mark.chaos
@needs_ipv6
def test_a_second_demo_does_not_delete_the_token_of_the_first(tmp_path):
    with Demo(tmp_path, "127.0.0.1") as first:
        with Demo(tmp_path, "::1") as second:
            assert [running.send() for running in (first, second)] == [200, 200]
            assert second.stop() == 0, second.said
        assert first.send() == 200
        assert first.stop() == 0, first.said
