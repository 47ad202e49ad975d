"""What happens to a store whose files are deleted, replaced, truncated or damaged while it runs.

Nothing is acknowledged that the next start would not find, browsers start over, and no restart is needed.
"""

import json
import os
from pathlib import Path

import pytest

from broadcast.errors import StoreUnavailable
from broadcast.stores.sqlite.cache import SQLiteCache
from tests.support import sqlite_harms as harms
from tests.support.sqlite_files import put, run

# In a process of its own, which is killed at the end: what is acknowledged must be in the files.
SCRIPT = """
import shutil
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.errors import StoreError
from broadcast.types import Batch, Write
from tests.support import sqlite_harms as harms
from tests.support.sqlite_files import BOUNDS

path, acknowledged, refused = Path(sys.argv[1]), [], []
store = SQLiteCache(str(path), {})
for first in range(0, 300, 10):
    writes = [Write(f"before-{number}", value=str(number)) for number in range(first, first + 10)]
    store.apply([Batch("k", BOUNDS, writes)])
cursor = store.heads()["k"]
store.since({"k": None})  # a reader has the files open, too
shutil.copytree(path.parent, str(path.parent) + ".backup")
for number in range(300, 310):
    put(path, number, f"before-{number}")
if sys.argv[4] == "written back":
    harms.log_is_written_back(path)
getattr(harms, sys.argv[2])(path)
for number in range(20):
    if number == 10:
        getattr(harms, sys.argv[3], lambda path: None)(path)
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


ALL, SOME = True, False  # of what was acknowledged before
HARMS = {
    harms.database_is_deleted: SOME,
    harms.log_is_deleted: ALL,
    harms.index_is_deleted: ALL,
    harms.log_and_index_are_deleted: ALL,
    harms.all_are_deleted: SOME,
    harms.log_is_emptied: SOME,
    harms.log_is_cut: SOME,
    harms.log_is_overwritten: SOME,
    harms.log_is_replaced: SOME,
    harms.database_is_renamed: SOME,
    harms.database_is_replaced_by_a_copy: SOME,
    harms.database_is_emptied: SOME,
    harms.database_is_restored_in_place: SOME,
    harms.all_are_restored_in_place: SOME,
    harms.folder_is_replaced_by_its_backup: SOME,
    harms.backup_takes_its_place: SOME,
}
REPAIRED = {
    harms.database_is_cut: harms.backup_takes_its_place,
    harms.database_is_overwritten: harms.backup_takes_its_place,
    harms.database_is_overwritten_in_the_middle: harms.backup_takes_its_place,
    harms.folder_is_moved: harms.folder_is_moved_back,
}


def harmed(path: Path, log: str, harm, repair=None) -> tuple[list[str], list[int], set[str]]:
    path.parent.mkdir()
    done = run(SCRIPT, path, harm.__name__, repair.__name__ if repair else "none", log)
    assert done.returncode == -9, done.stderr
    acknowledged, refused, is_reset, is_new_epoch = json.loads(done.stdout)
    if not (harm is harms.database_is_restored_in_place and log == "full"):  # then the backup has the same content
        assert is_reset
        assert is_new_epoch
        assert sum("opened again" in line for line in done.stderr.splitlines()) == 1, done.stderr
    kept = {entry.key for entry in SQLiteCache(str(path), {}).since({"k": None})["k"].entries}
    assert set(acknowledged) <= kept, f"lost {set(acknowledged) - kept}; {done.stderr}"
    return acknowledged, refused, kept


LOGS = pytest.mark.parametrize("log", ["full", pytest.param("written back", marks=pytest.mark.slow)])


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


@pytest.mark.parametrize("remaining", [0, 0.5])
def test_a_log_that_is_cut_in_a_transaction_is_not_acknowledged(store_path, remaining):
    for number in range(20):
        put(store_path, number)
    log = harms.log_of(store_path)

    def cut(db) -> None:
        os.truncate(log, int(log.stat().st_size * remaining))
        db.execute("UPDATE keyspace SET dropped = dropped + 1")

    with pytest.raises(StoreUnavailable, match="truncated"):
        SQLiteCache(str(store_path), {}).engine.submit_commit(cut).result()
    assert put(store_path).entries  # after it was opened again
