"""Updates of one tick are combined into one, for a browser at any position among them."""

import json
import random

import pytest

from broadcast.delivery.coalesce import coalesced, newest_heads
from broadcast.delivery.updates import Update, section_of, update_of
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.types import NEVER_WRITTEN, Batch, Bounds, Cursor, Delta, Entry, Write
from tests.support.picture import Picture

AT_5 = {"k": Cursor("e", 5)}


def entry(key: str, revision: int, value: str | None = "1", lane: str = "") -> Entry:
    return Entry(key, lane, revision, 1.0, value)


def update(start: int, end: int, *entries: Entry, name: str = "k", epoch: str = "e", **more) -> Update:
    return update_of([section_of(Delta(name, epoch, start, end, entries=list(entries), **more))])


def sections(one: Update | None) -> list[dict]:
    assert one is not None
    return json.loads(one.text)["sections"]


def test_sections_that_continue_each_other_become_one():
    one = coalesced(AT_5, [update(5, 6, entry("a", 6)), update(6, 8, entry("b", 7), entry("c", 8))])
    assert one.spans == [("k", "e", 5, 8, False)]
    assert one.size_bytes == len(one.text)
    assert [row[:3] for row in sections(one)[0]["entries"]] == [["a", "", 6], ["b", "", 7], ["c", "", 8]]


def test_only_the_newest_entry_of_each_key_is_sent():
    one = coalesced(AT_5, [update(5, 7, entry("a", 6), entry("b", 7)), update(7, 8, entry("a", 8, "2"))])
    assert [(row[0], row[2], row[4]) for row in sections(one)[0]["entries"]] == [("b", 7, 1), ("a", 8, 2)]


def test_entries_below_a_later_floor_are_not_sent():
    first = update(5, 7, entry("x", 6, lane="x"), entry("y", 7, lane="y"))
    one = coalesced(AT_5, [first, update(7, 8, entry("x8", 8, lane="x"), floors={"x": 6})])
    assert [row[0] for row in sections(one)[0]["entries"]] == ["y", "x8"]
    assert sections(one)[0]["floors"] == {"x": 6}


def test_a_floor_of_the_whole_keyspace_takes_from_every_lane():
    one = coalesced(AT_5, [update(5, 6, entry("x", 6, lane="x")), update(6, 7, floors={"": 6})])
    assert sections(one)[0]["entries"] == []


def test_a_removal_stays_below_a_floor():
    one = coalesced(AT_5, [update(5, 6, entry("a", 6, None)), update(6, 7, floors={"": 6})])
    assert [row[0] for row in sections(one)[0]["entries"]] == ["a"]


def test_floors_only_rise():
    one = coalesced(AT_5, [update(5, 6, floors={"x": 4}), update(6, 7, floors={"x": 2, "y": 1})])
    assert sections(one)[0]["floors"] == {"x": 4, "y": 1}


def test_the_newest_count_of_what_was_dropped_is_sent():
    one = coalesced(AT_5, [update(5, 6, dropped=3), update(6, 7, dropped=4)])
    assert sections(one)[0]["dropped"] == 4


def test_a_reader_with_the_first_is_sent_the_rest():
    parts = [update(5, 6, entry("a", 6)), update(6, 7, entry("b", 7)), update(7, 8, entry("c", 8))]
    one = coalesced({"k": Cursor("e", 6)}, parts)
    assert one.spans == [("k", "e", 6, 8, False)]
    assert [row[0] for row in sections(one)[0]["entries"]] == ["b", "c"]


def test_a_single_update_that_is_all_news_goes_out_as_it_is():
    known, news = update(4, 5), update(5, 6, entry("a", 6))
    assert coalesced(AT_5, [known, news]) is news


def test_a_reader_with_everything_is_sent_nothing():
    assert coalesced(AT_5, [update(3, 4), update(4, 5)]).spans == []


@pytest.mark.parametrize(
    "parts",
    [
        [update(6, 7)],
        [update(5, 6), update(7, 8)],
        [update(5, 6), update(0, 1, epoch="f", reset=True)],
        [update(4, 6)],
        [update(5, 6), Update("", update(6, 7).spans, 0)],
    ],
    ids=["a gap at the start", "a gap between", "a new history", "an overlap", "heads only"],
)
def test_anything_else_is_read_from_the_store(parts):
    assert coalesced(AT_5, parts) is None


def test_a_keyspace_that_begins_is_merged_with_what_follows():
    one = coalesced({"k": NEVER_WRITTEN}, [update(0, 1, entry("a", 1), reset=True), update(1, 2, entry("b", 2))])
    assert sections(one)[0]["reset"] is True
    assert (one.spans[0].from_revision, one.spans[0].to_revision, one.spans[0].reset) == (0, 2, True)


def test_keyspaces_do_not_mix():
    one = coalesced({**AT_5, "m": Cursor("e", 1)}, [update(5, 6, entry("a", 6)), update(1, 2, entry("a", 2), name="m")])
    assert [(part["type"], part["to"]) for part in sections(one)] == [("k", 6), ("m", 2)]


def test_heads_alone_lead_nobody_on_but_who_has_them():
    heads = newest_heads([update(5, 7), update(7, 9), update(6, 8)])
    assert (heads.text, heads.spans) == ("", [("k", "e", 9, 9, False)])
    assert coalesced(AT_5, [heads]) is None
    assert coalesced({"k": Cursor("e", 9)}, [heads]).spans == []


@pytest.mark.parametrize("seed", range(40))
def test_it_ends_in_the_same_state_as_single_updates(seed):
    rng = random.Random(seed)
    store = SQLiteCache(f":memory:merging-{seed}", {})
    updates, pictures = [], []
    whole = Picture()
    for _ in range(12):
        writes = [Write("z", value="0")] + [
            Write(rng.choice("abcde"), value=rng.choice([None, "1", "2"]))
            if rng.random() < 0.4
            else Write(None, lane=rng.choice("xyz"), value="3")
            for _ in range(rng.randrange(1, 4))
        ]
        updates.append(update_of([section_of(store.apply([Batch("k", Bounds(6, 2, 2), writes)])[0])]))
        whole.apply(json.loads(updates[-1].text))
        pictures.append(whole.contents())
    for start in range(11):
        picture = Picture()
        for part in updates[: start + 1]:
            picture.apply(json.loads(part.text))
        position = {name: Cursor(*head) for name, head in picture.heads.items()}
        end = rng.randrange(start + 1, 12)
        one = coalesced(position, updates[max(1, start - 2) : end + 1])
        picture.apply(json.loads(one.text))
        assert picture.contents() == pictures[end], (start, end)
