"""The file that keeps a producer's buffer: what is committed when, who may have it, and what is no spool."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from stickyboard.errors import SpoolUnusable
from stickyboard.spool import LOST_NUMBERS, Spool
from tests.support.server import ROOT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "events.spool"


def opened_again(spool: Spool) -> Spool:
    spool.close()
    return Spool(spool.path)


def test_a_new_one_is_empty_with_a_name_of_its_own(path: Path) -> None:
    one, other = Spool(path), Spool(path.with_name("other"))
    assert one.kept() == ({}, [])
    assert one.name != other.name
    assert one.next_seq == 1
    one.close()
    other.close()


def test_it_keeps_its_name_and_counts_on(path: Path) -> None:
    spool = Spool(path, "lab")
    spool.add(b"1")
    spool.number(7, 1, 1)
    spool.forget(1, 1, 7)
    again = opened_again(spool)
    assert (again.name, again.next_seq, again.kept()) == (spool.name, 8 + LOST_NUMBERS, ({}, []))
    again.close()


def test_one_made_anew_under_an_old_name_is_told_apart_from_it(path: Path) -> None:
    spool = Spool(path, "lab")
    spool.close()
    path.unlink()
    again = Spool(path, "lab")
    assert spool.name.startswith("lab-")
    assert again.name.startswith("lab-")
    assert again.name != spool.name
    again.close()


def test_it_gives_no_number_twice_when_a_loss_of_power_takes_its_newest_commits(path: Path) -> None:
    Spool(path, "lab").close()
    spool = Spool(path)
    durable = {file: file.read_bytes() for file in path.parent.iterdir()}  # an opening is waited for by the disk
    given = range(spool.next_seq, spool.next_seq + 100)
    for seq in given:
        place = spool.add(b"1")
        spool.number(seq, place, place)
        spool.forget(place, place, seq)
    spool.close()
    for file in path.parent.iterdir():
        file.unlink()
    for file, content in durable.items():
        file.write_bytes(content)

    again = Spool(path)

    assert again.next_seq > given[-1]
    again.close()


def test_messages_and_what_is_in_none_are_kept_in_order(path: Path) -> None:
    spool = Spool(path)
    for text in (b"a", b"b", b"c", b"d", b"e"):
        spool.add(text)
    spool.number(1, 1, 2)
    spool.number(2, 3, 3)
    again = opened_again(spool)
    assert again.kept() == ({1: [(1, b"a"), (2, b"b")], 2: [(3, b"c")]}, [(4, b"d"), (5, b"e")])
    again.forget(1, 2, 1)
    again.forget(4, 4)
    assert again.kept() == ({2: [(3, b"c")]}, [(5, b"e")])
    assert again.add(b"f") == 6
    again.close()


def test_another_name_is_refused(path: Path) -> None:
    Spool(path, "lab").close()
    with pytest.raises(SpoolUnusable, match='it belongs to the producer "lab"; leave the name "other" out'):
        Spool(path, "other")
    Spool(path, "lab").close()


def test_it_is_locked_while_another_process_has_it(path: Path) -> None:
    code = "import sys, stickyboard.spool as s; f = s.Spool(sys.argv[1]); print('open', flush=True); input()"
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(SpoolUnusable, match="another process has it open"):
            Spool(path)
        other.kill()
        other.wait(10)
    Spool(path).close()


@pytest.mark.parametrize("content", [b"hello " * 300, b"SQLite format 3\0" + b"x" * 2000])
def test_a_file_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with pytest.raises(SpoolUnusable):
        Spool(file)
    assert file.read_bytes() == content


def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "accounts.sqlite3"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE user (name)")
    db.close()
    with pytest.raises(SpoolUnusable, match="it is a file of another program; name another file"):
        Spool(file)
    with sqlite3.connect(file) as db:
        assert db.execute("SELECT name FROM sqlite_master").fetchall() == [("user",)]
    db.close()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolUnusable, match="look at the disk and at who may write there"):
        Spool(tmp_path / "file" / "spool")


def test_an_event_that_could_not_be_written_is_not_kept(path: Path) -> None:
    spool = Spool(path)
    spool.add(b"a")
    spool._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(SpoolUnusable, match="full"):
        spool.add(b"x" * 100_000)
    spool._db.execute("PRAGMA max_page_count = 1000000")
    assert spool.add(b"b") == 2
    assert [encoded for _, encoded in spool.kept().waiting] == [b"a", b"b"]
    spool.close()


def test_a_forked_child_takes_nothing_of_its_parents_spool(path: Path) -> None:
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
    subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=True, timeout=30)
    spool = Spool(path)
    assert spool.kept().waiting == [(1, b"1"), (2, b"2")]
    spool.close()
