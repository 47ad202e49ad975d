"""What one tick changes in one keyspace, before bounds."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.events.policies import IGNORE, REMOVE
from broadcast.stores.apply_policies import Change, apply_policies
from broadcast.types import Batch, Bounds, Write


def nothing(key: str) -> str | None:
    return None


def run(*writes: Write, decide=None, applied=None, kept=None, limit: int | None = None):
    previous = nothing if kept is None else kept.get
    return apply_policies(Batch("k", Bounds(), list(writes), decide, limit), applied or {}, previous)


def failures(*writes: Write) -> list[bool]:
    return [write.failure is not None for write in writes]


def add(previous, event):
    return (previous or 0) + event


def collect(previous, event):
    return [*(previous or []), event]


# without a look at the previous value


def test_a_blind_write_is_a_change_as_it_is():
    assert run(Write("a", "lane", "1")).changes == [Change("a", "lane", "1")]


def test_several_values_of_a_key_fold_into_the_last():
    assert run(Write("a", value="1"), Write("a", value="2")).changes == [Change("a", "", "2")]


def test_changes_come_in_the_order_of_the_last_writes():
    writes = [Write("a", value="1"), Write("b", value="2"), Write("c", value="3"), Write("a", value="4")]
    assert [change.key for change in run(*writes).changes] == ["b", "c", "a"]


def test_writes_without_a_key_do_not_fold():
    assert run(Write(None, value="1"), Write(None, value="1")).changes == [Change(None, "", "1")] * 2


def test_a_removal_folds_with_what_was_written_before_it():
    assert run(Write("a", value="1"), Write("a")).changes == [Change("a", "", None)]


def test_a_blind_policy_never_asks_for_the_previous_value():
    apply_policies(Batch("k", Bounds(), [Write("a", value="1")]), {}, pytest.fail)


# who has sent it already


def test_the_newest_seq_of_each_producer_is_returned():
    writes = [Write("a", value="1", producer="p", seq=4), Write("b", value="1", producer="q", seq=2)]
    assert run(*writes, Write("c", value="1", producer="p", seq=5)).seqs == {"p": 5, "q": 2}


@pytest.mark.parametrize(("seq", "is_new"), [(3, False), (4, False), (5, True)])
def test_a_write_that_was_applied_is_left_out(seq, is_new):
    decided = run(Write("a", value="1", producer="p", seq=seq), applied={"p": 4})
    assert (bool(decided.changes), bool(decided.seqs)) == (is_new, is_new)


def test_producers_with_equal_seqs_are_distinguished():
    first, second = Write("a", value="1", producer="p", seq=4), Write("b", value="2", producer="q", seq=4)
    assert run(first, second, applied={"p": 4}).changes == [Change("b", "", "2")]
    assert run(first, second, applied={"q": 4}).seqs == {"p": 4}


def test_writes_of_one_message_are_all_applied():
    decided = run(Write("a", value="1", producer="p", seq=5), Write("b", value="1", producer="p", seq=5))
    assert len(decided.changes) == 2


def test_another_producers_seq_says_nothing():
    assert run(Write("a", value="1", producer="q", seq=1), applied={"p": 4}).changes


def test_a_write_without_a_seq_is_always_applied():
    decided = run(Write("a", value="1", producer="p"), applied={"p": 4})
    assert (len(decided.changes), decided.seqs) == (1, {})


def test_a_failed_message_stores_no_seq_and_fails_again():
    failing = Write("a", event="x", producer="p", seq=5)
    decided = run(failing, decide=add)
    assert (failures(failing), decided.seqs) == ([True], {})
    failing.failure = None
    run(failing, decide=add, applied=decided.seqs)
    assert failures(failing) == [True]


def test_folding_again_forgets_the_earlier_failure():
    write = Write("a", event=1)
    run(write, decide=add, kept={"a": '"x"'})
    assert failures(write) == [True]
    run(write, decide=add, kept={"a": "1"})
    assert failures(write) == [False]


def test_a_duplicate_has_no_failure():
    write = Write("a", event="x", producer="p", seq=1)
    run(write, decide=add)
    run(write, decide=add, applied={"p": 1})
    assert failures(write) == [False]


def test_a_message_of_which_one_event_failed_is_remembered():
    writes = [Write("a", event=event, producer="p", seq=5) for event in ("x", 1)]
    decided = run(*writes, decide=add)
    assert (failures(*writes), decided.seqs) == ([True, False], {"p": 5})


# with a look at it


def test_a_policy_is_given_what_is_kept():
    assert run(Write("a", event=2), decide=add, kept={"a": "40"}).changes == [Change("a", "", "42")]


def test_a_policy_sees_the_earlier_values_of_the_same_tick():
    decided = run(*(Write("a", event=n) for n in (1, 2, 3)), decide=collect, kept={"a": "[0]"})
    assert decided.changes == [Change("a", "", "[0,1,2,3]")]


@pytest.mark.parametrize("decide", [add, lambda previous, event: IGNORE], ids=["kept", "ignored"])
def test_the_previous_value_of_a_key_is_asked_for_once(decide):
    asked = []
    batch = Batch("k", Bounds(), [Write(key, event=1) for key in "abaab"], decide)
    apply_policies(batch, {}, lambda key: asked.append(key))  # returns None
    assert asked == ["a", "b"]


def test_a_policy_that_fails_harms_only_its_own_event():
    writes = [Write("a", event=event) for event in (1, "x", 2)]
    decided = run(*writes, decide=add)
    assert decided.changes == [Change("a", "", "3")]
    failure = "TypeError: unsupported operand type(s) for +: 'int' and 'str'"
    assert [write.failure for write in writes] == [None, failure, None]


@pytest.mark.parametrize("value", [None, math.nan, -math.inf])
def test_a_policy_that_returns_null_fails_with_a_hint(value):
    write = Write("a", event=1)
    assert run(write, decide=lambda previous, event: value).changes == []
    assert f"it returned {value}" in write.failure
    assert "return IGNORE to leave the entry unchanged, or REMOVE" in write.failure


@pytest.mark.parametrize("outcome", [IGNORE, "x" * 100])
def test_a_policy_cannot_change_the_previous_value_in_place(outcome):
    def careless(previous, event):
        previous.append(event)
        return outcome if event == "bad" else previous

    decided = run(Write("a", event="bad"), Write("a", event=2), decide=careless, kept={"a": "[1]"}, limit=50)

    assert decided.changes == [Change("a", "", "[1,2]")]


def test_ignore_leaves_the_entry_as_it_is():
    write = Write("a", event=1)
    assert run(write, decide=lambda previous, event: IGNORE, kept={"a": "1"}).changes == []
    assert failures(write) == [False]


def test_remove_removes_and_the_next_event_begins_anew():
    def remove_at_zero(previous, event):
        return collect(previous, event) if event else REMOVE

    writes = [Write("a", event=0), Write("a", event=5)]
    assert run(writes[0], decide=remove_at_zero, kept={"a": "[1]"}).changes == [Change("a", "", None)]
    assert run(*writes, decide=remove_at_zero, kept={"a": "[1]"}).changes == [Change("a", "", "[5]")]


def test_a_value_at_its_limit_is_stored_and_a_larger_one_is_not():
    fits, larger = Write("a", event="x" * 8), Write("b", event="x" * 9)
    assert [change.key for change in run(fits, larger, decide=lambda p, e: e, limit=10).changes] == ["a"]
    assert (fits.failure, larger.failure) == (None, "ValueError: the value would be 11 bytes; the limit is 10")


def test_a_value_that_has_no_json_form_fails():
    write = Write("a", event=1)
    assert run(write, decide=lambda previous, event: object()).changes == []
    assert failures(write) == [True]


def test_the_next_event_sees_what_the_store_would_have_kept():
    seen = []

    def keep_tuple(previous, event):
        seen.append(previous)
        return (event, float("nan"))  # JSON has neither

    run(Write("a", event=1), Write("a", event=2), decide=keep_tuple)
    assert seen == [None, [1, None]]


def test_a_value_set_by_hand_is_what_the_next_event_sees():
    assert run(Write("a", value="5"), Write("a", event=1), decide=add, kept={"a": "100"}).changes[0].value == "6"


def test_a_removal_by_hand_is_what_the_next_event_sees():
    assert run(Write("a"), Write("a", event=1), decide=add, kept={"a": "100"}).changes[0].value == "1"


def picky(previous, event):
    if event == 0:
        raise ZeroDivisionError
    return IGNORE if event == 1 else REMOVE if event == 2 else collect(previous, event)


def naive(writes, applied, kept):
    """Apply each write to a plain dict, as if every event were a tick of its own."""
    state, order, failed = {key: json.loads(value) for key, value in kept.items()}, {}, set()
    for index, write in enumerate(writes):
        if write.seq and write.seq <= applied.get(write.producer, 0):
            continue
        if write.event is None:
            value = None if write.value is None else json.loads(write.value)
        else:
            try:
                value = picky(state.get(write.key), write.event)
            except ZeroDivisionError:
                failed.add(index)
                continue
        if value is not IGNORE:
            state[write.key] = None if value is REMOVE else value
            order.pop(write.key, None)
            order[write.key] = None
    return [(key, state[key]) for key in order], failed


KEYS = st.sampled_from("abc")
BY_HAND = st.tuples(KEYS, st.none() | st.just("[9]")).map(lambda drawn: Write(drawn[0], value=drawn[1]))
EVENTS = st.tuples(KEYS, st.integers(0, 5), st.sampled_from("pq"), st.integers(0, 4)).map(
    lambda drawn: Write(drawn[0], event=drawn[1], producer=drawn[2], seq=drawn[3])
)


@given(
    st.lists(EVENTS | BY_HAND, max_size=12),
    st.dictionaries(st.sampled_from("pq"), st.integers(0, 3)),
    st.dictionaries(KEYS, st.just("[7]")),
)
def test_a_tick_ends_where_its_events_one_by_one_would(writes, applied, kept):
    decided = run(*writes, decide=picky, applied=applied, kept=kept)
    changes = [(change.key, None if change.value is None else json.loads(change.value)) for change in decided.changes]
    failed = {index for index, write in enumerate(writes) if write.failure is not None}
    assert (changes, failed) == naive(writes, applied, kept)
