"""Recorded transcripts: each guarantee detects what breaks it, and invalid files are reported with their line."""

import copy
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from broadcast.testing.guarantees import Broken, history_of
from broadcast.testing.transcripts import GUARANTEES, InvalidTranscript, check_transcripts, read_transcript
from tests.support.updates import section, update

KEYSPACES = {"m": {"policy": "last_value", "key": ["k"]}, "s": {"policy": "snapshot"}}


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
    """Return the good transcript with messages replaced: (index, message), None removes it."""
    transcript = copy.deepcopy(GOOD)
    for index, message in changes:
        transcript[index] = message
    return [message for message in transcript if message is not None]


BROKEN = {
    "a revision decreases": ("ordered", changed((3, update(section("m", 2, 3, ("b", 3, 6), ("a", 2, 5)))))),
    "an entry is beyond its section's end": ("ordered", changed((3, update(section("m", 2, 3, ("a", 4, 5)))))),
    "a change is repeated": ("unique", changed((3, update(section("m", 2, 3, ("b", 2, 2), ("a", 3, 5)))))),
    "a keyspace occurs twice in an update": (
        "unique",
        changed((3, update(section("m", 2, 3, ("a", 3, 5)), section("m", 3, 3)))),
    ),
    "an update is missing": ("gap_free", changed((3, None))),
    "an entry is missing": ("gap_free", changed((3, update(section("m", 2, 3))))),
    "a value differs": ("gap_free", changed((3, update(section("m", 2, 3, ("a", 3, 6)))))),
    "a floor evicts too much": ("gap_free", changed((8, update(section("m", 3, 4, floors={"": 3}), caught_up=True)))),
    "a heartbeat precedes hello": ("replay_first", changed((1, {"op": "heartbeat"}))),
    "caught_up is too early": (
        "replay_first",
        changed((0, {"op": "open", "cursor": "", "heads": {"m": ["e", 3]}})),
    ),
    "caught_up is repeated": ("replay_first", changed((3, {**GOOD[3], "caught_up": True}))),
    "a snapshot is merged": (
        "atomic",
        changed((3, update(section("s", 0, 2, ("", 1, 1), ("x", 2, 2), reset=True)))),
    ),
    "the cursor differs": ("resumable", changed((6, {"op": "open", "cursor": "m:e:2,s:e:1"}))),
}


def problems(*transcripts) -> dict[str, str]:
    report = check_transcripts({str(number): transcript for number, transcript in enumerate(transcripts)})
    return {finding.guarantee: finding.problem for finding in report.findings if finding.problem}


def test_a_valid_transcript_holds_and_is_counted():
    report = check_transcripts({"a": GOOD})
    assert report.holds
    assert [finding.guarantee for finding in report.findings] == list(GUARANTEES)
    # The two sections of the first update, the snapshot, and the last update; revision 3 was never read completely.
    assert (report.messages, report.updates, report.connections, report.compared) == (10, 3, 2, 4)


@pytest.mark.parametrize("bug", BROKEN)
def test_a_broken_guarantee_is_named(bug):
    guarantee, transcript = BROKEN[bug]
    assert guarantee in problems(transcript)


def test_a_problem_names_its_message():
    assert problems(changed((3, None)))["gap_free"].startswith("message 7: a gap in m: at e:2, got e:3")


def test_different_entries_at_one_revision_are_detected():
    other = copy.deepcopy(GOOD)
    other[2]["sections"][0]["entries"][0][4] = 9
    with pytest.raises(Broken, match="in another message"):
        history_of([GOOD, other])
    assert "gap_free" in problems(GOOD, other)


def test_a_second_transcript_adds_states_to_compare():
    late = [{"op": "open", "cursor": ""}, HELLO, update(section("m", 0, 3, ("b", 2, 2), ("a", 3, 5), reset=True))]
    alone, both = check_transcripts({"a": GOOD}), check_transcripts({"a": GOOD, "late": late})
    assert both.compared == alone.compared + 2  # its own, and the first one's at revision 3
    late[-1]["sections"][0]["entries"][0][4] = 7
    assert "gap_free" in problems(GOOD, late)


def test_a_malformed_message_is_detected():
    assert problems(changed((3, {"op": "update"})))


# files


def write(path: Path, transcript) -> Path:
    path.write_text("".join(json.dumps(message) + "\n" for message in transcript))
    return path


def test_an_incomplete_last_line_is_ignored(tmp_path):
    path = write(tmp_path / "a", GOOD)
    path.write_text(path.read_text() + '{"op":"fra')
    assert read_transcript(path) == GOOD


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: the file is empty"),
        ('{"op":"heartbeat"}\nhello\n', "line 2: not JSON"),
        ("[]\n", "line 1: expected an object"),
    ],
)
def test_an_invalid_file_is_reported_with_its_line(tmp_path, text, message):
    (tmp_path / "a").write_text(text)
    with pytest.raises(InvalidTranscript, match=message):
        read_transcript(tmp_path / "a")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("check_transcript", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_ok_for_each_guarantee(tmp_path):
    output = run(str(write(tmp_path / "a", GOOD)))
    assert [line.split() for line in output.splitlines()[:6]] == [[name, "ok"] for name in GUARANTEES]
    assert "3 updates, 2 connections; 4 states compared" in output


def test_the_command_fails_if_a_guarantee_is_broken(tmp_path):
    out = StringIO()
    with pytest.raises(CommandError, match="a guarantee is broken") as failed:
        call_command("check_transcript", str(write(tmp_path / "a", changed((3, None)))), "--format", "json", stdout=out)
    assert failed.value.returncode == 1
    report = json.loads(out.getvalue())
    assert report["holds"] is False
    assert {f["guarantee"] for f in report["findings"] if f["problem"]} >= {"gap_free"}


@pytest.mark.parametrize("content", [None, "hello\n"])
def test_the_command_exits_with_2_without_a_transcript(tmp_path, content):
    if content:
        (tmp_path / "a").write_text(content)
    with pytest.raises(CommandError) as failed:
        run(str(tmp_path / "a"))
    assert failed.value.returncode == 2


def test_a_missing_file_is_reported_with_a_hint():
    with pytest.raises(CommandError, match="/nowhere"):
        run("/nowhere")
