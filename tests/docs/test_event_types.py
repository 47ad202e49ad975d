"""docs/reference/event_types.md lists exactly the event types, and docs/reference/metrics.md the metrics."""

import re

import pytest

from dashboard_project.event_types import EVENT_TYPES
from tests.support.counting import metric_names
from tests.support.doc_pages import read, rows, section_of


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
def test_page_describes_an_event_type(kind):
    _, required, optional, stored, widget = rows(read("docs/reference/event_types.md"))[kind.name]
    fields = kind.fields.values()
    assert re.findall(r"`(\w+)` \(", required) == [field.encode_name for field in fields if field.required]
    assert re.findall(r"`(\w+)` \(", optional) == [field.encode_name for field in fields if not field.required]
    assert widget == (kind.show.kind)
    policy = kind.policy.describe()
    assert stored.startswith(f"{policy.pop('policy')}: ")
    bounds = dict(re.findall(r"`(\w+)` (\d+)", stored))
    assert bounds == {name: str(bound) for name, bound in policy.items() if name not in ("key", "lane")}
    assert all(f"`{name}`" in stored for name in (*policy.get("key", ()), *filter(None, [policy.get("lane")])))
    assert (f"{kind.max_event_bytes} bytes" in stored) == (kind.max_event_bytes is not None)


def test_page_lists_the_event_types_in_order():
    table = read("docs/reference/event_types.md").split("\n| kind |")[0]
    assert [name for name in rows(table) if name != "event type"] == [kind.name for kind in EVENT_TYPES]


def test_page_marks_the_totals_that_are_increments():
    table = rows(read("docs/reference/event_types.md"))
    increments = {name for name, cells in table.items() if "**increment**" in cells[1:2][0]}
    assert increments == {kind.name for kind in EVENT_TYPES if kind.policy.name == "counter"}


def test_page_lists_exactly_the_metrics():
    listed = set(rows(section_of(read("docs/reference/metrics.md"), "## What is measured")))
    named = {f"stickyboard_{name}" for name in listed if not name.startswith("stickyboard_")} | listed
    histograms = {name.removesuffix("_count") for name in metric_names() if name.endswith("_count")}
    assert named - histograms == {name for name in metric_names() if not name.startswith(tuple(histograms))}
