"""Recorded transcripts: each guarantee finds what breaks it, and files that are none are told by their line."""

import copy
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from broadcast.testing.guarantees import Broken, history_of
from broadcast.testing.transcripts import NAMES, Damaged, check_transcripts, read_transcript

KEYSPACES = {"m": {"policy": "last_value", "key": ["k"]}, "s": {"policy": "snapshot"}}


def section(name, start, end, *entries, reset=False, epoch="e", floors=None):
    """Return a section; an entry is (key, revision, value)."""
    told = {"type": name, "epoch": epoch, "from": start, "to": end}
    told |= {"reset": True} if reset else {}
    told |= {"floors": floors} if floors else {}
    return {**told, "entries": [[key, "", revision, 1.0, value] for key, revision, value in entries]}


def update(*sections, caught_up=False):
    return {"op": "update", **({"caught_up": True} if caught_up else {}), "sections": list(sections)}


HELLO = {"op": "hello", "protocol": 2, "keyspaces": KEYSPACES}
WHOLE = update(section("m", 0, 2, ("a", 1, 1), ("b", 2, 2), reset=True), section("s", 0, 0, reset=True, epoch=""))
GOOD = [
    {"op": "open", "cursor": "", "heads": {"m": ["e", 2]}},
    HELLO,
    {**WHOLE, "caught_up": True},
    update(section("m", 2, 3, ("a", 3, 5)), section("s", 0, 1, ("", 1, {"n": 1}), reset=True)),
    {"op": "heartbeat"},
    {"op": "close", "code": 1006},
    {"op": "open", "cursor": "m:e:3,s:e:1", "heads": {"m": ["e", 4]}},
    HELLO,
    update(section("m", 3, 4, ("b", 4, None)), caught_up=True),
    {"op": "state", "update": update(section("m", 0, 4, ("a", 3, 5), reset=True))},
]


def changed(*changes):
    """Return the good transcript with messages replaced: (place, message), None removes it."""
    transcript = copy.deepcopy(GOOD)
    for place, message in changes:
        transcript[place] = message
    return [message for message in transcript if message is not None]


BROKEN = {
    "a revision goes back": ("ordered", changed((3, update(section("m", 2, 3, ("b", 3, 6), ("a", 2, 5)))))),
    "an entry is beyond its section's end": ("ordered", changed((3, update(section("m", 2, 3, ("a", 4, 5)))))),
    "a change comes twice": ("unique", changed((3, update(section("m", 2, 3, ("b", 2, 2), ("a", 3, 5)))))),
    "a keyspace stands twice in a frame": (
        "unique",
        changed((3, update(section("m", 2, 3, ("a", 3, 5)), section("m", 3, 3)))),
    ),
    "an update is missing": ("gap_free", changed((3, None))),
    "an entry is missing": ("gap_free", changed((3, update(section("m", 2, 3))))),
    "a value is another": ("gap_free", changed((3, update(section("m", 2, 3, ("a", 3, 6)))))),
    "a floor takes too much": ("gap_free", changed((8, update(section("m", 3, 4, floors={"": 3}), caught_up=True)))),
    "something live comes first": ("replay_first", changed((1, {"op": "heartbeat"}))),
    "the marker is missing something": (
        "replay_first",
        changed((0, {"op": "open", "cursor": "", "heads": {"m": ["e", 3]}})),
    ),
    "the marker comes twice": ("replay_first", changed((3, {**GOOD[3], "caught_up": True}))),
    "a snapshot is merged": (
        "atomic",
        changed((3, update(section("s", 0, 2, ("", 1, 1), ("x", 2, 2), reset=True)))),
    ),
    "it came back with another cursor": ("resumable", changed((6, {"op": "open", "cursor": "m:e:2,s:e:1"}))),
}


def problems(*transcripts) -> dict[str, str]:
    report = check_transcripts({str(number): transcript for number, transcript in enumerate(transcripts)})
    return {finding.guarantee: finding.problem for finding in report.findings if finding.problem}


