"""The documentation of event types is complete and has no inline code."""

import html
import json
import re

import pytest
from django.test import Client

from broadcast.events.schemas import example_of
from broadcast.page.event_docs import type_text
from dashboard_project.event_types import EVENT_TYPES


@pytest.fixture(scope="module")
def page() -> str:
    answer = Client().get("/docs/events/")
    assert answer.status_code == 200
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    return answer.content.decode()


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
def test_shows_example_bounds_and_fields_of_each_type(page, kind):
    section = re.search(rf'<section id="{kind.name}".*?</section>', page, re.DOTALL)
    assert section
    example = re.search(r'-example" tabindex="0">(.*?)</pre>', section[0], re.DOTALL)
    assert example
    assert json.loads(html.unescape(example[1])) == json.loads(json.dumps(example_of(kind)))
    assert kind.title in section[0]
    assert f"<dd>{kind.policy.name}</dd>" in section[0]
    assert all(f"<code>{name}</code>" in section[0] for name in ("type", *kind.fields))
    bounds = {name: value for name, value in kind.policy.describe().items() if name.startswith("max_")}
    assert all(f"<dt>{name.replace('_', ' ')}</dt><dd>{value}</dd>" in section[0] for name, value in bounds.items())


def test_has_no_inline_code(page):
    assert " style=" not in page
    assert "<style" not in page
    assert " onclick" not in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_shows_names_in_a_summary_as_code(page):
    assert "How good a model is: <code>macro_f1</code> (0 to 1)" in page


def test_has_a_target_for_every_link(page):
    targets = re.findall(r'href="#([^"]+)"', page)
    assert targets == [kind.name for kind in EVENT_TYPES]
    assert all(f'id="{target}"' in page for target in targets)


def test_redirects_to_a_required_login(settings):
    settings.BROADCAST = {**settings.BROADCAST, "REQUIRE_LOGIN": True}
    answer = Client().get("/docs/events/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/docs/events/")


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"const": "a"}, '"a"'),
        ({"type": "number", "minimum": 0, "maximum": 1}, "number from 0 to 1"),
        ({"type": "integer", "minimum": 0, "maximum": 2**53 - 1}, "whole number from 0"),
        ({"type": "string", "minLength": 1, "maxLength": 120}, "text of 1 to 120 characters"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "true or false"),
        ({"type": "array", "items": {"type": "string"}}, "list of text"),
        ({"type": "array", "items": [{"type": "number"}] * 2}, "list of 2: number, number"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object of whole number"),
        ({"$ref": "#/x"}, "object"),
    ],
)
def test_describes_types_in_words(schema, text):
    assert type_text(schema) == text


def test_redirects_to_the_icon():
    answer = Client().get("/favicon.ico")
    assert (answer.status_code, answer["Location"]) == (302, "/static/stickyboard/page/icon.svg")
