"""Each example of a widget's page is a valid event type, which accepts the event below it."""

import json
import re

import msgspec
import pytest

from tests.support.server import ROOT

FOLDER = ROOT / "docs" / "reference" / "widgets"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.stem != "README")
EXAMPLE = re.compile(r"^```python\n(.*?)^```$.*?^```json\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples_can_be_copied(page):
    examples = EXAMPLE.findall(page.read_text())
    assert examples
    for code, event in examples:
        names: dict[str, object] = {}
        exec(compile(code, str(page), "exec"), names)
        (event_type,) = names["EVENT_TYPES"]
        fields = json.loads(event)
        assert fields.pop("type") == event_type.name
        msgspec.convert(fields, event_type.schema, strict=True)
        assert list(event_type.show.problems(event_type)) == []
