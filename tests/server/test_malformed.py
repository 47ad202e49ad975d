"""Malformed requests cause no 500, no traceback and few log lines, and the server continues."""

import pytest

from broadcast.server.limits import MAX_HEAD_BYTES
from tests.support.malformed import BODIES, malformed, send, send_all, status
from tests.support.server import Server

FIELDS = next(body for body in BODIES if body.startswith(b"f0="))
POST = b"POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
POST += b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
INPUTS = 300
ANSWERS = {0: "400", 25: "101", 73: "404"}  # of some, at whose ends the server closes at once
MOST_LINES = 30


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("malformed")) as running:
        yield running


def answered(server: Server, data: bytes) -> str:
    return status(send(server.port, data, 20))


@pytest.mark.parametrize("path", [b"/login/", b"/admin/login/", b"/", b"/api/state/main"])
def test_a_form_of_too_many_fields_is_a_400_or_403(shared, path):
    for _ in range(3):
        assert answered(shared, POST % (path, len(FIELDS)) + FIELDS) in ("400", "403", "405")
    log = shared.log.read_text()
    assert "Traceback" not in log
    assert log.count("TooManyFields") <= 1


@pytest.mark.parametrize("head", [b"X: " + b"x" * MAX_HEAD_BYTES, b"X: y\r\n" * 200])
def test_a_head_that_is_too_large_is_a_431(shared, head):
    assert answered(shared, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n") == "431"


def test_a_url_that_is_too_long_is_a_414(shared):
    assert answered(shared, b"GET /" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n") == "414"


def test_the_same_number_gives_the_same_input():
    assert [malformed(number) for number in range(50)] == [malformed(number) for number in range(50)]


@pytest.mark.slow
def test_malformed_inputs_leave_a_sound_server(shared):
    seen = {number: status(answer) for number, answer in send_all(shared.port, range(INPUTS))}
    assert [number for number, got in seen.items() if got == "500"] == []
    assert {number: answered(shared, malformed(number)) for number in ANSWERS} == ANSWERS
    log = shared.log.read_text()
    assert "Traceback" not in log
    assert log.count("\n") < MOST_LINES, log
    assert answered(shared, b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") == "200"
