"""The committed document is current; tests/js/asyncapi.test.js validates it against AsyncAPI 3."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from broadcast.delivery.flow_control import MAX_PER_S, MIN_PER_S
from broadcast.delivery.updates import PROTOCOL
from dashboard_project.event_types import EVENT_TYPES
from tests.support.server import ROOT

FILE = ROOT / "docs" / "asyncapi.json"


def run(*words: str) -> str:
    out = StringIO()
    call_command("asyncapi", *words, stdout=out)
    return out.getvalue()


def test_the_committed_document_is_up_to_date():
    assert run("--check", str(FILE)) == f"{FILE} is up to date\n"


def test_it_is_printed_as_in_the_file():
    assert json.loads(run()) == json.loads(FILE.read_text())


def test_it_is_written_to_the_given_path(tmp_path):
    run("--output", str(tmp_path / "a.json"))
    assert (tmp_path / "a.json").read_text() == FILE.read_text()


def test_it_has_the_numbers_of_the_server():
    document = json.loads(run())
    payloads = {name: each["payload"] for name, each in document["components"]["messages"].items()}
    queries = [each["bindings"]["ws"]["query"]["properties"] for each in document["channels"].values()]
    assert {query["protocol"]["const"] for query in queries} == {str(PROTOCOL)}
    assert payloads["hello"]["properties"]["protocol"]["const"] == PROTOCOL
    assert document["info"]["version"] == f"{PROTOCOL}.0.0"
    pace = payloads["pace"]["properties"]["max_per_s"]
    assert (pace["minimum"], pace["maximum"]) == (MIN_PER_S, MAX_PER_S)


@pytest.mark.parametrize("content", [None, "{}"])
def test_a_file_that_is_not_up_to_date_ends_with_an_error(tmp_path, content):
    file = tmp_path / "a.json"
    if content:
        file.write_text(content)
    with pytest.raises(CommandError, match="not up to date"):
        run("--check", str(file))


def test_every_event_type_may_be_sent():
    document = json.loads(run())
    messages = document["operations"]["receiveEvents"]["messages"]
    names = [message["$ref"].rpartition("/")[2] for message in messages]
    assert names == [*(kind.name for kind in EVENT_TYPES), "batch"]
    for kind in EVENT_TYPES:
        message = document["components"]["messages"][kind.name]
        assert message["x-policy"]["policy"] == kind.policy.name
