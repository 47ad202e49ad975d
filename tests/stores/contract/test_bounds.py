"""What every store evicts, expires and forgets."""

import json

import pytest

from broadcast.events.policies import last_value, ring
from broadcast.types import Bounds, Cursor, Limits, Write
from tests.support.picture import apply_delta, picture_of
from tests.support.store_writes import put, shown, value


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_ring_holds_its_newest_at_every_edge(make_store, size, at_once):
    policy = ring(size)
    for count in (size - 1, size, size + 1, 3 * size + 1):
        store = make_store()
        writes = [value(None, number) for number in range(count)]
        for chunk in [writes] if at_once else [[write] for write in writes]:
            put(store, *chunk, bounds=policy.bounds)

        assert list(shown(store).values()) == list(range(count))[-size:]


def test_the_lane_that_changed_longest_ago_goes_first(store):
    bounds = ring(2, lane="host", max_lanes=2).bounds
    for lane in ("a", "b", "a", "c"):
        put(store, Write(None, lane, value="1"), bounds=bounds)

    assert {entry.lane for entry in store.since({"k": None})["k"].entries} == {"a", "c"}


def test_an_expired_entry_is_removed_by_an_ordinary_change(store):
    now = 1000.0
    store.clock = lambda: now
    bounds = last_value("x", ttl_s=10).bounds
    head = put(store, value("a", 1), bounds=bounds).head
    now = 1009.9
    assert not put(store, bounds=bounds).has_changes
    now = 1010.0
    put(store, bounds=bounds)

    delta = store.since({"k": head})["k"]

    assert [(entry.key, entry.value) for entry in delta.entries] == [("a", None)]
    assert store.get("k:a") is None


def test_a_write_in_time_extends_an_entry(store):
    now = 1000.0
    store.clock = lambda: now
    bounds = last_value("x", ttl_s=10).bounds
    put(store, value("a", 1), bounds=bounds)
    now = 1008.0
    put(store, value("a", 2), bounds=bounds)
    now = 1012.0
    put(store, bounds=bounds)

    assert shown(store) == {"a": 2}


def test_a_cursor_older_than_the_removals_starts_over(store):
    store.limits = Limits(removals=3)
    head = put(store, *(value(str(number), number) for number in range(5))).head
    heads = [head] + [put(store, Write(str(number))).head for number in range(5)]

    assert [store.since({"k": head})["k"].reset for head in heads] == [True, True, False, False, False, False]


def test_floors_are_remembered_for_as_long(store):
    store.limits = Limits(removals=3)
    bounds = ring(1, lane="host", max_lanes=2).bounds
    pictures = []
    for number in range(12):
        put(store, Write(None, f"h{number}", value=str(number)), bounds=bounds)
        pictures.append(picture_of(store.since({"k": None})))
    wanted = pictures[-1].contents()

    resets = []
    for picture in pictures:
        delta = store.since({"k": Cursor(*picture.heads["k"])})["k"]
        apply_delta(picture, delta)
        resets.append(delta.reset)
        assert picture.contents() == wanted

    assert True in resets
    assert False in resets


@pytest.mark.parametrize("policy", [last_value("key", max_keys=700), ring(20, lane="lane", max_lanes=61)])
def test_a_tick_of_many_hundreds_is_kept_as_one_of_a_few(make_store, policy):
    # More than one statement's worth of rows, page of entries, and slice of keys, each with a rest.
    events = [{"key": f"key-{number % 1111}", "lane": f"lane-{number % 61}"} for number in range(2345)]
    writes = [Write(policy.key_of(event), policy.lane_of(event), value=json.dumps(event)) for event in events]
    whole, parted = make_store(), make_store()
    put(whole, *writes, bounds=policy.bounds)
    for start in range(0, len(writes), 10):
        put(parted, *writes[start : start + 10], bounds=policy.bounds)

    assert shown(whole)
    assert sorted(shown(whole).items()) == sorted(shown(parted).items())


def test_removing_from_a_lane_does_not_make_it_the_newest(store):
    bounds = Bounds(per_lane=2, max_lanes=2)
    put(store, *(Write(key, lane, value="1") for key, lane in (("a1", "a"), ("a2", "a"), ("b1", "b"))), bounds=bounds)
    put(store, Write("a1"), bounds=bounds)
    put(store, Write("c1", "c", value="1"), bounds=bounds)

    assert shown(store).keys() == {"b1", "c1"}


def test_a_removal_without_the_bounds_counts_in_its_lane(store):
    """A process that does not know the event type has other bounds."""
    ring_of_two = Bounds(per_lane=2)
    first = put(store, Write(None, value="1"), Write(None, value="2"), bounds=ring_of_two)
    put(store, Write(first.entries[0].key))
    put(store, *[Write(None, value=str(number)) for number in range(3, 7)], bounds=ring_of_two)

    removed, *entries = store.since({"k": first.head})["k"].entries
    assert (removed.key, removed.value) == (first.entries[0].key, None)
    assert [entry.value for entry in entries] == ["5", "6"]


def test_an_eviction_without_the_bounds_counts_in_its_lane(store):
    ring_of_three = Bounds(per_lane=3)
    put(store, *[Write(None, "a", value=str(number)) for number in range(3)], bounds=ring_of_three)
    put(store, Write("b", value="9"), bounds=Bounds(max_keys=2))  # evicts two of the lane
    put(store, *[Write(None, "a", value=str(number)) for number in range(3, 6)], bounds=ring_of_three)

    assert shown(store) == {"b": 9, "5": 3, "6": 4, "7": 5}


def test_an_eviction_by_max_keys_is_subtracted_from_its_lane(store):
    bounds = Bounds(max_keys=3, per_lane=2, max_lanes=9)
    for lane in "aabba":  # the bound of the keyspace takes a's first two, lane a's own none
        put(store, Write(None, lane, value="1"), bounds=bounds)
    put(store, Write(None, "a", value="1"), bounds=bounds)

    assert shown(store).keys() == {"4", "5", "6"}


def test_a_delta_counts_the_entries_that_max_keys_evicted(store):
    bounds = Bounds(max_keys=2)
    first = put(store, value("a", 1), value("b", 1), bounds=bounds)
    second = put(store, *(value(name, 1) for name in "cdcea"), bounds=bounds)

    assert (first.dropped, second.dropped) == (0, 3)
    assert store.since({"k": first.head})["k"] == second
    assert store.since({"k": None})["k"].dropped == 3
    assert put(store, value("a", 2), Write("e"), value("f", 1), bounds=bounds).dropped == 3


def test_a_delta_counts_the_lanes_that_max_lanes_evicted(store):
    bounds = Bounds(per_lane=2, max_lanes=2)
    put(store, *(value(None, n, lane="x") for n in range(9)), bounds=bounds)
    assert store.since({"k": None})["k"].dropped == 0
    put(store, *(value(None, 1, lane=lane) for lane in "xyzxv"), bounds=bounds)

    assert store.since({"k": None})["k"].dropped == 2


def test_a_lane_is_as_old_as_its_newest_added_entry(store):
    bounds = Bounds(per_lane=2, max_lanes=2)
    put(store, *(value(None, 1, lane=lane) for lane in "yyz"), bounds=bounds)
    put(store, Write("1"), bounds=bounds)  # a removal makes no lane younger
    put(store, value(None, 1, lane="x"), bounds=bounds)

    assert {entry.lane for entry in store.since({"k": None})["k"].entries} == {"z", "x"}
