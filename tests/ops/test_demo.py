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
from pathlib import Path
from typing import Self

import pytest
from django.utils import timezone

from dashboard_project import demo
from producers_api.models import ProducerToken
from producers_api.tokens import stored_token
from tests.support.server import ROOT, free_port

PATIENCE_S = 90


def can_listen_on(host: str) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind((host, 0))
        return True
    return False


needs_ipv6 = pytest.mark.skipif(not can_listen_on("::1"), reason="this machine has no IPv6")


@pytest.mark.parametrize("text", ["0", "65536", "99999", "-1", "http"])
def test_what_is_no_port_is_refused_before_anything_starts(monkeypatch, capsys, text):
    monkeypatch.setattr(sys, "argv", ["demo", f"--port={text}"])
    with pytest.raises(SystemExit):
        demo.read_options()
    assert f'expected a port from 1 to 65535, got "{text}"' in capsys.readouterr().err


@pytest.mark.django_db
def test_a_token_is_stored_while_it_is_valid(tmp_path):
    token = stored_token(tmp_path / "token")
    assert stored_token(tmp_path / "token") == token
    ProducerToken.objects.update(is_revoked=True)
    other = stored_token(tmp_path / "token")
    ProducerToken.objects.update(expires_at=timezone.now())
    assert len({token, other, stored_token(tmp_path / "token")}) == 3
    assert ProducerToken.objects.count() == 1


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
def test_two_demos_on_one_folder_accept_one_token(tmp_path):
    with Demo(tmp_path, "127.0.0.1") as first:
        with Demo(tmp_path, "::1") as second:
            assert first.token == second.token
            assert [running.send() for running in (first, second)] == [200, 200]
            assert second.stop() == 0, second.said
        assert first.send() == 200
        assert first.stop() == 0, first.said
