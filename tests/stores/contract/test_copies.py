"""Every store exports copies, and restores those of any other."""

from broadcast.types import Bounds, Write
from tests.support.store_writes import put, shown, value


def test_a_cleared_or_restored_keyspace_has_dropped_nothing(store):
    put(store, *(value(name, 1) for name in "abc"), bounds=Bounds(max_keys=2))
    copies = store.export()
    store.restore(copies)
    assert store.since({"k": None})["k"].dropped == 0
    put(store, *(value(name, 1) for name in "de"), bounds=Bounds(max_keys=2))
    assert store.since({"k": None})["k"].dropped == 2
    store.reset("k")
    assert put(store, value("a", 1)).dropped == 0


def test_a_copy_in_another_store_holds_the_same(store, make_store):
    store.clock = lambda: 1000.0
    put(store, value("a", 1, producer="7:p", seq=41), value("b", 2), Write("a"), bounds=Bounds(max_keys=9, ttl_s=60))
    put(store, *(value(None, n, lane="x") for n in range(5)), keyspace="ring", bounds=Bounds(per_lane=3))
    put(store, value("", 1), keyspace="_own")
    copy = make_store()
    copy.restore(store.export())

    assert copy.sizes() == {"k": 1, "ring": 3}
    for name in ("k", "ring"):
        assert copy.since({name: None})[name].entries == store.since({name: None})[name].entries
        assert copy.heads()[name].revision == store.heads()[name].revision
        assert copy.heads()[name].epoch not in ("", store.heads()[name].epoch)
    assert copy.read("k", "b") == store.read("k", "b") == ("2", 1060.0)


def test_a_copy_remembers_what_was_applied(store, make_store):
    put(store, value("a", 1, producer="7:p", seq=41))
    copy = make_store()
    copy.restore(store.export(["k"]))

    assert not put(copy, value("a", 2, producer="7:p", seq=41)).has_changes
    assert put(copy, value("a", 3, producer="7:p", seq=42)).has_changes


def test_a_copy_does_not_take_back_what_was_applied_since(store):
    put(store, value("a", 1, producer="7:p", seq=41))
    copy = store.export(["k"])
    head = put(store, value("a", 2, producer="7:p", seq=42), value("b", 1)).head
    store.restore(copy)

    assert shown(store) == {"a": 1}
    assert store.since({"k": head})["k"].reset
    assert not put(store, value("a", 2, producer="7:p", seq=42)).has_changes


def test_a_copy_of_a_ring_goes_on_where_it_stopped(store):
    bounds = Bounds(per_lane=3)
    put(store, *(value(None, n) for n in range(5)), bounds=bounds)
    store.restore(store.export())
    head = store.heads()["k"]
    applied = put(store, value(None, 9), bounds=bounds)

    assert shown(store) == {"4": 3, "5": 4, "6": 9}
    assert applied == store.since({"k": head})["k"]
    assert store.stats()["k"].entries == 3
    assert store.audit() == []
