"""What every store does with a change, a cursor and a repeat."""

import json
import time

import pytest

from broadcast.errors import HeadMoved
from broadcast.events.policies import counter
from broadcast.stores import base
from broadcast.types import NEVER_WRITTEN, Batch, Bounds, Cursor, Limits, Write
from tests.support.store_writes import put, shown, value


def test_the_head_of_a_new_keyspace_is_in_no_history(store):
    delta = store.since({"k": None})["k"]

    assert delta.head == NEVER_WRITTEN
    assert delta.reset
    assert not store.since({"k": NEVER_WRITTEN})["k"].has_changes


def test_its_clock_shows_seconds_since_1970(store):
    before = time.time()
    put(store, value("a", 1))
    [entry] = store.since({"k": None})["k"].entries
    assert before - 1 < entry.at < time.time() + 1
    assert before - 1 < store.clock() < time.time() + 1


def test_the_first_write_begins_an_epoch_at_revision_one(store):
    applied = put(store, value("a", 1))

    assert applied.to_revision == 1
    assert store.heads() == {"k": applied.head}
    assert store.since({"k": NEVER_WRITTEN})["k"].reset


def test_several_values_of_one_key_fold_into_the_last(store):
    applied = put(store, value("a", 1), value("b", 2), value("a", 3))

    assert [(entry.key, entry.revision, entry.value) for entry in applied.entries] == [
        ("b", 1, "2"),
        ("a", 2, "3"),
    ]


def test_since_brings_only_what_changed(store):
    head = put(store, value("a", 1), value("b", 2)).head
    put(store, value("b", 3))

    delta = store.since({"k": head})["k"]

    assert not delta.reset
    assert [(entry.key, entry.value) for entry in delta.entries] == [("b", "3")]


@pytest.mark.parametrize("cursor", [Cursor("other", 1), Cursor("", 0), None])
def test_another_epoch_starts_the_reader_over(store, cursor):
    put(store, value("a", 1))

    assert store.since({"k": cursor})["k"].reset


def test_a_cursor_from_the_future_starts_the_reader_over(store):
    epoch = put(store, value("a", 1)).epoch

    assert store.since({"k": Cursor(epoch, 2)})["k"].reset


def test_a_removal_is_a_change(store):
    head = put(store, value("a", 1)).head
    applied = put(store, Write("a"))

    assert applied.entries[0].value is None
    assert store.since({"k": head})["k"].entries == applied.entries
    assert store.since({"k": None})["k"].entries == []


def test_removing_what_is_not_there_changes_nothing(store):
    put(store, value("a", 1))

    assert not put(store, Write("b")).has_changes


def test_a_batch_with_a_head_is_refused_after_a_change(store):
    def put_after(head: Cursor, write: Write):
        return store.apply([Batch("k", Bounds(max_keys=100), [write], head=head)])[0]

    first = put_after(NEVER_WRITTEN, value("a", 1)).head
    second = put_after(first, value("b", 2)).head
    for stale in (NEVER_WRITTEN, first, Cursor("other", second.revision)):
        with pytest.raises(HeadMoved):
            put_after(stale, value("a", 3))
    assert store.heads() == {"k": second}
    assert put_after(second, Write("a")).to_revision == 3
    store.reset("k")
    with pytest.raises(HeadMoved):
        put_after(Cursor(second.epoch, 3), value("a", 4))


def test_clearing_begins_a_new_epoch_and_keeps_the_seqs(store):
    before = put(store, value("a", 1, producer="p", seq=7))
    assert store.reset("k")

    delta = store.since({"k": before.head})["k"]

    assert delta.reset
    assert delta.epoch != before.epoch
    assert delta.entries == []
    assert not put(store, value("a", 1, producer="p", seq=7)).has_changes


def test_a_message_sent_again_is_applied_once(store):
    total = counter("n")
    for _ in range(3):
        put(store, Write("", event={"n": 5}, producer="p", seq=1), decide=total.decide)
    put(store, Write("", event={"n": 5}, producer="q", seq=1), decide=total.decide)

    assert shown(store) == {"": {"n": 10}}


def test_an_older_message_does_not_undo_a_newer_one(store):
    put(store, value("a", 3, producer="p", seq=3))
    put(store, value("a", 2, producer="p", seq=2))
    assert shown(store) == {"a": 3}


def test_a_policy_that_raises_harms_only_its_own_event(store):
    def divide(previous, event):
        return {"n": 1 / event["n"]}

    writes = [Write(key, event={"n": n}) for key, n in (("a", 1), ("b", 0), ("c", 2))]
    put(store, *writes, decide=divide)

    assert [write.failure for write in writes] == [None, "ZeroDivisionError: division by zero", None]
    assert shown(store) == {"a": {"n": 1.0}, "c": {"n": 0.5}}


def test_the_number_of_remembered_producers_is_bounded(store):
    store.limits = Limits(producers=3)
    for number in range(6):
        put(store, value("a", number, producer=f"p{number}", seq=1))

    assert not put(store, value("a", 9, producer="p5", seq=1)).has_changes
    assert put(store, value("a", 9, producer="p0", seq=1)).has_changes


def test_a_reader_that_has_everything_is_sent_nothing(store):
    head = put(store, value("a", 1)).head
    put(store, value("b", 1), keyspace="other")
    had = {"k": head, "unwritten": NEVER_WRITTEN}

    found = store.since({**had, "other": None})
    assert {name: delta.has_changes for name, delta in found.items()} == {"k": False, "unwritten": False, "other": True}
    put(store, value("a", 2))
    later = store.since(had)
    assert [entry.value for entry in later["k"].entries] == ["2"]
    assert not later["unwritten"].has_changes


def test_a_reader_far_behind_is_sent_every_page(store):
    head = put(store, value("first", 0)).head
    put(store, *(value(f"key-{number}", number) for number in range(2500)), bounds=Bounds(max_keys=5000))

    entries = store.since({"k": head})["k"].entries
    assert [json.loads(entry.value) for entry in entries] == list(range(2500))
    assert len(store.since({"k": None})["k"].entries) == 2501


def test_removing_from_what_was_never_written_makes_nothing(store):
    put(store, Write("a"))

    assert store.heads() == {}


def test_all_keyspaces_are_read_at_one_instant(store):
    for number in range(50):
        store.apply([Batch(name, Bounds(max_keys=9), [value("n", number)]) for name in ("a", "b")])
        deltas = store.since({"a": None, "b": None})
        assert deltas["a"].entries[0].value == deltas["b"].entries[0].value


def test_a_batch_that_cannot_be_written_leaves_nothing(store):
    put(store, value("a", 1), keyspace="x")
    broken = Write("b", value=object())  # type: ignore[arg-type]  # what no column takes
    with pytest.raises(Exception):
        store.apply([Batch("x", Bounds(max_keys=9), [value("a", 2)]), Batch("y", Bounds(max_keys=9), [broken])])

    assert shown(store, "x") == {"a": 1}
    assert "y" not in store.heads()


def test_the_essay_names_every_method_of_the_contract():
    for method in ("apply", "since", "restore"):
        assert f"`{method}`" in (base.__doc__ or "")
