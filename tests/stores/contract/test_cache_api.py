"""Django's cache interface reads, writes and deletes the entries of every store."""

import math

import pytest

from broadcast.types import Write
from tests.support.store_writes import put, shown, value


def test_it_reads_an_entry_by_its_name(store):
    put(store, Write("gbt", value='{"macro_f1":0.9}'), keyspace="model_metric")

    assert store.get("model_metric:gbt") == {"macro_f1": 0.9}
    assert store.get("model_metric:mlp", "none") == "none"
    assert "model_metric:gbt" in store
    assert store.get_many(["model_metric:gbt", "model_metric:x"]) == {"model_metric:gbt": {"macro_f1": 0.9}}


def test_a_delete_is_a_removal_and_tells_this_process(store):
    notified = []
    store.listeners.add(lambda: notified.append(1))
    head = put(store, value("a", 1)).head

    assert store.delete("k:a")
    assert not store.delete("k:a")
    assert [(entry.key, entry.value) for entry in store.since({"k": head})["k"].entries] == [("a", None)]
    assert notified


def test_a_delete_of_what_is_not_there_leaves_no_trace(store):
    head = put(store, value("a", 1)).head

    assert not store.delete("never-written:a")
    assert not store.delete("k:b")
    assert store.heads() == {"k": head}


def test_a_timeout_hides_an_entry_until_a_change_removes_it(store):
    now = 1000.0
    store.clock = lambda: now
    store.set("k:a", 1, timeout=10)
    head = store.heads()["k"]
    now = 1010.0

    assert store.get("k:a") is None
    assert shown(store) == {"a": 1}
    store.set("k:b", 2)
    assert [(entry.key, entry.value) for entry in store.since({"k": head})["k"].entries] == [
        ("a", None),
        ("b", "2"),
    ]


def test_set_add_touch_incr_and_clear(store):
    now = 1000.0
    store.clock = lambda: now
    store.set("k:n", 1)
    assert not store.add("k:n", 5)
    assert store.add("k:m", 5, timeout=10)
    assert store.incr("k:n") == 2
    assert store.touch("k:m", 30)
    now = 1020.0
    assert store.get("k:m") == 5
    now = 1030.0
    assert store.get("k:m") is None
    assert store.add("k:m", 6)
    store.set("k:m", 7, timeout=0)
    assert store.get("k:m") is None
    store.clear()
    assert store.get("k:n") is None


async def test_its_async_form_works_too(store):
    await store.aset("k:n", {"a": [1, None]})
    assert await store.aget("k:n") == {"a": [1, None]}
    assert await store.aheads() == store.heads()
    assert (await store.asince({"k": None}))["k"].entries[0].key == "n"


def test_it_pickles_nothing(store):
    with pytest.raises(TypeError):
        store.set("k:n", object())


@pytest.mark.parametrize("write", ["set", "add"])
def test_a_ring_takes_events_only(store, write):
    with pytest.raises(ValueError, match="live_detection"):
        getattr(store, write)("live_detection:1", {})


@pytest.mark.parametrize("write", ["set", "add"])
def test_it_refuses_what_browsers_would_take_for_something_else(store, write):
    for null in (None, math.nan, math.inf):
        with pytest.raises(ValueError, match="removal"):
            getattr(store, write)("k:n", null)
    for keyspace in ("", '","x":"', "_health", "Ünicode"):
        with pytest.raises(ValueError, match="not a keyspace"):
            getattr(store, write)(f"{keyspace}:n", 1)
