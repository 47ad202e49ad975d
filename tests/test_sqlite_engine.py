"""What can go wrong with a store's file: a clear error, and the old file as it was."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self

import pytest

from broadcast.caches import sqlite_engine
from broadcast.caches.sqlite import SQLiteCache
from broadcast.caches.sqlite_engine import APPLICATION_ID, SCHEMA_VERSION, close_engines
from broadcast.errors import StoreError, StoreUnavailable, StoreUnusable
from broadcast.words import NEVER_WRITTEN
from tests.server import ROOT
from tests.sqlite_files import put


@pytest.fixture
def path(tmp_path):
    yield tmp_path / "sticky.sqlite3"
    close_engines()


def written(path: Path) -> Path:
    """Return the path of a store that was written and closed."""
    for number in range(200):
        put(path, number, key=f"key-{number}")
    close_engines()
    return path


def files(path: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in path.parent.iterdir()}


def newer(path: Path) -> None:
    db = sqlite3.connect(written(path))
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()


def another_programs(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE theirs (x)")
    db.commit()
    db.close()


def no_database(path: Path) -> None:
    path.write_text("these are my notes\n" * 50)


def truncated(path: Path) -> None:
    path.write_bytes(written(path).read_bytes()[:60])


def damaged(path: Path) -> None:
    content = bytearray(written(path).read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 200] = b"\xff" * 200
    path.write_bytes(content)


UNUSABLE = {
    newer: f"schema {SCHEMA_VERSION + 1}",
    another_programs: "another program's",
    no_database: "no SQLite file",
    truncated: "damaged",
    damaged: "damaged",
}


@pytest.mark.parametrize("spoil", UNUSABLE)
def test_a_file_that_is_not_ours_to_write_is_named_and_left_as_it_was(path, spoil):
    spoil(path)
    before = files(path)

    for use in (lambda: put(path), lambda: SQLiteCache(str(path), {}).since({"k": None})):
        with pytest.raises(StoreUnusable, match=UNUSABLE[spoil]) as refused:
            use()
        assert str(path) in str(refused.value)
        assert not refused.value.retry

    close_engines()
    assert files(path) == before


def test_an_empty_file_is_a_new_store(path):
    path.touch()

    assert put(path).to_revision == 1


def test_a_folder_that_is_not_there_is_made(tmp_path):
    assert put(tmp_path / "a" / "b" / "sticky.sqlite3").to_revision == 1
    close_engines()


def run(script: str, *words: object, **options) -> subprocess.CompletedProcess[str]:
    """Run a few lines in a process of their own, in which `put(path, number)` writes."""
    prelude = (
        "import json, os, resource, signal, sys\nfrom pathlib import Path\nfrom tests.test_sqlite_engine import put\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", prelude + script, *map(str, words)]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT, **options
    )


def test_a_folder_that_may_not_be_written_is_said_with_the_mend(tmp_path):
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o555)
    script = """
if os.getuid() == 0:
    Path(sys.argv[2]).chmod(0o755)
    put(Path(sys.argv[2]) / "warm", 1)  # all modules are read while that is still allowed
    os.setuid(65534)
try:
    put(Path(sys.argv[1]) / "sticky.sqlite3", 1)
except Exception as exc:
    print(type(exc).__name__, exc.code, exc.retry, exc)
"""
    for parent in (tmp_path, *tmp_path.parents[:3]):
        parent.chmod(0o755)
    warm = tmp_path / "warm"
    warm.mkdir()
    told = run(script, folder, warm)

    assert told.stdout.startswith("StoreUnavailable store_unavailable True"), told.stderr
    assert f"write permission on {folder}" in told.stdout
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_said_and_nothing_is_lost_and_room_heals_it(path):
    script = """
path = Path(sys.argv[1])
put(path, 1, "first")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
done = 0
try:
    for number in range(100_000):
        put(path, "x" * 1000, f"key-{number}")
        done += 1
except Exception as exc:
    print(json.dumps([type(exc).__name__, exc.retry, str(exc), done]))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
