"""The text that is sent to browsers for any stored value, and the cursor that they send."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.delivery.updates import heartbeat_text, hello_text, read_cursor, section_of, update_of
from broadcast.errors import InvalidCursor
from broadcast.types import NEVER_WRITTEN, Cursor, Delta, Entry, entry_text
from stickyboard.mirror import Copy, Mirror

HOSTILE = ['"', "\\", "</script>", "\u2028", "\x00", "\n", "é", "😀", "a:b,c", '","x":"', ""]
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=8)
REVISIONS = st.integers(0, 2**53)
VALUES = st.none() | (TEXTS | st.lists(st.integers() | TEXTS, max_size=3)).map(json.dumps)
ENTRIES = st.builds(Entry, TEXTS, TEXTS, REVISIONS, st.floats(0, 4e9), VALUES)


def section(**more) -> dict:
    return json.loads(section_of(Delta("k", "abc", 3, 7, **more)).text)


# sections


def test_a_section_says_from_where_to_where_it_leads():
    assert section() == {"type": "k", "epoch": "abc", "from": 3, "to": 7, "entries": []}


def test_a_section_that_starts_over_says_so():
    assert section(reset=True)["reset"] is True


def test_a_section_brings_floors_where_there_are_any():
    assert section(floors={"h1": 5, "": 2})["floors"] == {"h1": 5, "": 2}


def test_a_section_bears_the_head_that_it_leads_to():
    assert section_of(Delta("k", "abc", 3, 7, reset=True)).head == Cursor("abc", 7)


def test_an_entry_is_key_lane_revision_time_and_value():
    assert entry_text(Entry("gbt", "h1", 12, 1790000000.0, '{"n":1}')) == '["gbt","h1",12,1790000000.000,{"n":1}]'


def test_a_value_goes_out_as_it_is_kept():
    assert '{"big":12345678901234567890}' in entry_text(Entry("a", "", 1, 0.0, '{"big":12345678901234567890}'))


def test_a_removal_is_null():
    assert json.loads(entry_text(Entry("a", "", 1, 0.0, None)))[4] is None


@given(st.lists(ENTRIES, max_size=4), st.dictionaries(TEXTS, REVISIONS, max_size=3), st.booleans())
def test_a_section_says_what_is_kept_whatever_is_in_it(entries, floors, reset):
    encoded = section(entries=entries, floors=floors, reset=reset)
    assert [tuple(entry[:3]) for entry in encoded["entries"]] == [entry[:3] for entry in entries]
    assert [entry[4] for entry in encoded["entries"]] == [entry.value and json.loads(entry.value) for entry in entries]
    assert [entry[3] for entry in encoded["entries"]] == pytest.approx([entry.at for entry in entries], abs=0.001)
    assert encoded.get("floors", {}) == floors
    assert encoded.get("reset", False) is reset


# updates


def test_an_update_bears_its_sections_as_they_are():
    sections = [section_of(Delta("a", "x", 0, 1)), section_of(Delta("b", "y", 1, 2))]
    update = update_of(sections)
    assert json.loads(update.text) == {"op": "update", "sections": [json.loads(each.text) for each in sections]}
    assert update.heads == {each.keyspace: each.head for each in sections}


def test_only_the_end_of_a_replay_bears_the_marker():
    assert json.loads(update_of([], caught_up=True).text) == {"op": "update", "caught_up": True, "sections": []}
    assert json.loads(update_of([]).text) == {"op": "update", "sections": []}


def test_hello_says_what_a_browser_may_count_on():
    text = hello_text('a"b', 1.5, 15.0, {"updates": 60, "bytes": 9}, {"k": {"policy": "ring"}}, "3fa9")
    assert json.loads(text) == {
        "op": "hello",
        "protocol": 2,
        "board": 'a"b',
        "server_time": 1.5,
        "heartbeat_s": 15.0,
        "window": {"updates": 60, "bytes": 9},
        "keyspaces": {"k": {"policy": "ring"}},
        "layout": "3fa9",
        "max_per_s": 60.0,
    }


def test_a_heartbeat_says_the_time_and_how_far_the_store_is():
    assert json.loads(heartbeat_text(2.5, {"k": Cursor("abc", 17)}, {"k": "0000000f"})) == {
        "op": "heartbeat",
        "server_time": 2.5,
        "heads": {"k": ["abc", 17]},
        "digests": {"k": "0000000f"},
    }


# cursors


def test_a_cursor_is_type_epoch_and_revision():
    assert read_cursor("a:x:1,b:y:22", ["a", "b"]) == {"a": Cursor("x", 1), "b": Cursor("y", 22)}


def test_no_text_is_no_cursor():
    assert read_cursor("", ["a"]) == {}


def test_types_that_the_board_does_not_show_are_left_out():
    assert read_cursor("gone:x:1,a:y:2", ["a"]) == {"a": Cursor("y", 2)}


def cursor_of(cursors: dict[str, Cursor]) -> str:
    mirror = Mirror()
    mirror.copies = {name: Copy(*cursor) for name, cursor in cursors.items()}
    return mirror.cursor


def test_a_keyspace_never_written_has_a_cursor_too():
    assert read_cursor(cursor_of({"a": NEVER_WRITTEN}), ["a"]) == {"a": NEVER_WRITTEN}


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
CURSORS = st.dictionaries(
    NAMES, st.builds(Cursor, st.from_regex(r"[0-9a-f]{0,10}", fullmatch=True), st.integers(0, 10**17))
)


@given(CURSORS)
def test_a_cursor_that_is_written_reads_the_same(cursors):
    assert read_cursor(cursor_of(cursors), cursors) == cursors


@pytest.mark.parametrize(
    "part",
    [
        "a",
        "a:x",
        "a:x:1:2",
        "a:x:",
        "a:x:-1",
        "a:x:+1",
        "a:x:1.0",
        "a:x:1 ",
        "a:x:٣",
        "a:x:²",
        "a:x:" + "9" * 19,
        "gone",
    ],
)
def test_what_is_no_cursor_is_refused_by_its_part(part):
    with pytest.raises(InvalidCursor) as refused:
        read_cursor(f"a:x:1,{part}", ["a"])
    assert f'got "{part}"' in str(refused.value)


@given(st.text(st.sampled_from("ab:,01²٣- "), max_size=20) | st.text())
def test_no_text_raises_anything_but_that(text):
    try:
        cursors = read_cursor(text, ["a", "b"])
    except InvalidCursor:
        return
    assert set(cursors) <= {"a", "b"}
    assert all(cursor.revision >= 0 for cursor in cursors.values())
