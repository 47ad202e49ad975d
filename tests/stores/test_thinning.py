"""A course has the first and the newest event of each lane, at equal distances, and mirrors have the same."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast.events.policies import course, ring
from broadcast.stores.apply_policies import Change
from broadcast.stores.base import StickyCache
from broadcast.stores.sqlite import lanes
from broadcast.stores.sqlite.lanes import Lane, Lanes
from broadcast.stores.thinning import rounded_up
from broadcast.types import Batch, Bounds, Cursor, Write, is_thinned, number_in
from tests.support.picture import apply_delta, picture_of

SIZES = st.integers(4, 12)
TICKS = st.lists(st.integers(1, 40), min_size=1, max_size=12)  # events in each tick


def evenly_thinned(numbers: Sequence[int], size: int, count: int) -> None:
    """Check what is stored of the events 0 to count - 1."""
    assert size // 2 < len(numbers) <= size or list(numbers) == list(range(count))
    assert (numbers[0], numbers[-1]) == (0, count - 1)
    gaps = [after - before for before, after in pairwise(numbers)]
    assert len(set(gaps[:-1])) <= 1
    assert gaps[-1:] <= gaps[:1]


def stored_after(ticks: Sequence[int], size: int) -> Iterator[tuple[int, list[int]]]:
    """Yield how many events there were and which of them are stored, after each tick; without a store."""
    stored, entries, count = Lanes({"": Lane()}), dict[str, int](), 0
    for events in ticks:
        changes = [Change(None, "", str(count + number)) for number in range(events)]
        for change in stored.number(changes, size)[0]:
            entries.pop(str(change.key), None)
            entries[str(change.key)] = int(change.value or 0)
        count += events
        entries = {key: n for key, n in entries.items() if not is_thinned(key, "", {"": stored[""].stride})}
        yield count, list(entries.values())


def try_courses() -> None:
    @settings(max_examples=200, deadline=None, database=None, report_multiple_bugs=False)
    @given(TICKS, SIZES)
    def any_course(ticks: list[int], size: int) -> None:
        for count, numbers in stored_after(ticks, size):
            evenly_thinned(numbers, size, count)

    any_course()


def test_any_course_is_thinned_evenly():
    try_courses()


def newest_is_forgotten(patch) -> None:
    patch.setattr(lanes, "rounded_up", lambda number, stride: number // stride * stride)


def one_entry_too_many(patch) -> None:
    patch.setattr(Lane, "count", lambda self, events, size: count(self, events, size + 1))


def thinned_too_early(patch) -> None:
    patch.setattr(Lane, "count", lambda self, events, size: count(self, events, size // 2))


def first_is_number_one(patch) -> None:
    patch.setattr(lanes, "rounded_up", lambda number, stride: rounded_up(number + 1, stride))


count = Lane.count
BUGS = [newest_is_forgotten, one_entry_too_many, thinned_too_early, first_is_number_one]


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_in_thinning_is_found(bug, monkeypatch):
    bug(monkeypatch)

    with pytest.raises(AssertionError):
        try_courses()


@pytest.mark.parametrize(
    ("key", "number"),
    [("run:7", 7), (":0", 0), ("a:b:12", 12), ("12", None), ("", None), ("a:", None), ("a:-1", None), ("a:1e3", None)],
)
def test_the_number_of_an_entry_ends_its_key(key, number):
    assert number_in(key) == number
    assert (re.search(r":(\d{1,15})$", key, re.ASCII) is not None) == (number is not None)  # as in mirror.js


# in each store

LANES = course(6, lane="run", max_lanes=2).bounds


def send(store: StickyCache, *numbers: int, lane: str = "run", bounds: Bounds = LANES, **more: Any) -> Any:
    writes = [Write(None, lane, json.dumps(number), **more) for number in numbers]
    return store.apply([Batch("k", bounds, writes)])[0]


def numbers_in(store: StickyCache, lane: str = "run") -> list[int]:
    entries = store.since({"k": None})["k"].entries
    return [json.loads(entry.value) for entry in entries if entry.lane == lane]


def test_first_and_newest_are_there_after_every_tick(store):
    count = 0
    for events in (1, 1, 2, 1, 1, 7, 1, 30, 1, 200, 3):
        send(store, *range(count, count + events))
        count += events
        evenly_thinned(numbers_in(store), 6, count)

    assert store.audit() == []


def test_a_tick_stores_what_single_events_do(make_store):
    whole, single = make_store(), make_store()
    send(whole, *range(45))
    for number in range(45):
        send(single, number)

    assert numbers_in(whole) == numbers_in(single) == [0, 16, 32, 44]


def test_every_cursor_leads_to_the_same(store):
    pictures = []
    for number in range(40):
        send(store, number, lane=f"run {number // 15 % 3}")  # a third lane evicts the first
        pictures.append(picture_of(store.since({"k": None})))
    for late in pictures:
        apply_delta(late, store.since({"k": Cursor(*late.heads["k"])})["k"])
        assert late.contents() == pictures[-1].contents()


def test_a_thinning_is_sent_as_one_number(store):
    head = send(store, *range(6)).head
    assert send(store, 6).strides == {"run": 2}
    send(store, 7)

    delta = store.since({"k": head})["k"]
    assert delta.strides == {"run": 2}
    assert [(entry.key, entry.value) for entry in delta.entries] == [("run:6", "6"), ("run:8", "7")]
    assert store.since({"k": delta.head})["k"].strides == {}


def test_a_message_sent_again_takes_no_number(store):
    for number in range(3):
        for _ in range(2):
            send(store, number, producer="p", seq=number + 1)

    assert [entry.key for entry in store.since({"k": None})["k"].entries] == ["run:0", "run:1", "run:2"]


def test_a_lane_without_entries_begins_again(store):
    send(store, *range(9))
    early = picture_of(store.since({"k": None}))
    send(store, *range(9, 30))
    for entry in store.since({"k": None})["k"].entries:
        store.apply([Batch("k", LANES, [Write(entry.key)])])
    send(store, *range(8))

    evenly_thinned(numbers_in(store), 6, 8)
    apply_delta(early, store.since({"k": Cursor(*early.heads["k"])})["k"])
    assert early.contents() == picture_of(store.since({"k": None})).contents()


def test_a_copy_goes_on_at_the_same_distances(store, make_store):
    send(store, *range(20))
    copy = make_store()
    copy.restore(store.export())
    entries = [entry.key for entry in copy.since({"k": None})["k"].entries]
    head = copy.heads()["k"]
    delta = send(copy, 20)

    assert entries == ["run:0", "run:4", "run:8", "run:12", "run:16", "run:20"]
    assert [entry.key for entry in copy.since({"k": None})["k"].entries] == ["run:0", "run:8", "run:16", "run:24"]
    assert delta == copy.since({"k": head})["k"]
    assert copy.audit() == []


def test_a_lane_thinned_and_evicted_at_once_has_no_stride(store):
    head = send(store, 0).head
    writes = [Write(None, lane, "1") for lane in [*("a" * 9), *("b" * 9), *("c" * 9)]]
    delta = store.apply([Batch("k", LANES, writes)])[0]

    assert delta == store.since({"k": head})["k"]
    assert delta.strides == {"b": 2, "c": 2}


def test_a_smaller_course_thins_at_its_next_event(store):
    send(store, *range(40), bounds=course(40, lane="run").bounds)
    send(store, 40)

    evenly_thinned(numbers_in(store), 6, 41)


def test_a_ring_that_becomes_a_course_stays_in_its_bound(store):
    send(store, *range(6), bounds=ring(6, lane="run").bounds)
    for number in range(6, 30):
        send(store, number)
        assert len(numbers_in(store)) <= 6
    assert store.audit() == []