put(path, 2, "healed")
"""
    told = run(script, path)
    kind, retry, sentence, done = json.loads(told.stdout)

    assert told.returncode == 0, told.stderr
    assert (kind, retry) == ("StoreUnavailable", True)
    assert str(path) in sentence
    kept = {entry.key for entry in SQLiteCache(str(path), {}).since({"k": None})["k"].entries}
    assert kept == {"first", "healed", *(f"key-{number}" for number in range(done))}


class OverlappingReaders:
    """Keep the store's two readers busy so that one at least is always inside its transaction."""

    def __init__(self, path: Path) -> None:
        self._engine = SQLiteCache(str(path), {}).engine
        self._began = threading.Condition()
        self._count = 0
        self._is_over = False

    def __enter__(self) -> Self:
        self._threads = [threading.Thread(target=self._read_on) for _ in range(2)]
        for thread in self._threads:
            thread.start()
        self.wait_for(4)
        return self

    def __exit__(self, *_: object) -> None:
        with self._began:
            self._is_over = True
            self._began.notify_all()
        for thread in self._threads:
            thread.join()

    def wait_for(self, reads: int) -> None:
        with self._began:
            assert self._began.wait_for(lambda: self._count >= reads, 10)

    def _read_on(self) -> None:
        while not self._is_over:
            self._engine.submit_read(self._read).result()

    def _read(self, db: sqlite3.Connection) -> None:
        db.execute("SELECT COUNT(*) FROM entry").fetchone()
        with self._began:
            self._count += 1
            mine = self._count
            self._began.notify_all()
            self._began.wait_for(lambda: self._is_over or self._count > mine, 10)  # until the other one reads


def log_bytes(path: Path) -> int:
    return Path(f"{path}-wal").stat().st_size


def test_its_log_stays_small_while_both_readers_are_always_busy(path, monkeypatch):
    monkeypatch.setattr(sqlite_engine, "MAX_LOG_BYTES", 500_000)
    put(path)

    with OverlappingReaders(path):
        sizes = []
        for number in range(60):
            put(path, "x" * 50_000, f"key-{number}")
            sizes.append(log_bytes(path))

    assert max(sizes) < 4 * 500_000
    assert sizes.count(0) > 1


def test_a_reader_that_stays_costs_the_wait_now_and_then_and_no_commit(path, monkeypatch):
    monkeypatch.setattr(sqlite_engine, "MAX_LOG_BYTES", 500_000)
    monkeypatch.setattr(sqlite_engine, "LOG_WAIT_MS", 1)
    tried = []
    empty_log = sqlite_engine.empty_log
    monkeypatch.setattr(sqlite_engine, "empty_log", lambda db: tried.append(empty_log(db)) or tried[-1])
    put(path)
    may_end = threading.Event()

    def stay(db: sqlite3.Connection) -> None:
        db.execute("SELECT COUNT(*) FROM entry").fetchone()
        may_end.wait(30)

    staying = SQLiteCache(str(path), {}).engine.submit_read(stay)
    for number in range(60):
        put(path, "x" * 50_000, f"key-{number}")
    may_end.set()
    staying.result()

    assert 2 <= len(tried) <= 8
    assert not any(tried)
    busy_ms = SQLiteCache(str(path), {}).engine.submit_write(lambda db: db.execute("PRAGMA busy_timeout").fetchone())
    assert busy_ms.result() == (sqlite_engine.BUSY_MS,)
    assert len(SQLiteCache(str(path), {}).since({"k": None})["k"].entries) == 61


def test_a_log_that_cannot_be_emptied_fails_no_commit(path, monkeypatch, caplog):
    def fail(db: sqlite3.Connection) -> bool:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite_engine, "MAX_LOG_BYTES", 1)
    monkeypatch.setattr(sqlite_engine, "empty_log", fail)

    assert put(path).to_revision == 1
    assert "was not emptied: disk I/O error" in caplog.text


def test_a_full_database_says_to_free_space(path, monkeypatch):
    put(path)
    engine = SQLiteCache(str(path), {}).engine
    pages = engine.submit_write(lambda db: db.execute("PRAGMA page_count").fetchone()[0]).result()
    engine.submit_write(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone()).result()

    with pytest.raises(StoreUnavailable, match="free space") as full:
        for number in range(1000):
            put(path, number, key=f"{number}-" + "x" * 500)

    assert full.value.retry
    assert put(path, 5).to_revision > 1


def test_a_file_that_was_taken_away_is_a_new_history_and_no_error(path):
    before = put(path)
    path.unlink()

    after = put(path)

    assert after.epoch != before.epoch
    assert after.to_revision == 1


