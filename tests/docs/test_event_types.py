"""docs/reference/event_types.md says every event type, and docs/reference/metrics.md every metric, and no other."""

import re

import pytest

from broadcast.types import Cursor
from dashboard_project.event_types import EVENT_TYPES
from tests.docs.pages import read, rows, section_of


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
def test_producers_says_every_event_type(kind):
    _, required, optional, kept, scene = rows(read("docs/reference/event_types.md"))[kind.name]
    fields = kind.fields.values()
    assert re.findall(r"`(\w+)` \(", required) == [field.encode_name for field in fields if field.required]
    assert re.findall(r"`(\w+)` \(", optional) == [field.encode_name for field in fields if not field.required]
    assert scene == kind.scene
    policy = kind.policy.describe()
    assert kept.startswith(f"{policy.pop('policy')}: ")
    said = dict(re.findall(r"`(\w+)` (\d+)", kept))
    assert said == {name: str(bound) for name, bound in policy.items() if name not in ("key", "lane")}
    assert all(f"`{name}`" in kept for name in (*policy.get("key", ()), *filter(None, [policy.get("lane")])))
    assert (f"{kind.max_event_bytes} bytes" in kept) == (kind.max_event_bytes is not None)


def test_producers_names_no_event_type_that_does_not_exist():
    table = read("docs/reference/event_types.md").split("\n| kind |")[0]
    assert [name for name in rows(table) if name != "event type"] == [kind.name for kind in EVENT_TYPES]


def test_producers_says_which_totals_are_increments():
    table = rows(read("docs/reference/event_types.md"))
    said = {name for name, cells in table.items() if "**increment**" in cells[1:2][0]}
    assert said == {kind.name for kind in EVENT_TYPES if kind.policy.name == "counter"}


def metrics() -> set[str]:
    """Return the names of all metrics, as Prometheus stores them, from one that was really told."""
    from broadcast.ops.prometheus import exposition
    from broadcast.types import Holding
    from tests.ops.test_counters import Meters, report

    text = exposition([report(Meters())], {"a": Cursor("e", 1)}, {"a": Holding(1, 1, 1, 1, 1.0, "")}).decode()
    families = re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE)
    return {name for name, kind in families if kind != "histogram"} | {
        f"{name}{suffix}" for name, kind in families if kind == "histogram" for suffix in ("_bucket", "_sum", "_count")
    }


def test_metrics_says_every_metric_and_no_other():
    said = set(rows(section_of(read("docs/reference/metrics.md"), "## What is measured")))
    named = {f"stickyboard_{name}" for name in said if not name.startswith("stickyboard_")} | said
    histograms = {name.removesuffix("_count") for name in metrics() if name.endswith("_count")}
    assert named - histograms == {name for name in metrics() if not name.startswith(tuple(histograms))}
