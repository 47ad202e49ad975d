"""The spool file: when its contents are committed, who may open it, and which files are not spools."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from stickyboard.errors import SpoolUnusable
from stickyboard.spool import SKIPPED_NUMBERS, Spool
from tests.support.server import ROOT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "events.spool"


def opened_again(spool: Spool) -> Spool:
    spool.close()
    return Spool(spool.path)


def test_a_new_file_is_empty_and_has_a_unique_name(path: Path) -> None:
    one, other = Spool(path), Spool(path.with_name("other"))
    assert one.unacknowledged() == ({}, [])
    assert one.name != other.name
    assert one.next_seq == 1
    one.close()
    other.close()


def test_reopening_keeps_the_name_and_skips_numbers(path: Path) -> None:
    spool = Spool(path, "lab")
    spool.add(b"1")
    spool.number(7, 1, 1)
    spool.remove(1, 1, 7)
    again = opened_again(spool)
    assert (again.name, again.next_seq, again.unacknowledged()) == (spool.name, 8 + SKIPPED_NUMBERS, ({}, []))
    again.close()


def test_a_recreated_file_has_another_suffix(path: Path) -> None:
    spool = Spool(path, "lab")
    spool.close()
    path.unlink()
    again = Spool(path, "lab")
    assert spool.name.startswith("lab-")
    assert again.name.startswith("lab-")
    assert again.name != spool.name
    again.close()


def test_it_reuses_no_number_after_a_power_failure(path: Path) -> None:
    Spool(path, "lab").close()
    spool = Spool(path)
    durable = {file: file.read_bytes() for file in path.parent.iterdir()}  # an opening is waited for by the disk
    given = range(spool.next_seq, spool.next_seq + 100)
    for seq in given:
        place = spool.add(b"1")
        spool.number(seq, place, place)
        spool.remove(place, place, seq)
    spool.close()
    for file in path.parent.iterdir():
        file.unlink()
    for file, content in durable.items():
        file.write_bytes(content)

    again = Spool(path)

    assert again.next_seq > given[-1]
    again.close()


def test_messages_and_waiting_events_are_stored_in_order(path: Path) -> None:
    spool = Spool(path)
    for text in (b"a", b"b", b"c", b"d", b"e"):
        spool.add(text)
    spool.number(1, 1, 2)
    spool.number(2, 3, 3)
    again = opened_again(spool)
    assert again.unacknowledged() == ({1: [(1, b"a"), (2, b"b")], 2: [(3, b"c")]}, [(4, b"d"), (5, b"e")])
    again.remove(1, 2, 1)
    again.remove(4, 4)
    assert again.unacknowledged() == ({2: [(3, b"c")]}, [(5, b"e")])
    assert again.add(b"f") == 6
    again.close()


def test_a_file_of_another_name_raises(path: Path) -> None:
    Spool(path, "lab").close()
    with pytest.raises(SpoolUnusable, match='the producer "lab"; omit the name "other"'):
        Spool(path, "other")
    Spool(path, "lab").close()


def test_it_is_locked_while_another_process_has_it_open(path: Path) -> None:
    code = "import sys, stickyboard.spool as s; f = s.Spool(sys.argv[1]); print('open', flush=True); input()"
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(SpoolUnusable, match="another process has it open"):
            Spool(path)
        other.kill()
        other.wait(60)
    Spool(path).close()


@pytest.mark.parametrize("content", [b"hello " * 300, b"SQLite format 3\0" + b"x" * 2000])
def test_a_file_of_another_program_is_not_changed(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with pytest.raises(SpoolUnusable):
        Spool(file)
    assert file.read_bytes() == content


def test_a_database_of_another_program_is_not_changed(tmp_path: Path) -> None:
    file = tmp_path / "accounts.sqlite3"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE user (name)")
    db.close()
    with pytest.raises(SpoolUnusable, match="another program"):
        Spool(file)
    with sqlite3.connect(file) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("user",)]
    db.close()


def test_a_folder_that_cannot_be_created_raises(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolUnusable, match="check the disk"):
        Spool(tmp_path / "file" / "spool")


def test_an_event_that_cannot_be_written_is_not_stored(path: Path) -> None:
    spool = Spool(path)
    spool.add(b"a")
    spool._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(SpoolUnusable, match="full"):
        spool.add(b"x" * 100_000)
    spool._db.execute("PRAGMA max_page_count = 1000000")
    assert spool.add(b"b") == 2
    assert [encoded for _, encoded in spool.unacknowledged().waiting] == [b"a", b"b"]
    spool.close()


def test_a_forked_child_does_not_touch_its_parents_file(path: Path) -> None:
    """SQLite would remove the log on closing, and what the parent writes after that would be in no file."""
    code = """
import gc, os, sys
from stickyboard.spool import Spool

spool = Spool(sys.argv[1])
spool.add(b"1")
if not (child := os.fork()):
    spool.abandon()
    del spool
    gc.collect()
    os._exit(0)
os.waitpid(child, 0)
spool.add(b"2")
os._exit(0)
"""
    subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=True, timeout=240)
    spool = Spool(path)
    assert spool.unacknowledged().waiting == [(1, b"1"), (2, b"2")]
    spool.close()
