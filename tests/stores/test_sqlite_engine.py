"""A store's file: whose it is, how durable, and its stamp, for one process and for several."""

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broadcast.errors import StoreError, StoreUnavailable
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from broadcast.stores.sqlite.schema import APPLICATION_ID, SCHEMA_VERSION
from broadcast.stores.syncer import Syncer
from broadcast.types import NEVER_WRITTEN, Batch, Bounds, Write
from tests.support.sqlite_files import await_later_time, put, run, written


def test_an_empty_file_is_a_new_store(store_path):
    store_path.touch()

    assert put(store_path).to_revision == 1


def test_a_folder_that_is_not_there_is_made(tmp_path):
    assert put(tmp_path / "a" / "b" / "sticky.sqlite3").to_revision == 1
    close_engines()


def test_a_deleted_file_begins_a_new_history(store_path):
    before = put(store_path)
    store_path.unlink()

    after = put(store_path)

    assert after.epoch != before.epoch
    assert after.to_revision == 1


def test_a_store_that_was_never_written_and_read_is_empty(store_path):
    assert SQLiteCache(str(store_path), {}).since({"k": None})["k"].head == NEVER_WRITTEN
    assert SQLiteCache(str(store_path), {}).heads() == {}


def test_our_files_say_whose_they_are(store_path):
    header = written(store_path).read_bytes()[:100]

    assert int.from_bytes(header[60:64], "big") == SCHEMA_VERSION
    assert int.from_bytes(header[68:72], "big") == APPLICATION_ID


def test_processes_that_create_one_file_lose_nothing(store_path):
    script = """
for number in range(50):
    put(Path(sys.argv[1]), number, f"{sys.argv[2]}-{number}")
"""
    with ThreadPoolExecutor(4) as writers:
        ended = writers.map(lambda writer: run(script, store_path, writer).returncode, range(4))
    assert list(ended) == [0, 0, 0, 0]

    delta = SQLiteCache(str(store_path), {}).since({"k": None})["k"]
    assert delta.to_revision == 200
    assert len(delta.entries) == 200


def test_what_was_acknowledged_outlives_a_kill(store_path):
    script = """
for number in range(1000):
    put(Path(sys.argv[1]), number, str(number))
    print(number, flush=True)
    if number == 137:
        os.kill(os.getpid(), signal.SIGKILL)
"""
    ran = run(script, store_path)

    assert ran.returncode == -9
    kept = [entry.key for entry in SQLiteCache(str(store_path), {}).since({"k": None})["k"].entries]
    assert kept == ran.stdout.split()


@pytest.mark.parametrize("options", [{"synchronous": "OFF"}, {"synchronous": "full"}])
def test_an_unknown_way_to_be_durable_is_refused(options):
    with pytest.raises(StoreError, match='"FULL" or "NORMAL"'):
        SQLiteCache("x", {"OPTIONS": options})


@pytest.mark.parametrize("asked", ["FULL", "NORMAL"])
def test_it_is_as_durable_as_asked(store_path, asked):
    store = SQLiteCache(str(store_path), {"OPTIONS": {"synchronous": asked}})

    assert (
        store.engine.submit_commit(lambda db: db.execute("PRAGMA journal_mode").fetchone()[0]).result().result == "wal"
    )
    committed = store.engine.submit_commit(lambda db: None).result()
    assert (committed.sync is not None) == (asked == "FULL")


async def test_a_sweep_is_synchronised_if_something_expired(store_path):
    store, bounds = SQLiteCache(str(store_path), {}), Bounds(max_keys=9, ttl_s=10)
    store.apply([Batch("k", bounds, [Write("a", value="1")])])
    now = store.clock()
    assert (await store.aapply([Batch("k", bounds, [])])).sync is None
    store.clock = lambda: now + 60
    assert (await store.aapply([Batch("k", bounds, [])])).sync is not None


def fail(_: int) -> None:
    raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("is_first", [True, False])
def test_an_fsync_that_failed_is_followed_by_a_checkpoint(store_path, monkeypatch, is_first):
    """After a failure, Linux regards the pages as written, so that another fsync would succeed."""
    store = SQLiteCache(str(store_path), {})
    epoch = "" if is_first else put(store_path).epoch
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail)
        with pytest.raises(StoreUnavailable):
            put(store_path, 2, "b")
    log = Path(f"{store_path}-wal")
    before = store_path.stat().st_mtime_ns
    await_later_time(store_path)
    assert put(store_path, 2, "b").epoch != epoch  # the commit, which browsers may have, was perhaps lost
    assert store_path.stat().st_mtime_ns > before
    assert [entry.key for entry in store.since({"k": None})["k"].entries] == (["b"] if is_first else ["a", "b"])
    assert log.exists()


def test_an_fsync_cannot_be_cancelled():
    """Otherwise the others that it is for would wait forever."""
    may_sync = threading.Event()
    syncer = Syncer[str](lambda _: may_sync.wait() and None)
    first, second, third = (syncer.request("log") for _ in range(3))
    assert not second.cancel()
    may_sync.set()
    assert [done.result(timeout=60) for done in (first, second, third)] == [None] * 3
    syncer.close()


def test_the_stamp_changes_with_commits_only(store_path):
    store = SQLiteCache(str(store_path), {})
    assert store.stamp() is None  # nobody has opened the file yet
    put(store_path, 1)
    before = store.stamp()
    assert before is not None
    store.heads()
    assert store.stamp() == before
    put(store_path, 2)
    after = store.stamp()
    assert after != before
    assert run("put(Path(sys.argv[1]), 3)", store_path).returncode == 0
    assert store.stamp() not in (before, after)


def test_the_stamp_of_a_file_that_was_replaced_is_none(store_path):
    store = SQLiteCache(str(store_path), {})
    put(store_path)
    assert store.stamp() is not None
    store_path.unlink()
    assert store.stamp() is None
    put(store_path)
    assert store.stamp() is not None
