"""Log lines: one JSON object each on request, and never a secret."""

import json
import logging
import sys
import urllib.error
import urllib.request

import pytest

from broadcast.ops.log_format import JSONFormatter, LineFormatter, OncePerCause, without_secrets
from tests.support.server import ROOT, Server

SECRETS = {
    "token sticky_Abc-123_xyzXYZ0987 was refused": "sticky_Abc",
    "Authorization: Bearer abcdefgh12345678": "abcdefgh",
    "cannot reach redis://user:hunter22@cache:6379/0": "hunter22",
    "rediss://:hunter22@cache": "hunter22",
    "Cookie: sessionid=abc123; csrftoken=def456": "abc123",
    "{'password': 'hunter22'}": "hunter22",
}


@pytest.mark.parametrize("said", SECRETS)
def test_a_credential_is_left_out(said):
    shown = without_secrets(said)
    assert SECRETS[said] not in shown
    assert "[hidden]" in shown


@pytest.mark.parametrize("said", ["board main gets no updates", "https://host:8000/a@b", "2 tokens: a, b"])
def test_what_is_no_credential_stays(said):
    assert without_secrets(said) == said


def record(message: str, *values: object) -> logging.LogRecord:
    try:
        raise ValueError("with sticky_Abc-123_xyzXYZ0987")
    except ValueError:
        return logging.LogRecord("broadcast.x", logging.ERROR, "x.py", 1, message, values, sys.exc_info())


def test_a_line_is_one_json_object():
    facts = json.loads(JSONFormatter().format(record("%s\nof %s", 'a "word"', "sticky_Abc-123_xyzXYZ0987")))
    assert (facts["level"], facts["logger"]) == ("ERROR", "broadcast.x")
    assert facts["message"] == 'a "word"\nof sticky_[hidden]'
    assert "ValueError: with sticky_[hidden]" in facts["exception"]
    assert facts["time"].endswith("+00:00")


def test_a_line_for_people_hides_the_same():
    assert "Abc-123" not in LineFormatter().format(record("sticky_Abc-123_xyzXYZ0987"))


def test_a_server_writes_json_on_request(tmp_path):
    with Server(tmp_path, STICKYBOARD_LOG_FORMAT="json") as server:
        with pytest.raises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen(f"{server.http}/nowhere/sticky_Abc-123_xyzXYZ0987", timeout=60)
        missing.value.close()
        server.stop()
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert "Not Found: /nowhere/sticky_[hidden]" in [line["message"] for line in lines]
    assert all({"time", "level", "logger", "message", "process"} <= line.keys() for line in lines)


class Lines:
    """What a handler with the filter would write."""

    def __init__(self) -> None:
        self.now = 0.0
        self.filter = OncePerCause(60, lambda: self.now)
        self.written: list[str] = []

    def log(self, name: str, message: str, *args: object, error: Exception | None = None, **extra: object) -> None:
        info = (type(error), error, None) if error else None
        record = logging.LogRecord(name, logging.WARNING, "", 1, message, args, info)
        record.__dict__.update(extra)
        if self.filter.filter(record):
            self.written.append(LineFormatter().format(record).partition(": ")[2])


def test_lines_of_strangers_are_limited_to_one_a_minute():
    lines = Lines()
    for number in range(1000):
        lines.log("django.request", "Not Found: %s", f"/{number}", status_code=404)
        lines.log("django.security.TooManyFieldsSent", "too many", error=ValueError("fields"), status_code=400)
        lines.log("django.security.DisallowedHost", f"Invalid host {number}", error=ValueError("host"))
    assert lines.written == ["Not Found: /0", "too many", "Invalid host 0"]
    lines.now = 61
    lines.log("django.request", "Not Found: %s", "/x", status_code=404)
    assert lines.written[3:] == ["Not Found: /x (999 more since the last such line)"]


def test_a_strangers_line_is_short_and_one_line():
    lines = Lines()
    lines.log("django.request", "Not Found: %s", "/\r\nERROR forged\x1b[31m\u202e" + "x" * 9000, status_code=404)
    [line] = lines.written
    assert len(line) < 350
    assert line.isprintable()
    assert r"/\r\nERROR" in line


def test_faults_of_our_own_are_all_logged_whole():
    lines = Lines()
    for number in range(3):
        lines.log("django.request", "Internal Server Error: %s", "/", error=ValueError(number), status_code=500)
        lines.log("broadcast.delivery.publisher", "the store failed")
    assert len([line for line in lines.written if "ValueError" in line]) == 3
    assert len(lines.written) == 6


def test_causes_that_differ_without_end_take_no_memory():
    lines = Lines()
    for number in range(5000):
        lines.log(f"django.security.Made{number}", "x")
    assert len(lines.filter._causes) <= 500


def test_a_line_that_its_logger_has_limited_passes_the_handler():
    own, handlers = Lines(), Lines()
    for cause in ("pings", "pongs"):
        record = logging.LogRecord("broadcast.server", logging.WARNING, "", 1, f"{cause}, from %s", ("x",), None)
        assert own.filter.filter(record)
        assert handlers.filter.filter(record)


def test_neither_the_demo_nor_a_deployment_logs_each_request():
    started = [
        *(ROOT / "dashboard_project").glob("*.py"),
        *(file for file in (ROOT / "deploy").rglob("*") if file.is_file()),
    ]
    commands = [file.read_text() for file in started]
    assert any("manage.py serve" in text or '"serve"' in text for text in commands)
    assert not [text for text in commands if "--access-log" in text]
