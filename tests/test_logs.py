"""Log lines: one JSON object each on request, and never a secret."""

import json
import logging
import sys
import urllib.error
import urllib.request

import pytest

from broadcast.logs import JSONFormatter, LineFormatter, without_secrets
from tests.server import Server

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


@pytest.mark.parametrize("said", ["board main gets no frames", "https://host:8000/a@b", "2 tokens: a, b"])
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
            urllib.request.urlopen(f"{server.http}/nowhere/sticky_Abc-123_xyzXYZ0987", timeout=10)
        missing.value.close()
        server.stop()
        lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert "Not Found: /nowhere/sticky_[hidden]" in [line["message"] for line in lines]
    assert all({"time", "level", "logger", "message", "process"} <= line.keys() for line in lines)
