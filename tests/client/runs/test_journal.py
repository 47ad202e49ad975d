"""The file of a run: what was appended is read, whatever happens to the process."""

import os
import sys
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stickyboard.runs.journal import Header, InUse, Journal, Reader, Sent, journals

HEADER = Header("run-a-1", "a", "http://127.0.0.1:1")


def read(path: Path) -> list[tuple[int, bytes]]:
    reader = Reader(path)
    try:
        return list(reader.messages())
    finally:
        reader.close()


def test_it_reads_what_was_appended_with_its_number(tmp_path: Path):
    journal = Journal.create(tmp_path / "a.jsonl", HEADER)
    journal.append(b"[1]")
    journal.append(b"[2]")
    assert read(journal.path) == [(1, b"[1]"), (2, b"[2]")]
    journal.close()


def test_a_reader_follows_a_growing_file(tmp_path: Path):
    journal = Journal.create(tmp_path / "a.jsonl", HEADER)
    reader = Reader(journal.path)
    assert list(reader.messages()) == []
    journal.append(b"[1]")
    os.write(journal._descriptor, b"[2")  # half of a line
    assert list(reader.messages()) == [(1, b"[1]")]
    os.write(journal._descriptor, b"]\n")
    assert list(reader.messages()) == [(2, b"[2]")]
    reader.close()
    journal.close()


def test_it_is_open_in_one_process(tmp_path: Path):
    journal = Journal.create(tmp_path / "a.jsonl", HEADER)
    with pytest.raises(InUse):
        Journal.open(journal.path)
    journal.close()
    again = Journal.open(journal.path)
    assert again.header == HEADER
    again.close()


@given(st.integers(0, 40))
def test_it_goes_on_after_a_torn_line(tmp_path_factory: pytest.TempPathFactory, cut: int):
    path = tmp_path_factory.mktemp("journal") / "a.jsonl"
    journal = Journal.create(path, HEADER)
    start = path.stat().st_size
    for number in range(8):
        journal.append(b"[%d]" % number)
    journal.close()
    os.truncate(path, max(start, path.stat().st_size - cut))
    whole = path.read_bytes()[start:].count(b"\n")
    again = Journal.open(path)
    again.append(b"[9]")
    again.close()
    assert read(path) == [(n + 1, b"[%d]" % n) for n in range(whole)] + [(whole + 1, b"[9]")]


@pytest.mark.parametrize("text", ["", "{}", "[1]\n", "not a journal"])
def test_it_refuses_another_file(tmp_path: Path, text: str):
    path = tmp_path / "a.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match="journal"):
        Journal.open(path)


def test_it_lists_the_oldest_first(tmp_path: Path):
    for age, name in enumerate(("c", "a", "b")):
        Journal.create(tmp_path / f"{name}.jsonl", HEADER).close()
        os.utime(tmp_path / f"{name}.jsonl", (age, age))
    assert [path.stem for path in journals(tmp_path)] == ["c", "a", "b"]


def test_it_reads_from_where_it_was_acknowledged(tmp_path: Path):
    journal = Journal.create(tmp_path / "a.jsonl", HEADER)
    for number in range(1, 5):
        journal.append(b"[%d]" % number)
    reader = Reader(journal.path)
    source = reader.messages()
    next(source), next(source)
    journal.write_sent(Sent(reader.number, reader.offset, "status"))
    reader.close()
    journal.close()
    again = Journal.open(journal.path)
    rest = Reader(again.path, again.sent)
    assert list(rest.messages()) == [(3, b"[3]"), (4, b"[4]")]
    assert again.sent.status == "status"
    rest.close()
    again.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux makes holes")
def test_it_returns_the_space_of_what_was_acknowledged(tmp_path: Path):
    journal = Journal.create(tmp_path / "a.jsonl", HEADER)
    journal.hole_bytes = 1
    for _ in range(40):
        journal.append(b"x" * 10_000)
    before = journal.path.stat()
    journal.write_sent(Sent(40, before.st_size))
    after = journal.path.stat()
    journal.append(b"[41]")
    assert after.st_size == before.st_size
    assert after.st_blocks < before.st_blocks / 2
    reader = Reader(journal.path, journal.sent)
    assert list(reader.messages()) == [(41, b"[41]")]
    reader.close()
    journal.close()


def test_it_has_a_bound(tmp_path: Path):
    journal = Journal.create(tmp_path / "a.jsonl", HEADER)
    journal.max_unsent_bytes = 1000
    journal.append(b"x" * 2000)
    with pytest.raises(OSError, match="not sent"):
        journal.append(b"[2]")
    journal.write_sent(Sent(1, journal.path.stat().st_size))
    journal.append(b"[2]")
    journal.close()


def test_others_cannot_read_it(tmp_path: Path):
    Journal.create(tmp_path / "new" / "runs" / "a.jsonl", HEADER).close()
    paths = [tmp_path / "new", tmp_path / "new/runs", tmp_path / "new/runs/a.jsonl"]
    assert [path for path in paths if path.stat().st_mode & 0o77] == []


@pytest.mark.parametrize("text", ["[]", '["a",2,3]', '[1,-5,""]', '[1,99999,""]', '[1,3,""]', "[" * 50_000, "3"])
def test_a_wrong_position_is_the_beginning(tmp_path: Path, text: str):
    journal = Journal.create(tmp_path / "a.jsonl", HEADER)
    journal.append(b"[1]")
    journal.close()
    (tmp_path / "a.sent").write_text(text)
    again = Journal.open(tmp_path / "a.jsonl")
    assert again.sent == Sent()
    again.close()


def test_the_position_is_not_written_through_a_link(tmp_path: Path):
    journal = Journal.create(tmp_path / "a.jsonl", HEADER)
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "a.new").symlink_to(victim)
    journal.write_sent(Sent(1, 5, ""))
    assert victim.read_text() == "precious"
    journal.close()


def test_a_huge_line_is_never_in_memory(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    journal = Journal.create(path, HEADER)
    with path.open("ab") as file:
        file.truncate(path.stat().st_size + 200_000_000)  # zeros without a newline
        file.seek(0, 2)
        file.write(b"\n[2]\n[3]\n")
    reader = Reader(path)
    tracemalloc.start()
    assert list(reader.messages()) == [(2, b"[2]"), (3, b"[3]")]
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()
    assert reader.offset == path.stat().st_size
    reader.close()
    journal.close()
