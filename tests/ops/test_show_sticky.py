"""`manage.py show_sticky`: a table for people, one JSON object for scripts."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from broadcast.stores.base import StickyCache
from broadcast.types import Batch, Bounds, Write
from producers_api.models import ProducerToken
from tests.support.store_writes import put


@pytest.fixture
def kept(sticky: StickyCache, monkeypatch) -> StickyCache:
    """Two models, written at 1000 and 1090 s; it is 1100 s now."""
    for now, key, value in ((1000.0, "gbt", {"macro_f1": 0.9}), (1090.0, "mlp", {"macro_f1": 0.5})):
        monkeypatch.setattr(type(sticky), "clock", staticmethod(lambda now=now: now))
        sticky.set(f"model_metric:{key}", value)
    monkeypatch.setattr(type(sticky), "clock", staticmethod(lambda: 1100.0))
    return sticky


def show(*args: str) -> str:
    out = io.StringIO()
    call_command("show_sticky", *args, stdout=out)
    return out.getvalue()


def show_json(*args: str) -> dict[str, Any]:
    return json.loads(show(*args, "--format", "json"))["keyspaces"]


def test_shows_a_line_per_keyspace(kept) -> None:
    epoch = kept.heads()["model_metric"].epoch
    head, *lines = show().splitlines()
    assert head.split() == ["keyspace", "entries", "bytes", "evicted", "newest", "revision", "epoch", "policy"]
    found = {line.split()[0]: line.split(maxsplit=9) for line in lines}
    assert found["model_metric"] == [
        *("model_metric", "2", "32", "B", "0", "10", "s", "2", epoch),
        "last_value, key model, max_keys 64",
    ]
    assert found["total_bytes"][:7] == ["total_bytes", "0", "0", "B", "0", "-", "0"]


def test_shows_only_the_types_that_are_named(kept) -> None:
    assert list(show_json("embedding", "model_metric")) == ["embedding", "model_metric"]


def test_lists_types_outside_the_table_but_no_internal_ones(kept) -> None:
    kept.set("gone_type:old", 1)
    put(kept, Write("", value='"mark"'), keyspace="_health")
    assert "not in the table of event types" in show("gone_type")
    assert "_health" not in show()


def test_shows_entries_newest_first(kept) -> None:
    lines = show("model_metric", "--entries").splitlines()
    assert lines[3].split() == ["key", "lane", "revision", "age", "bytes", "value"]
    assert lines[4].split() == ["mlp", "-", "2", "10", "s", "16", '{"macro_f1":0.5}']
    assert lines[5].split() == ["gbt", "-", "1", "1", "min", "16", '{"macro_f1":0.9}']


def test_shows_no_more_entries_than_asked_for(kept) -> None:
    assert [
        entry["key"] for entry in show_json("model_metric", "--entries", "--limit", "1")["model_metric"]["entry_list"]
    ] == ["mlp"]


@pytest.mark.django_db
def test_names_who_sent_the_last_change(sticky) -> None:
    token, _ = ProducerToken.make("lab")
    sticky.apply([Batch("model_metric", Bounds(), [Write("a", value="1", producer=f"{token.pk}:gpu")])])
    assert show_json()["model_metric"]["changed_by"] == "lab / gpu"


def test_keeps_hostile_names_and_values_on_one_line(sticky) -> None:
    value = json.dumps("\u009b31m" + "x" * 500, ensure_ascii=False)
    sticky.apply([Batch("model_metric", Bounds(), [Write("a\nb\x1b[2J", "lane\r", value)])])
    line = show("model_metric", "--entries").splitlines()[4]
    assert line.startswith('"a\\nb\\u001b[2J"  "lane\\r"  1 ')
    assert line.endswith("x…")
    assert line.isprintable()


def test_writes_one_json_object_with_stable_keys(kept) -> None:
    metric = show_json()["model_metric"]
    assert metric == {
        "title": "Macro-F1 by model",
        "policy": {"policy": "last_value", "key": ["model"], "max_keys": 64},
        "entries": 2,
        "lanes": 1,
        "bytes": 32,
        "evicted": 0,
        "changed_at": 1090.0,
        "changed_by": "",
        "revision": 2,
        "epoch": kept.heads()["model_metric"].epoch,
        "newest_at": 1090.0,
        "newest_age_s": 10.0,
    }
    never = show_json()["embedding"]
    assert never.keys() == metric.keys()
    assert (never["entries"], never["revision"], never["epoch"], never["newest_at"]) == (0, 0, "", None)


def test_writes_entries_with_their_values_as_they_are_kept(kept) -> None:
    kept.apply([Batch("model_metric", Bounds(), [Write("a\nb", "ü", '{"n":12345678901234567890,"f":1.50}')])])
    newest, *others = show_json("model_metric", "--entries")["model_metric"]["entry_list"]
    assert newest == {
        "key": "a\nb",
        "lane": "ü",
        "revision": 3,
        "at": 1100.0,
        "age_s": 0.0,
        "bytes": 35,
        "value": {"n": 12345678901234567890, "f": 1.5},
    }
    assert [entry["key"] for entry in others] == ["mlp", "gbt"]
    assert '"f": 1.50' in show("model_metric", "--entries", "--format", "json")


def test_writes_an_empty_list_where_nothing_is_kept(sticky) -> None:
    assert show_json("embedding", "--entries")["embedding"]["entry_list"] == []


def test_tells_a_near_name(kept) -> None:
    with pytest.raises(CommandError, match='did you mean "model_metric"'):
        show("model_metrc")


def test_says_why_the_store_cannot_be_used(sticky, settings, tmp_path) -> None:
    foreign = tmp_path / "letter.txt"
    foreign.write_text("Dear Sir or Madam, " * 20)
    settings.CACHES = {**settings.CACHES, "sticky": {**settings.CACHES["sticky"], "LOCATION": foreign}}
    with pytest.raises(CommandError, match="it is not a SQLite file"):
        show()


def test_changes_nothing(kept) -> None:
    before = kept.heads()
    show("--entries")
    assert kept.heads() == before
