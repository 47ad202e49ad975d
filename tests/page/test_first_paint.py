"""A page contains whole keyspaces while they fit, and of the others the newest entries, which have no cursor."""

import json

from broadcast.delivery.updates import Section, read_cursor, section_with, update_of
from broadcast.page.first_paint import first_paint
from broadcast.types import NEVER_WRITTEN, Delta


def section(name: str, entries: int, pad: str = "x" * 80) -> Section:
    texts = [f'["k{number}","",{number},1.000,"{pad}"]' for number in range(1, entries + 1)]
    return section_with(Delta(name, "epoch", 0, entries, reset=True), texts)


def parts(text: str) -> tuple[dict[str, list], dict[str, list]]:
    update = json.loads(text)
    whole, previews = update["sections"], update.get("previews", [])
    return {each["type"]: each["entries"] for each in whole}, {each["type"]: each for each in previews}


def test_a_state_that_fits_is_unchanged() -> None:
    text = update_of([section("a", 3), section("b", 3)], caught_up=True).text
    assert first_paint(text, len(text)) is text


def test_small_keyspaces_are_whole_and_a_large_one_is_cut() -> None:
    text = update_of([section("large", 500), section("small", 2), section("empty", 0)]).text
    found = first_paint(text, 4000)
    whole, previews = parts(found)
    assert {name: len(entries) for name, entries in whole.items()} == {"small": 2, "empty": 0}
    keys = [entry[0] for entry in previews["large"]["entries"]]
    assert keys == [f"k{number}" for number in range(501 - len(keys), 501)]
    assert 3000 < len(found) < 4200


def test_large_keyspaces_share_what_the_small_ones_leave() -> None:
    text = update_of([section("one", 500), section("two", 400), section("small", 2)]).text
    _, previews = parts(first_paint(text, 20_000))
    counts = {name: len(preview["entries"]) for name, preview in previews.items()}
    assert abs(counts["one"] - counts["two"]) <= 1
    assert min(counts.values()) > 80


def test_a_preview_is_at_the_head_of_an_unwritten_keyspace() -> None:
    _, previews = parts(first_paint(update_of([section("large", 500)]).text, 1000))
    preview = previews["large"]
    assert (preview["epoch"], preview["to"], preview["reset"]) == ("", 0, True)
    cursor = f"large:{preview['epoch']}:{preview['to']}"
    assert read_cursor(cursor, ["large"]) == {"large": NEVER_WRITTEN}


def test_the_newest_entry_is_always_there() -> None:
    text = update_of([section("snapshot", 1, "x" * 9000), section("many", 900)]).text
    whole, previews = parts(first_paint(text, 500))
    assert len(whole["snapshot"]) == 1
    assert previews["many"]["entries"][-1][0] == "k900"


def test_text_beyond_ascii_counts_in_bytes() -> None:
    text = update_of([section("large", 60, "🐙" * 40)]).text
    found = first_paint(text, len(text))
    assert "🐙" in found
    assert len(found.encode()) < len(text) + 200
