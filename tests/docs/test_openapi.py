"""docs/openapi.json describes the requests and statuses of docs/reference/http.md; `make chaos` sends them."""

import json
import re

from tests.support.doc_pages import read, section_of

DOCUMENT = json.loads(read("docs/openapi.json"))
PAGE = read("docs/reference/http.md")


def test_it_has_every_request_of_the_page():
    described = {f"{method.upper()} {path}" for path, item in DOCUMENT["paths"].items() for method in item}
    headings = re.findall(r"^## `(.+)`$", PAGE, re.MULTILINE)
    assert {heading.replace("<", "{").replace(">", "}") for heading in headings} == described


def test_it_has_every_status_of_an_event():
    statuses = set(re.findall(r"^\| (\d{3}) \|", section_of(PAGE, "## `POST /api/events`"), re.MULTILINE))
    assert set(DOCUMENT["paths"]["/api/events"]["post"]["responses"]) == statuses - {"405"}


def test_its_references_exist():
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert names == set(DOCUMENT["components"]["schemas"])