def test_a_store_that_was_never_written_and_read_is_empty(path):
    assert SQLiteCache(str(path), {}).since({"k": None})["k"].head == NEVER_WRITTEN
    assert SQLiteCache(str(path), {}).heads() == {}


def test_our_files_say_whose_they_are(path):
    header = written(path).read_bytes()[:100]

    assert int.from_bytes(header[60:64], "big") == SCHEMA_VERSION
    assert int.from_bytes(header[68:72], "big") == APPLICATION_ID


def test_processes_that_begin_one_file_and_write_at_once_lose_nothing(path):
    script = """
for number in range(50):
    put(Path(sys.argv[1]), number, f"{sys.argv[2]}-{number}")
"""
    prelude = "import sys\nfrom pathlib import Path\nfrom tests.test_sqlite_engine import put\n"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", prelude + script, str(path), str(writer)], env=environment, cwd=ROOT)
        for writer in range(4)
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]

    delta = SQLiteCache(str(path), {}).since({"k": None})["k"]
    assert delta.to_revision == 200
    assert len(delta.entries) == 200


def test_what_was_acknowledged_outlives_a_kill(path):
    script = """
for number in range(1000):
    put(Path(sys.argv[1]), number, str(number))
    print(number, flush=True)
    if number == 137:
        os.kill(os.getpid(), signal.SIGKILL)
"""
    told = run(script, path)

    assert told.returncode == -9
    kept = [entry.key for entry in SQLiteCache(str(path), {}).since({"k": None})["k"].entries]
    assert kept == told.stdout.split()


@pytest.mark.parametrize("options", [{"synchronous": "OFF"}, {"synchronous": "full"}])
def test_an_unknown_way_to_be_durable_is_refused(options):
    with pytest.raises(StoreError, match='"FULL" or "NORMAL"'):
        SQLiteCache("x", {"OPTIONS": options})


@pytest.mark.parametrize(("asked", "number"), [("FULL", 2), ("NORMAL", 1)])
def test_it_is_as_durable_as_asked(path, asked, number):
    store = SQLiteCache(str(path), {"OPTIONS": {"synchronous": asked}})

    assert store.engine.submit_write(lambda db: db.execute("PRAGMA journal_mode").fetchone()[0]).result() == "wal"
    assert store.engine.submit_write(lambda db: db.execute("PRAGMA synchronous").fetchone()[0]).result() == number


CONTRADICTIONS = {
    "UPDATE keyspace SET live = 7": "counts 7 live entries, but has 2",
    "UPDATE keyspace SET removed = 7": "counts 7 removals, but has 1",
    "UPDATE keyspace SET revision = 2": "is at revision 2, but has an entry of revision 4",
    "INSERT INTO floor VALUES (1, '', 9, 3)": "has a floor at 9 that revision 3 raised",
    "UPDATE entry SET place = place + (5 << 44) WHERE key = 'a'": "has an entry of keyspace 1 among those of 6",
    "DELETE FROM keyspace": "rows of table entry belong to no keyspace",
}


@pytest.mark.parametrize("harm", CONTRADICTIONS)
def test_a_file_that_contradicts_itself_is_found_out(path, harm):
    store = SQLiteCache(str(path), {})
    put(path, 1, "a")
    put(path, 2, "b")
    put(path, 3, "c")
    store.delete("k:b")
    assert store.audit() == []
    store.engine.submit_write(lambda db: db.execute(harm)).result()

    assert CONTRADICTIONS[harm] in "\n".join(store.audit())


def test_the_stamp_changes_with_every_commit_of_any_process_and_with_nothing_else(path):
    store = SQLiteCache(str(path), {})
    assert store.stamp() is None  # nobody has opened the file yet
    put(path, 1)
    before = store.stamp()
    assert before is not None
    store.heads()
    assert store.stamp() == before
    put(path, 2)
    after = store.stamp()
    assert after != before
    program = (
        "from broadcast.caches.sqlite import SQLiteCache; from broadcast.words import *;"
        f" SQLiteCache({str(path)!r}, {{}}).apply([Batch('k', Bounds(max_keys=9), [Write('z', value='1')])])"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)
    assert store.stamp() not in (before, after)


def test_the_stamp_of_a_file_that_was_replaced_is_none(path):
    store = SQLiteCache(str(path), {})
    put(path)
    assert store.stamp() is not None
    path.unlink()
    assert store.stamp() is None
    put(path)
    assert store.stamp() is not None
