"""docs/reference/protocol.md says every code, message and field of the wire, and no other."""

import json
import re
from typing import Any

import pytest

from broadcast import errors
from broadcast.delivery.updates import Section, Span, heartbeat_text, hello_text, update_of
from broadcast.types import Cursor
from dashboard_project.event_types import EVENT_TYPES
from producers_api.ingest import ack_text, error_text
from tests.docs.pages import SETTINGS, closes, read, rows, section_of, source


def tree(root: type[errors.StickyboardError]) -> set[type[errors.StickyboardError]]:
    return {root, *(leaf for child in root.__subclasses__() for leaf in tree(child))}


KINDS = {kind.code: kind for kind in tree(errors.StickyboardError) if kind.__module__ == errors.__name__}


def test_protocol_says_every_error_code_and_no_other():
    assert set(rows(section_of(read("docs/reference/protocol.md"), "## Error codes"))) == set(KINDS)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_protocol_says_whether_to_retry(code):
    cells = rows(section_of(read("docs/reference/protocol.md"), "## Error codes"))[code]
    assert cells[-1] == ("yes" if KINDS[code].retry else "no")


def test_protocol_says_every_close_code_with_its_name_and_no_other():
    table = section_of(read("docs/reference/protocol.md"), "## Close codes")
    said = {name: int(code) for code, name in re.findall(r"^\| (\d{4}) \| (\w+) \|", table, re.MULTILINE)}
    assert said == closes()


IN_TRANSCRIPTS = {"open", "close", "state"}  # written down by who watches, and never sent


def test_protocol_says_every_op_and_no_other():
    sent = {op for _, text in source() for op in re.findall(r'"op": ?"(\w+)"', text)}
    assert sent - IN_TRANSCRIPTS == {"hello", "update", "heartbeat", "ack", "error", "resume"}
    assert set(re.findall(r'"op": ?"(\w+)"', read("docs/reference/protocol.md"))) == sent


def messages() -> dict[str, dict[str, Any]]:
    """Return one of each message with every field that the code can give it."""
    section = Section(
        '{"type":"a","epoch":"","from":0,"to":0,"reset":true,"floors":{},"entries":[]}', Span("a", "", 0, 0)
    )
    texts = {
        "hello": hello_text("main", 0.0, 15.0, {"updates": 1, "bytes": 1}, {}),
        "update": update_of([section], caught_up=True).text,
        "heartbeat": heartbeat_text(0.0, {"a": Cursor("", 0)}),
        "ack": ack_text(1, 1),
        "error": error_text(errors.UnknownEventType("a"), 1, 0),
        "section": section.text,
    }
    return {name: json.loads(text) for name, text in texts.items()}


@pytest.mark.parametrize(("title", "message"), messages().items())
def test_protocol_says_every_field_of(title, message):
    page = read("docs/reference/protocol.md")
    # An op that goes both ways has its fields in the table that is headed by its name.
    table = "\n".join(re.findall(rf"^\| `?{title}`? \| meaning \|\n((?:\|.*\n)+)", page, re.MULTILINE))
    assert table, f"no table of {title}"
    assert set(rows(table)) == set(message) - {"op"}


def test_protocol_says_every_fact_of_a_policy():
    facts = {fact for kind in EVENT_TYPES for fact in kind.policy.describe()} | {"ttl_s"}
    assert all(f"`{fact}`" in rows(read("docs/reference/protocol.md"))["keyspaces"][1] for fact in facts)


def test_protocol_says_the_limits_in_force():
    table = section_of(read("docs/reference/protocol.md"), "## Limits")
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for key in re.findall(r"`([A-Z_]+)`", cells[-1]):
            assert f"{SETTINGS[key]:,}" in cells[1], line
