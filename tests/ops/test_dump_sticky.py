"""Copies as files: of one instant, refused by the line where damaged, and loaded whole or not at all."""

import hashlib
import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast.ops.dump import DumpRefused, dump_lines, read_dump
from broadcast.types import Batch, Bounds, Cursor, KeyspaceCopy, Stored, Write
from tests.support.admin_pages import keep
from tests.support.stores import stores

VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def copy_of(*keys: str, **seqs: int) -> KeyspaceCopy:
    entries = [Stored(key, "", number, 1.5, None, f'{{"n":{number}}}') for number, key in enumerate(keys, 1)]
    return KeyspaceCopy("model_metric", Cursor("ep0c", len(keys) + 3), entries, seqs)


def lines_of(*copies: KeyspaceCopy) -> list[bytes]:
    return list(dump_lines(copies, 1000.0))


@given(st.dictionaries(TEXTS, st.tuples(TEXTS, VALUES), max_size=4), st.dictionaries(TEXTS, st.integers(1, 2**53)))
@settings(max_examples=60)
def test_what_is_written_is_what_is_read(entries, seqs):
    stored = [
        Stored(key, lane, number, 1.5, number * 0.5 or None, json.dumps(value))
        for number, (key, (lane, value)) in enumerate(entries.items(), 1)
    ]
    kept = KeyspaceCopy("model_metric", Cursor("ep0c", 9), stored, seqs)
    (read,) = read_dump(lines_of(kept))
    assert read == kept


def rewritten(lines: list[bytes], *changed: tuple[int, bytes]) -> list[bytes]:
    """Return the lines with some changed and the end made to fit, as an attacker would."""
    lines = lines.copy()
    for place, line in changed:
        lines[place] = line + b"\n"
    digest = hashlib.sha256(b"".join(lines[:-1])).hexdigest()
    lines[-1] = json.dumps({"end": True, "lines": len(lines) - 1, "sha256": digest}, separators=(",", ":")).encode()
    return lines


GOOD = lines_of(copy_of("a", "b", p=4))
HEAD = GOOD[0].rstrip()
HARMED = {
    "another program's file": ([b'{"type":"model_metric"}\n'], 1, "not a dump"),
    "an empty file": ([], 1, "truncated"),
    "a file that was cut off": (GOOD[:-1], 5, "truncated"),
    "a line that was cut off": ([*GOOD[:2], GOOD[2][:20]], 3, "the line is damaged"),
    "a changed value": ([GOOD[0], GOOD[1].replace(b'"n":1', b'"n":7'), *GOOD[2:]], 5, "SHA-256 differs"),
    "a missing line": (rewritten([GOOD[0], *GOOD[2:]]), 4, "2 entries and 1 seqs of model_metric are announced"),
    "lines that were swapped": (rewritten([GOOD[0], GOOD[2], GOOD[1], *GOOD[3:]]), 3, "expected a revision from 3"),
    "something after the end": ([*GOOD, b"\n"], 6, "after the end"),
    "a newer version": (rewritten(GOOD, (0, HEAD.replace(b'"version":1', b'"version":2'))), 1, "of version 2"),
    "an unknown keyspace": (rewritten(GOOD, (1, GOOD[1].replace(b"model_metric", b"other").rstrip())), 2, "announced"),
    "a name that is none": (
        rewritten(GOOD, (0, HEAD.replace(b"model_metric", b"_health"))),
        1,
        "not the name of a keyspace",
    ),
    "a removal": (rewritten(GOOD, (1, GOOD[1].replace(b'{"n":1}', b"null").rstrip())), 2, "means a removal"),
    "a key twice": (rewritten(GOOD, (2, GOOD[2].replace(b'"b"', b'"a"').rstrip())), 5, "two entries with one key"),
    "an unknown field": (rewritten(GOOD, (1, b'{"more":1}')), 2, "the line is damaged"),
    "no text at all": ([b"\x80\x81\x00"], 1, "not a dump"),
}


@pytest.mark.parametrize("harm", HARMED)
def test_refuses_with_the_line(harm):
    lines, number, said = HARMED[harm]
    with pytest.raises(DumpRefused, match=said) as refused:
        read_dump(lines)
    assert refused.value.line == number


@given(st.integers(0, len(b"".join(GOOD)) - 1), st.integers(0, 255))
@settings(max_examples=150)
def test_no_byte_can_be_changed_unnoticed(place, byte):
    whole = bytearray(b"".join(GOOD))
    if whole[place] == byte:
        return
    whole[place] = byte
    with pytest.raises(DumpRefused):
        read_dump(bytes(whole).splitlines(keepends=True))


