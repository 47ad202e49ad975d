"""Each policy: where an event goes, what is stored of it, and how much a keyspace holds."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.events.policies import (
    DEFAULT_MAX_KEYS,
    DEFAULT_MAX_LANES,
    IGNORE,
    REMOVE,
    Policy,
    counter,
    course,
    custom,
    join_key,
    last_value,
    latest,
    merge,
    newest,
    ring,
    snapshot,
)
from broadcast.types import Bounds

EVENT = {"type": "t", "model": "gbt", "host": "h1", "window": 7, "n": 2}


def give_back(previous, event):
    return event


# where an event goes


@pytest.mark.parametrize(
    ("policy", "key"),
    [
        (last_value("model"), "gbt"),
        (last_value("window"), "7"),
        (last_value("model", "window"), "gbt:7"),
        (counter("n"), ""),
        (counter("n", "model"), "gbt"),
        (newest("n", "host", "model"), "h1:gbt"),
        (merge("host"), "h1"),
        (custom(give_back, "window"), "7"),
        (snapshot(), ""),
        (latest(), ""),
    ],
)
def test_an_entrys_key_is_made_of_the_key_fields(policy, key):
    assert policy.key_of(EVENT) == key


@pytest.mark.parametrize("policy", [ring(3), course(4)])
def test_a_ring_leaves_the_naming_to_the_store(policy):
    assert policy.key_of(EVENT) is None


@pytest.mark.parametrize(("lane", "expected"), [("host", "h1"), ("window", "7"), (None, "")])
def test_a_ring_counts_over_the_lane_field(lane, expected):
    assert ring(3, lane=lane).lane_of(EVENT) == expected


def test_a_policy_without_lanes_has_the_one_lane():
    assert last_value("model").lane_of(EVENT) == ""


@pytest.mark.parametrize(
    ("policy", "fields"),
    [
        (last_value("model", "window"), ("model", "window")),
        (ring(3, lane="host"), ("host",)),
        (ring(3), ()),
        (counter("n", "model"), ("model", "n")),
        (newest("window"), ("window",)),
        (merge("model"), ("model",)),
        (snapshot(), ()),
    ],
)
def test_a_policy_names_every_field_it_needs(policy, fields):
    assert policy.needed_fields == fields


def test_one_key_field_is_not_escaped():
    assert join_key(["a:b\\c"]) == "a:b\\c"


def test_colons_in_values_differ_from_separators():
    assert join_key(["a:b", "c"]) != join_key(["a", "b:c"])


AWKWARD = st.text(st.sampled_from("a:\\"), max_size=6) | st.text(max_size=6)
PAIRS = st.integers(2, 4).flatmap(lambda size: st.tuples(*2 * [st.lists(AWKWARD, min_size=size, max_size=size)]))


@given(PAIRS)
def test_different_values_never_make_one_key(pair):
    one, other = pair
    assert (join_key(one) == join_key(other)) == (one == other)


@pytest.mark.parametrize("size", [2, 3])
def test_no_two_of_all_the_shortest_values_make_one_key(size):
    values = ["", *":\\a", *("".join(pair) for pair in product(":\\", repeat=2))]
    keys = [join_key(list(parts)) for parts in product(values, repeat=size)]
    assert len(set(keys)) == len(keys)


# what is stored


@pytest.mark.parametrize("policy", [last_value("model"), ring(3), snapshot(), latest()])
def test_a_policy_that_keeps_the_event_itself_is_blind(policy):
    assert policy.decide is None


@pytest.mark.parametrize("policy", [counter("n"), newest("n"), merge("model"), custom(give_back)])
def test_a_policy_that_looks_at_the_previous_value_is_not_blind(policy):
    assert policy.decide is not None


def decided(policy: Policy, *events):
    """Return what is stored after these events, sent one after the other."""
    kept = None
    for event in events:
        value = policy.decide(kept, event)
        kept = kept if value is IGNORE else None if value is REMOVE else value
    return kept


def test_a_counter_begins_with_the_first_event():
    assert decided(counter("n"), {"n": 5}) == {"n": 5}


def test_a_counter_adds_up_and_keeps_the_rest_as_last_sent():
    assert decided(counter("n"), {"n": 5, "by": "a"}, {"n": -2, "by": "b"}, {"n": 1, "by": "c"}) == {"n": 4, "by": "c"}


def test_a_counter_leaves_the_event_as_it_was():
    event = {"n": 1}
    decided(counter("n"), {"n": 5}, event)
    assert event == {"n": 1}


@pytest.mark.parametrize("number", [1e308, -1e308])
def test_a_counter_refuses_a_sum_that_is_no_finite_number(number):
    with pytest.raises(ValueError, match="finite"):
        decided(counter("n"), {"n": number}, {"n": number})


def test_a_counter_refuses_a_sum_that_browsers_cannot_represent():
    with pytest.raises((ValueError, OverflowError)):
        decided(counter("n"), {"n": 10**308}, {"n": 9 * 10**308})


def test_newest_takes_the_first_event():
    assert decided(newest("at"), {"at": -1.5}) == {"at": -1.5}


@given(st.lists(st.integers(-3, 3), min_size=1))
def test_newest_never_goes_back(times):
    assert decided(newest("at"), *[{"at": at} for at in times]) == {"at": max(times)}


def test_newest_takes_the_later_of_two_that_are_as_new():
    assert decided(newest("at"), {"at": 1, "by": "a"}, {"at": 1, "by": "b"}) == {"at": 1, "by": "b"}


def test_merge_keeps_every_field_as_last_sent():
    assert decided(merge(), {"a": 1, "b": 1}, {"b": 2, "c": 2}, {"a": None}) == {"a": None, "b": 2, "c": 2}


def test_merge_leaves_the_previous_value_as_it_was():
    previous = {"a": 1}
    merge().decide(previous, {"b": 2})
    assert previous == {"a": 1}


@pytest.mark.parametrize("verdict", [IGNORE, REMOVE, None, 17, [1]])
def test_custom_hands_on_what_your_function_returns(verdict):
    assert custom(lambda previous, event: verdict).decide({}, {}) is verdict


def test_custom_is_given_the_previous_value_and_the_event():
    assert custom(lambda previous, event: [previous, event]).decide("before", "now") == ["before", "now"]


def test_custom_lets_through_what_your_function_raises():
    with pytest.raises(KeyError, match="host"):
        custom(lambda previous, event: event["host"]).decide(None, {})


def test_custom_bears_the_name_of_your_function():
    assert (custom(give_back).name, custom(type("NoName", (), {})()).name) == ("give_back", "custom")


def test_verdicts_say_their_name():
    assert (repr(IGNORE), repr(REMOVE)) == ("IGNORE", "REMOVE")


# how much is held


@pytest.mark.parametrize(
    ("policy", "bounds"),
    [
        (last_value("model"), Bounds(max_keys=DEFAULT_MAX_KEYS)),
        (last_value("model", max_keys=3, ttl_s=9), Bounds(max_keys=3, ttl_s=9)),
        (ring(60), Bounds(per_lane=60, max_lanes=1)),
        (ring(60, max_lanes=5), Bounds(per_lane=60, max_lanes=1)),
        (ring(60, lane="host"), Bounds(per_lane=60, max_lanes=DEFAULT_MAX_LANES)),
        (ring(1, lane="host", max_lanes=2, ttl_s=4), Bounds(per_lane=1, max_lanes=2, ttl_s=4)),
        (snapshot(ttl_s=2), Bounds(max_keys=1, ttl_s=2)),
        (latest(), Bounds(max_keys=1)),
        *((make, Bounds(max_keys=1)) for make in (counter("n"), newest("n"), merge(), custom(give_back))),
        *(
            (make, Bounds(max_keys=5, ttl_s=1))
            for make in (
                counter("n", "model", max_keys=5, ttl_s=1),
                newest("n", "model", max_keys=5, ttl_s=1),
                merge("model", max_keys=5, ttl_s=1),
                custom(give_back, "model", max_keys=5, ttl_s=1),
            )
        ),
    ],
)
def test_every_policy_is_bounded(policy, bounds):
    assert policy.bounds == bounds


def test_a_course_is_bounded_by_thinning():
    assert course(9).bounds == Bounds(per_lane=9, max_lanes=1, thins=True)
    assert course(9, lane="host", max_lanes=3).bounds == Bounds(per_lane=9, max_lanes=3, thins=True)


# what people read


def test_describe_says_what_applies_and_nothing_else():
    assert last_value("episode", "window", max_keys=9, ttl_s=1.5).describe() == {
        "policy": "last_value",
        "key": ["episode", "window"],
        "max_keys": 9,
        "ttl_s": 1.5,
    }


def test_describe_says_the_lane_and_the_bounds_of_a_ring():
    assert ring(60, lane="host", max_lanes=8).describe() == {
        "policy": "ring",
        "lane": "host",
        "per_lane": 60,
        "max_lanes": 8,
    }
