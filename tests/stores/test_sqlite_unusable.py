"""What can go wrong with a store's file: a clear error, and the old file as it was."""

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from broadcast.errors import StoreUnavailable, StoreUnusable
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from broadcast.stores.sqlite.schema import SCHEMA_VERSION
from tests.support.sqlite_files import put, run, written


def files(path: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in path.parent.iterdir()}


def newer(path: Path) -> None:
    set_version(path, SCHEMA_VERSION + 1)


def older(path: Path) -> None:
    set_version(path, SCHEMA_VERSION - 1)


def set_version(path: Path, version: int) -> None:
    db = sqlite3.connect(written(path))
    db.execute(f"PRAGMA user_version = {version}")
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
    newer: f"schema {SCHEMA_VERSION + 1}.*: upgrade",
    older: f"schema {SCHEMA_VERSION - 1}.*: dump it",
    another_programs: "another program's",
    no_database: "not a SQLite file",
    truncated: "damaged",
    damaged: "damaged",
}


@pytest.mark.parametrize("spoil", UNUSABLE)
def test_an_unusable_file_is_named_and_left_unchanged(store_path, spoil):
    spoil(store_path)
    before = files(store_path)

    for use in (lambda: put(store_path), lambda: SQLiteCache(str(store_path), {}).since({"k": None})):
        with pytest.raises(StoreUnusable, match=UNUSABLE[spoil]) as refused:
            use()
        assert str(store_path) in str(refused.value)
        assert refused.value.retry  # an operator can repair it
        assert str(store_path.parent) not in refused.value.public

    close_engines()
    assert files(store_path) == before


def test_a_folder_that_is_not_writable_gets_a_hint(tmp_path):
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
    ran = run(script, folder, warm)

    assert ran.stdout.startswith("StoreUnavailable store_unavailable True"), ran.stderr
    assert f"write permission on {folder}" in ran.stdout
    assert list(folder.iterdir()) == []


def test_a_full_disk_loses_nothing_and_recovers(store_path):
    script = """
store_path = Path(sys.argv[1])
put(store_path, 1, "first")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
done = 0
try:
    for number in range(100_000):
        put(store_path, "x" * 1000, f"key-{number}")
        done += 1
except Exception as exc:
    print(json.dumps([type(exc).__name__, exc.retry, str(exc), done]))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
put(store_path, 2, "healed")
"""
    ran = run(script, store_path)
    kind, retry, sentence, done = json.loads(ran.stdout)

    assert ran.returncode == 0, ran.stderr
    assert (kind, retry) == ("StoreUnavailable", True)
    assert str(store_path) in sentence
    kept = {entry.key for entry in SQLiteCache(str(store_path), {}).since({"k": None})["k"].entries}
    assert kept == {"first", "healed", *(f"key-{number}" for number in range(done))}


def test_a_full_database_says_to_free_space(store_path, monkeypatch):
    put(store_path)
    engine = SQLiteCache(str(store_path), {}).engine
    pages = engine.submit_commit(lambda db: db.execute("PRAGMA page_count").fetchone()[0]).result().result
    engine.submit_commit(lambda db: db.execute(f"PRAGMA max_page_count = {pages}").fetchone()).result()

    with pytest.raises(StoreUnavailable, match="free space") as full:
        for number in range(1000):
            put(store_path, number, key=f"{number}-" + "x" * 500)

    assert full.value.retry
    assert put(store_path, 5).to_revision > 1


CONTRADICTIONS = {
    "UPDATE keyspace SET live = 7": "counts 7 live entries, but has 2",
    "UPDATE keyspace SET removed = 7": "counts 7 removals, but has 1",
    "UPDATE keyspace SET revision = 2": "is at revision 2, but has an entry of revision 4",
    "INSERT INTO floor VALUES (1, '', 9, 3)": "has a floor at 9 that revision 3 raised",
    "UPDATE entry SET row_id = row_id + (5 << 44) WHERE key = 'a'": "has an entry of keyspace 1 among those of 6",
    "DELETE FROM keyspace": "rows of table entry belong to no keyspace",
}


@pytest.mark.parametrize("harm", CONTRADICTIONS)
def test_a_file_that_contradicts_itself_is_found_out(store_path, harm):
    store = SQLiteCache(str(store_path), {})
    put(store_path, 1, "a")
    put(store_path, 2, "b")
    put(store_path, 3, "c")
    store.delete("k:b")
    assert store.audit() == []
    store.engine.submit_commit(lambda db: db.execute(harm)).result()

    assert CONTRADICTIONS[harm] in "\n".join(store.audit())