def test_refuses_another_byte_than_the_last_newline():
    with pytest.raises(DumpRefused, match="damaged"):
        read_dump([*GOOD[:-1], GOOD[-1].rstrip() + b"\t"])


# commands


@pytest.fixture
def file(tmp_path):
    return tmp_path / "board.ndjson"


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def test_a_board_comes_back_from_its_copy(sticky, file):
    keep(sticky)
    sticky.apply([Batch("live_detection", Bounds(per_lane=60), [Write(None, "h", str(n)) for n in range(5)])])
    before = {name: sticky.page(name).entries for name in sticky.heads()}
    assert run("dump_sticky", str(file)) == f"Copied 7 entries of 2 keyspaces to {file}.\n"
    sticky.clear()
    keep(sticky, knn=1)
    said = run("load_sticky", str(file), "--noinput")
    assert said.startswith("Done: loads 7 entries (live_detection 5, model_metric 2), replacing 1.")
    assert {name: sticky.page(name).entries for name in before} == before
    assert sticky.audit() == []


@pytest.mark.parametrize(("one", "other"), [("sqlite-memory", "redis"), ("redis", "sqlite-memory")])
def test_a_copy_of_either_store_fits_the_other(tmp_path, one, other):
    with stores(one, tmp_path) as make_one, stores(other, tmp_path) as make_other:
        store, copy = make_one(), make_other()
        store.clock = copy.clock = lambda: 1_790_000_000.123
        writes = [Write(None, f"h{n % 2}", str(n), producer="7:p", seq=n + 1) for n in range(9)]
        store.apply([Batch("live_detection", Bounds(per_lane=3, ttl_s=60), writes)])
        copy.restore(read_dump(dump_lines(store.export(), 1.0)))
        assert copy.page("live_detection") == store.page("live_detection")
        assert [kept._replace(head=None) for kept in copy.export()] == [k._replace(head=None) for k in store.export()]
        assert copy.audit() == []


def test_other_keyspaces_are_left_as_they_are(sticky, file):
    keep(sticky)
    run("dump_sticky", str(file), "--types", "model_metric")
    keep(sticky, "embedding", picture=1)
    run("load_sticky", str(file), "--noinput")
    assert sticky.sizes() == {"model_metric": 2, "embedding": 1}


def test_a_dry_run_touches_nothing(sticky, file):
    keep(sticky)
    run("dump_sticky", str(file))
    before = sticky.heads()
    assert "Nothing was changed." in run("load_sticky", str(file), "--dry-run")
    answer = json.loads(run("load_sticky", str(file), "--dry-run", "--format", "json"))
    assert answer == {
        "loaded": False,
        "replaced_entries": 2,
        "keyspaces": {"model_metric": {"entries": 2, "revision": 2, "producers": 0}},
    }
    assert sticky.heads() == before


def test_a_damaged_file_changes_nothing(sticky, file):
    keep(sticky)
    run("dump_sticky", str(file))
    file.write_bytes(file.read_bytes()[:-30])
    before = sticky.heads()
    with pytest.raises(CommandError, match="line 4"):
        run("load_sticky", str(file), "--noinput")
    assert sticky.heads() == before


def test_asks_before_entries_go(sticky, file, monkeypatch):
    keep(sticky)
    run("dump_sticky", str(file))
    with pytest.raises(CommandError, match="--noinput"):
        run("load_sticky", str(file))


def test_replaces_a_file_only_with_replace(sticky, file):
    file.write_text("precious")
    with pytest.raises(CommandError, match="exists already"):
        run("dump_sticky", str(file))
    assert file.read_text() == "precious"
    answer = json.loads(run("dump_sticky", str(file), "--replace", "--format", "json"))
    assert answer["keyspaces"] == {}
    assert read_dump(file.read_bytes().splitlines(keepends=True)) == []


@pytest.mark.parametrize("command", ["dump_sticky", "load_sticky"])
def test_says_which_file_it_cannot_use(sticky, tmp_path, command):
    with pytest.raises(CommandError, match="nowhere/board"):
        run(command, str(tmp_path / "nowhere" / "board"))


def test_draws_a_bar_for_who_looks(sticky, file, monkeypatch):
    keep(sticky)
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    run("dump_sticky", str(file))
    assert terminal.getvalue().endswith(f"\r{'█' * 30} 4 of 4 lines\n")
