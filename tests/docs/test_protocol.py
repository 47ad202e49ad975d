"""docs/reference/protocol.md lists exactly the codes, messages and fields of the protocol."""

import json
import re
from typing import Any

import pytest

from broadcast import errors
from broadcast.delivery.updates import Section, heartbeat_text, hello_text, update_of
from broadcast.types import Cursor
from dashboard_project.event_types import EVENT_TYPES
from producers_api.ingest import ack_text, error_text
from tests.support.doc_pages import SETTINGS, closes, read, rows, section_of, source


def tree(root: type[errors.StickyboardError]) -> set[type[errors.StickyboardError]]:
    return {root, *(leaf for child in root.__subclasses__() for leaf in tree(child))}


KINDS = {kind.code: kind for kind in tree(errors.StickyboardError) if kind.__module__ == errors.__name__}


def test_page_lists_exactly_the_error_codes():
    assert set(rows(section_of(read("docs/reference/protocol.md"), "## Error codes"))) == set(KINDS)


def test_page_states_whether_to_retry():
    table = rows(section_of(read("docs/reference/protocol.md"), "## Error codes"))
    assert {code: table[code][-1] for code in KINDS} == {
        code: "yes" if kind.retry else "no" for code, kind in KINDS.items()
    }


def test_page_lists_exactly_the_close_codes():
    table = section_of(read("docs/reference/protocol.md"), "## Close codes")
    listed = {name: int(code) for code, name in re.findall(r"^\| (\d{4}) \| (\w+) \|", table, re.MULTILINE)}
    assert listed == closes()


IN_TRANSCRIPTS = {"open", "close", "state"}  # written by the recorder, and never sent


def test_page_lists_exactly_the_ops():
    sent = {op for _, text in source() for op in re.findall(r'"op": ?"(\w+)"', text)}
    assert sent - IN_TRANSCRIPTS == {"hello", "update", "heartbeat", "ack", "error", "resume", "mismatch", "pace"}
    assert set(re.findall(r'"op": ?"(\w+)"', read("docs/reference/protocol.md"))) == sent


def messages() -> dict[str, dict[str, Any]]:
    """Return one message of each kind, with every field."""
    section = Section(
        '{"type":"a","epoch":"","from":0,"to":0,"reset":true,"floors":{},"strides":{},"dropped":1,"entries":[]}',
        "a",
        Cursor("", 0),
    )
    texts = {
        "hello": hello_text("main", 0.0, 15.0, {"updates": 1, "bytes": 1}, {}),
        "update": update_of([section], caught_up=True).text,
        "heartbeat": heartbeat_text(0.0, {"a": Cursor("", 0)}, {"a": "00000000"}),
        "ack": ack_text(1, 1),
        "error": error_text(errors.UnknownEventType("a"), 1, 0),
        "section": section.text,
    }
    return {name: json.loads(text) for name, text in texts.items()}


@pytest.mark.parametrize(("title", "message"), messages().items())
def test_page_lists_exactly_the_fields(title, message):
    page = read("docs/reference/protocol.md")
    # An op that is sent in both directions has two tables; the one with the op's name as heading lists its fields.
    table = "\n".join(re.findall(rf"^\| `?{title}`? \| meaning \|\n((?:\|.*\n)+)", page, re.MULTILINE))
    assert table, f"no table of {title}"
    assert set(rows(table)) == set(message) - {"op"}


def test_page_lists_every_parameter_of_a_policy():
    names = {name for kind in EVENT_TYPES for name in kind.policy.describe()} | {"ttl_s"}
    cell = rows(read("docs/reference/protocol.md"))["keyspaces"][1]
    assert all(f"`{name}`" in cell for name in names)


def test_page_states_the_default_limits():
    table = section_of(read("docs/reference/protocol.md"), "## Limits")
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for key in re.findall(r"`([A-Z_]+)`", cells[-1]):
            assert f"{SETTINGS[key]:,}" in cells[1], line
