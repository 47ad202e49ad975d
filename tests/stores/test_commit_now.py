"""A small change is committed in the event loop, unless that would have to wait."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from functools import partial

import pytest

from broadcast.errors import StoreUnavailable
from broadcast.stores.sqlite.boot import CLEAN, boot_of
from broadcast.stores.sqlite.cache import SMALL_WRITES, SQLiteCache
from broadcast.stores.sqlite.checkpoint import AUTOCHECKPOINT, DUE_LOG, LONG_LOG, LogTruncation
from broadcast.stores.sqlite.connect import log_of
from broadcast.stores.sqlite.engine import WRITE, Engine, close_engines
from broadcast.stores.sqlite.file_guard import INDEX_CHECKPOINT
from broadcast.types import Batch, Bounds, Write
from tests.support.committing import Threads
from tests.support.sqlite_files import BOUNDS, await_later_time, put


@pytest.fixture
def threads(store_path) -> Iterator[Threads]:
    put(store_path)
    yield Threads(SQLiteCache(str(store_path), {}))


def execute(path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(sql).fetchall()
        db.commit()


async def test_a_small_change_needs_no_thread(threads):
    assert await threads.commit()
    assert await threads.commit(*(Write(str(n), value="1") for n in range(SMALL_WRITES)))


def test_many_small_changes_need_no_thread(opened, store_path):
    """SQLite counts the steps of a statement over all its executions."""
    store = SQLiteCache(str(store_path), {})
    changes = [store._applying([Batch("k", BOUNDS, [Write("a", value="2")])]) for _ in range(150)]
    assert all(opened.commit_now(each) for each in changes)


def test_a_prepared_store_needs_no_thread_for_its_first_event(store_path):
    store = SQLiteCache(str(store_path), {})
    store.prepare()
    store.engine.submit_commit(lambda db: None).result()  # the writer thread has finished
    assert store.engine.commit_now(store._applying([Batch("k", BOUNDS, [Write("a", value="1")])]))


async def test_a_change_that_may_take_long_is_left_to_the_writer(threads):
    assert not await threads.commit(*(Write(str(n), value="1") for n in range(SMALL_WRITES + 1)))
    assert not await threads.commit(Write("a", value=f'"{"x" * 70_000}"'))
    assert not await threads.commit(bounds=Bounds(max_keys=9, ttl_s=60))
    assert not await threads.commit(Write("a", event={}), decide=lambda before, event: 1)


async def test_a_change_that_evicts_much_is_left_to_the_writer(threads):
    lanes = Bounds(per_lane=2000, max_lanes=1)
    await threads.commit(*(Write(None, lane="long", value="1") for _ in range(2000)), bounds=lanes)
    assert await threads.commit(Write(None, lane="long", value="1"), bounds=lanes)
    assert not await threads.commit(Write(None, lane="new", value="1"), bounds=lanes)
    assert await threads.commit(Write(None, lane="new", value="1"), bounds=lanes)


async def test_damage_is_found_by_the_writer(threads, store_path):
    engine = SQLiteCache(str(store_path), {}).engine

    def fail(_: sqlite3.Connection) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    assert engine.commit_now(fail) is None


async def test_a_lock_of_another_process_is_not_waited_for(threads, store_path, monkeypatch):
    with closing(sqlite3.connect(store_path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        # The writer waits for the lock, and this event loop meanwhile ends it.
        engine, loop = SQLiteCache(str(store_path), {}).engine, asyncio.get_running_loop()
        submit = engine.submit_commit
        release = partial(loop.call_soon, other.execute, "ROLLBACK")
        monkeypatch.setattr(engine, "submit_commit", lambda work: (submit(work), release())[0])
        assert not await threads.commit()
        monkeypatch.undo()
    assert await threads.commit()


async def test_the_writer_looks_at_what_another_process_committed(threads, store_path):
    execute(store_path, "UPDATE keyspace SET dropped = dropped + 1")
    assert not await threads.commit()
    assert await threads.commit()


async def test_the_writer_looks_at_what_another_program_wrote(threads, store_path):
    await_later_time(store_path)
    with store_path.open("r+b") as file:
        byte = file.read(1)
        file.seek(0)
        file.write(byte)
    assert not await threads.commit()
    assert await threads.commit()


def test_the_writer_begins_a_log_that_was_written_back(opened):
    """The first commit in a log synchronises its header."""
    opened.submit_read(lambda db: db.execute("PRAGMA wal_checkpoint").fetchall()).result()
    opened._guard.note()
    assert opened.commit_now(change) is None
    opened.submit_commit(change).result()
    assert opened.commit_now(change)


def fill_log(engine: Engine, updates: int) -> None:
    while engine._guard._read_index(INDEX_CHECKPOINT)[0] < updates:
        engine.submit_commit(change).result()


def test_the_writer_writes_a_long_log_back(opened):
    """SQLite does that in a commit, and synchronises both files."""
    fill_log(opened, LONG_LOG - 1)
    assert opened.commit_now(change)
    assert opened.commit_now(change) is None


def test_a_change_of_many_pages_writes_no_log_back(opened):
    fill_log(opened, LONG_LOG - 1)
    assert opened.commit_now(lambda db: db.execute("UPDATE keyspace SET changed_by = ?", ("x" * 1_500_000,)))
    updates, written_back = opened._guard._read_index(INDEX_CHECKPOINT)
    assert (updates > AUTOCHECKPOINT, written_back) == (True, 0)


def test_the_writer_looks_at_a_commit_that_changes_no_size(opened, store_path):
    execute(store_path, "UPDATE keyspace SET dropped = dropped + 1")
    opened._guard.note()  # as if the file's time had not changed either
    assert opened.commit_now(change) is None
    opened.submit_commit(change).result()
    assert opened.commit_now(change)


async def test_a_long_log_is_written_back_between_two_changes(threads, store_path):
    store = SQLiteCache(str(store_path), {})
    engine = store.engine
    fill_log(engine, DUE_LOG)
    await (await store.aapply([Batch("k", BOUNDS, [Write("a", value="2")])])).until_durable()
    await asyncio.wrap_future(engine._writer.submit(int))
    updates, written_back = engine._guard._read_index(INDEX_CHECKPOINT)
    assert written_back < updates < 10
    assert await threads.commit()


def test_no_log_is_looked_at_while_its_files_may_be_closed(opened):
    fill_log(opened, DUE_LOG)
    with opened._writing.lock:
        opened.shorten_log()
        assert not opened._is_shortening
    opened.shorten_log()
    assert opened._writer.submit(opened._guard.is_log_due).result() is False


async def test_no_change_waits_for_the_fsync_of_the_one_before(threads, store_path):
    engine = SQLiteCache(str(store_path), {}).engine
    may_sync, is_syncing = threading.Event(), threading.Event()
    engine._syncer._sync = lambda guard: is_syncing.set() or may_sync.wait()
    done = engine._syncer.request(engine._guard)
    is_syncing.wait(60)
    committed = engine.commit_now(lambda db: None)
    may_sync.set()
    assert committed is None
    done.result(60)
    assert await threads.commit()


def change(db: sqlite3.Connection) -> None:
    db.execute("UPDATE keyspace SET dropped = dropped + 1")


def dropped(db: sqlite3.Connection) -> int:
    return db.execute("SELECT dropped FROM keyspace").fetchone()[0]


@pytest.fixture
def opened(store_path) -> Iterator[Engine]:
    """An engine whose first commit, by the writer, changed the number of dropped entries to 1."""
    put(store_path)
    close_engines()
    with closing(Engine(str(store_path))) as engine:
        engine.submit_commit(change).result()
        yield engine


def test_the_writer_brings_the_mark_of_this_boot_to_the_disk(threads, store_path):
    with closing(Engine(str(store_path))) as engine:
        engine.submit_commit(lambda _: None).result()
        assert engine.commit_now(change) is None
        engine.submit_commit(change).result()
        assert engine.commit_now(change)


def test_closing_waits_for_a_lock(threads, store_path):
    with closing(Engine(str(store_path))) as engine:
        engine.submit_commit(change).result()
        assert engine.commit_now(change)
        other = sqlite3.connect(store_path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.05, other.execute, ["ROLLBACK"]).start()
    with closing(other):
        assert boot_of(other) == CLEAN


def test_the_writer_commits_if_each_commit_is_synchronised(threads, store_path):
    with closing(Engine(str(store_path), boot_id="")) as engine:
        engine.submit_commit(change).result()
        assert engine.commit_now(change) is None


async def test_an_error_is_reported_by_the_writer(threads, store_path):
    engine = SQLiteCache(str(store_path), {}).engine
    assert engine.commit_now(lambda db: db.execute("SELECT * FROM nothing")) is None
    assert await threads.commit()


def test_a_connection_in_use_is_not_waited_for(opened):
    with opened._writing.lock:
        assert opened.commit_now(change) is None
    assert opened.commit_now(change)


def test_a_requested_fsync_counts_before_its_thread_runs(opened):
    may_run = threading.Event()
    opened._syncer._thread.submit(may_run.wait, 60)
    done = opened._syncer.request(opened._guard)
    committed = opened.commit_now(change)
    may_run.set()
    assert committed is None
    done.result(60)


def test_the_writer_opens_the_files_again(opened):
    opened._suspicion = "they were changed"
    assert opened.commit_now(change) is None
    opened.submit_commit(change).result()
    opened.verifier.damage = "it is damaged"
    assert opened.commit_now(change) is None


def test_a_connection_that_was_closed_is_not_used(opened, store_path):
    with closing(Engine(str(store_path), "NORMAL", boot_id="")) as engine:
        engine.submit_commit(change).result()
        engine._suspicion = "they were changed"
        engine.submit_read(dropped).result()  # opens them again
        execute(store_path, "UPDATE keyspace SET dropped = dropped + 1")  # so that the log permits an append
        assert engine.commit_now(change) is None
        engine.submit_commit(change).result()
        assert engine.commit_now(change)


def test_a_change_that_was_made_before_is_synchronised_too(opened):
    assert opened.commit_now(lambda _: None).sync is not None


def test_the_writer_truncates_the_log(opened, store_path):
    tried = []
    opened.log_truncation = LogTruncation(store_path, 0, lambda _: not tried.append(1))
    assert opened.commit_now(change)
    assert not tried
    opened.submit_commit(change).result()
    assert tried


def test_a_change_here_ends_an_outage(opened, caplog):
    opened._outages[WRITE].note(StoreUnavailable("it is locked"))
    assert opened.commit_now(change)
    assert "again" in caplog.text


def test_a_log_that_was_deleted_is_written_back_after_a_reader(opened, store_path):
    with closing(sqlite3.connect(store_path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN")
        assert dropped(other) == 1
        assert opened.commit_now(change)
        log_of(store_path).unlink()
        threading.Timer(0.05, other.execute, ["COMMIT"]).start()
        assert opened.submit_read(dropped).result() == 2


async def test_an_expiry_is_left_to_the_writer(threads, store_path):
    store = SQLiteCache(str(store_path), {})
    used: list[threading.Thread] = []
    store.engine._writing.db.set_trace_callback(lambda _: used.append(threading.current_thread()))
    await store.aapply([Batch("k", BOUNDS, [])])
    assert threading.current_thread() not in used
