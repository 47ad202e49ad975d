"""What happens to a store whose files are deleted, replaced, truncated or damaged while it runs.

Nothing is acknowledged that the next start would not find, browsers start over, and no restart is needed.
"""

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from broadcast.stores.sqlite.cache import SQLiteCache
from tests.support.sqlite_files import put, run

# In a process of its own, which is killed at the end: what is acknowledged must be in the files.
SCRIPT = """
import shutil
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.errors import StoreError
from tests.stores import test_sqlite_file_guard as guard
from tests.stores.test_sqlite_file_guard import log_is_written_back

path, acknowledged, refused = Path(sys.argv[1]), [], []
for number in range(300):
    put(path, number, f"before-{number}")
store = SQLiteCache(str(path), {})
cursor = store.heads()["k"]
store.since({"k": None})  # a reader has the files open, too
shutil.copytree(path.parent, str(path.parent) + ".backup")
for number in range(300, 310):
    put(path, number, f"before-{number}")
if sys.argv[4] == "written back":
    log_is_written_back(path)
getattr(guard, sys.argv[2])(path)
for number in range(20):
    if number == 10:
        getattr(guard, sys.argv[3], lambda path: None)(path)
    try:
        put(path, number, f"after-{number}")
        acknowledged.append(f"after-{number}")
    except StoreError as exc:
        assert exc.retry
        assert str(path.parent) not in exc.public, exc.public
        refused.append(number)
delta = store.since({"k": cursor})["k"]
print(json.dumps([acknowledged, refused, delta.reset, cursor.epoch != delta.epoch]), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def log_is_written_back(path: Path) -> None:
    """As another process does, with the last updates of the log still in use."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA wal_checkpoint(PASSIVE)")
    db.close()
    put(path, 0, "before-0")  # which verifies the file; the next time may be half a second later
    SQLiteCache(str(path), {}).engine.verifier.rests_until = 0.0


def log_of(path: Path) -> Path:
    return Path(f"{path}-wal")


def backup_of(path: Path) -> Path:
    return Path(f"{path.parent}.backup") / path.name


def database_is_deleted(path: Path) -> None:
    path.unlink()


def log_is_deleted(path: Path) -> None:
    log_of(path).unlink()


def index_is_deleted(path: Path) -> None:
    Path(f"{path}-shm").unlink()


def all_are_deleted(path: Path) -> None:
    for file in path.parent.iterdir():
        file.unlink()


def log_and_index_are_deleted(path: Path) -> None:
    log_of(path).unlink()
    Path(f"{path}-shm").unlink()


def log_is_emptied(path: Path) -> None:
    os.truncate(log_of(path), 0)


def log_is_cut(path: Path) -> None:
    os.truncate(log_of(path), log_of(path).stat().st_size // 2)


def log_is_overwritten(path: Path) -> None:
    size = log_of(path).stat().st_size
    log_of(path).write_bytes(b"\xff" * size)


def log_is_replaced(path: Path) -> None:
    other = path.parent / "other"
    other.write_bytes(b"")
    other.replace(log_of(path))


def database_is_emptied(path: Path) -> None:
    os.truncate(path, 0)


def database_is_cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def database_is_overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\xff" * path.stat().st_size)


def database_is_overwritten_in_the_middle(path: Path) -> None:
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 200)


def database_is_renamed(path: Path) -> None:
    path.rename(path.with_suffix(".gone"))


def database_is_replaced_by_a_copy(path: Path) -> None:
    shutil.copy(backup_of(path), path.parent / "copy")
    (path.parent / "copy").replace(path)


def database_is_restored_in_place(path: Path) -> None:
    shutil.copyfile(backup_of(path), path)


def all_are_restored_in_place(path: Path) -> None:
    for file in backup_of(path).parent.iterdir():
        if not file.name.endswith("-shm"):  # SQLite's docs forbid that one; it is mapped into memory
            shutil.copyfile(file, path.parent / file.name)


def folder_is_moved(path: Path) -> None:
    path.parent.rename(f"{path.parent}.moved")


def folder_is_moved_back(path: Path) -> None:
    Path(f"{path.parent}.moved").rename(path.parent)


def folder_is_replaced_by_its_backup(path: Path) -> None:
    folder_is_moved(path)
    backup_of(path).parent.rename(path.parent)


def backup_takes_its_place(path: Path) -> None:
    all_are_deleted(path)
    for file in backup_of(path).parent.iterdir():
        shutil.copyfile(file, path.parent / file.name)


ALL, SOME = True, False  # of what was acknowledged before
HARMS = {
    database_is_deleted: SOME,
    log_is_deleted: ALL,
    index_is_deleted: ALL,
    log_and_index_are_deleted: ALL,
    all_are_deleted: SOME,
    log_is_emptied: SOME,
    log_is_cut: SOME,
    log_is_overwritten: SOME,
    log_is_replaced: SOME,
    database_is_renamed: SOME,
    database_is_replaced_by_a_copy: SOME,
    database_is_emptied: SOME,
    database_is_restored_in_place: SOME,
    all_are_restored_in_place: SOME,
    folder_is_replaced_by_its_backup: SOME,
    backup_takes_its_place: SOME,
}
REPAIRED = {
    database_is_cut: backup_takes_its_place,
    database_is_overwritten: backup_takes_its_place,
    database_is_overwritten_in_the_middle: backup_takes_its_place,
    folder_is_moved: folder_is_moved_back,
}


def harmed(path: Path, log: str, harm, repair=None) -> tuple[list[str], list[int], set[str]]:
    path.parent.mkdir()
    done = run(SCRIPT, path, harm.__name__, repair.__name__ if repair else "none", log)
    assert done.returncode == -9, done.stderr
    acknowledged, refused, is_reset, is_new_epoch = json.loads(done.stdout)
    if not (harm is database_is_restored_in_place and log == "full"):  # then the backup has the same content
        assert is_reset
        assert is_new_epoch
        assert sum("opened again" in line for line in done.stderr.splitlines()) == 1, done.stderr
    kept = {entry.key for entry in SQLiteCache(str(path), {}).since({"k": None})["k"].entries}
    assert set(acknowledged) <= kept, f"lost {set(acknowledged) - kept}; {done.stderr}"
    return acknowledged, refused, kept


LOGS = pytest.mark.parametrize("log", ["full", "written back"])


@LOGS
@pytest.mark.parametrize("harm", HARMS)
def test_what_is_acknowledged_is_kept_although(harm, log, tmp_path):
    _, refused, kept = harmed(tmp_path / "data" / "sticky.sqlite3", log, harm)

    assert len(refused) <= 1, "it did not recover by itself"
    if HARMS[harm] is ALL:
        assert {f"before-{number}" for number in range(310)} <= kept


@LOGS
@pytest.mark.parametrize("harm", REPAIRED)
def test_everything_is_refused_until_it_is_repaired_when(harm, log, tmp_path):
    acknowledged, refused, kept = harmed(tmp_path / "data" / "sticky.sqlite3", log, harm, REPAIRED[harm])

    assert refused == list(range(10))
    assert acknowledged == [f"after-{number}" for number in range(10, 20)]
    assert {f"before-{number}" for number in range(300)} <= kept
