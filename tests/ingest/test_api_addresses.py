"""Addresses below /api/ that do not exist, and methods that they do not have, over a real server."""

import json
import urllib.error
import urllib.request

import pytest

from tests.support.server import Server


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "code"),
    [("other", "unknown_board"), ("main/model_metrics", "unknown_event_type"), ("other/x", "unknown_board")],
)
def test_a_state_that_does_not_exist_is_said_as_an_error(shared, path, code):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{shared.http}/api/state/{path}", timeout=60)
    with refused.value as answer:
        assert (answer.code, json.load(answer)["code"]) == (404, code)


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["main", "main/model_metric"])
def test_a_state_is_read_with_get(shared, path, method):
    request = urllib.request.Request(f"{shared.http}/api/state/{path}", method=method)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    with refused.value as answer:
        facts = json.load(answer)
    assert (answer.code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert (facts["code"], facts["message"]) == ("get_required", f"read the state with GET, not {method}")


@pytest.mark.parametrize(
    ("path", "status", "code", "word"),
    [
        ("/api/events", 405, "post_required", "send events with POST, not GET"),
        ("/api/event", 404, "unknown_path", 'did you mean "/api/events"?'),
        ("/api/state", 404, "unknown_path", 'did you mean "/api/state/BOARD"?'),
        ("/api/v1/boards/main/numbers", 404, "unknown_path", "there are /api/events, /api/state/BOARD"),
    ],
)
def test_a_wrong_request_is_answered_with_the_right_one(shared, path, status, code, word):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(shared.http + path, timeout=60)
    with refused.value as answer:
        facts = json.load(answer)
    assert (answer.code, facts["code"]) == (status, code)
    assert word in facts["message"]
    assert answer.headers["Allow"] == ("POST" if status == 405 else None)