def test_a_good_transcript_holds_and_what_was_compared_is_counted():
    report = check_transcripts({"a": GOOD})
    assert report.holds
    assert [finding.guarantee for finding in report.findings] == list(NAMES)
    # The first update, the snapshot, and the last update against the state beside it; revision 3 nobody read whole.
    assert (report.messages, report.updates, report.connections, report.compared) == (10, 3, 2, 4)


@pytest.mark.parametrize("bug", BROKEN)
def test_what_is_broken_is_found_by_its_name(bug):
    guarantee, transcript = BROKEN[bug]
    assert guarantee in problems(transcript)


def test_the_place_is_named():
    assert problems(changed((3, None)))["gap_free"].startswith("message 7: a gap in m: at e:2, got e:3")


def test_two_readers_who_were_told_different_things_are_found():
    other = copy.deepcopy(GOOD)
    other[2]["sections"][0]["entries"][0][4] = 9
    with pytest.raises(Broken, match="where another read gave"):
        history_of([GOOD, other])
    assert "gap_free" in problems(GOOD, other)


def test_another_reader_gives_more_to_compare_with():
    late = [{"op": "open", "cursor": ""}, HELLO, update(section("m", 0, 3, ("b", 2, 2), ("a", 3, 5), reset=True))]
    alone, both = check_transcripts({"a": GOOD}), check_transcripts({"a": GOOD, "late": late})
    assert both.compared == alone.compared + 2  # its own, and the first one's at revision 3
    late[-1]["sections"][0]["entries"][0][4] = 7
    assert "gap_free" in problems(GOOD, late)


def test_a_message_of_another_form_is_found():
    assert problems(changed((3, {"op": "update"})))


# files


def write(path: Path, transcript) -> Path:
    path.write_text("".join(json.dumps(message) + "\n" for message in transcript))
    return path


def test_a_recorder_that_was_killed_in_the_middle_of_a_line_leaves_a_transcript(tmp_path):
    path = write(tmp_path / "a", GOOD)
    path.write_text(path.read_text() + '{"op":"fra')
    assert read_transcript(path) == GOOD


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: it is empty"),
        ('{"op":"heartbeat"}\nhello\n', "line 2: no JSON"),
        ("[]\n", "line 1: expected an object"),
    ],
)
def test_a_file_that_is_none_is_told_by_its_line(tmp_path, text, says):
    (tmp_path / "a").write_text(text)
    with pytest.raises(Damaged, match=says):
        read_transcript(tmp_path / "a")


def run(*words: str) -> str:
    out = StringIO()
    call_command("check_transcript", *words, stdout=out)
    return out.getvalue()


def test_the_command_says_ok_for_each_of_the_six(tmp_path):
    said = run(str(write(tmp_path / "a", GOOD)))
    assert [line.split() for line in said.splitlines()[:6]] == [[name, "ok"] for name in NAMES]
    assert "3 updates, 2 connections; 4 pictures compared" in said


def test_the_command_fails_with_what_is_broken(tmp_path):
    out = StringIO()
    with pytest.raises(CommandError, match="a guarantee is broken") as failed:
        call_command("check_transcript", str(write(tmp_path / "a", changed((3, None)))), "--format", "json", stdout=out)
    assert failed.value.returncode == 1
    report = json.loads(out.getvalue())
    assert report["holds"] is False
    assert {f["guarantee"] for f in report["findings"] if f["problem"]} >= {"gap_free"}


@pytest.mark.parametrize("content", [None, "hello\n"])
def test_the_command_ends_with_2_where_there_is_nothing_to_check(tmp_path, content):
    if content:
        (tmp_path / "a").write_text(content)
    with pytest.raises(CommandError) as failed:
        run(str(tmp_path / "a"))
    assert failed.value.returncode == 2


def test_a_file_that_is_not_there_is_named_with_the_mend():
    said = r"cannot read /nowhere: No such file or directory; name a file that manage\.py watch --record FILE wrote"
    with pytest.raises(CommandError, match=said):
        run("/nowhere")
