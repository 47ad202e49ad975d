"""A power failure at any step: acknowledged events remain, and no browser keeps what the store lost."""

import itertools
import os
import random
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from broadcast.stores.sqlite import boot
from broadcast.types import Cursor
from tests.support.booted_store import EVENTS, KEYSPACE, BootedStore, events
from tests.support.power import Disk, Step, record
from tests.support.sqlite_files import run

MODULE = "tests.support.booted_store"
SHARES = (0.0, 0.5, 1.0)  # of what was not synchronised


@pytest.fixture(scope="module")
def steps(tmp_path_factory) -> list[Step]:
    return record(MODULE, tmp_path_factory.mktemp("recorded"))


def notes(steps: Sequence[Step], kind: str) -> list[list[str]]:
    return [step.name.split(" ")[1:] for step in steps if step.op == "note" and step.name.startswith(kind)]


def fail_power(folder: Path, steps: Sequence[Step], share: float, seed: int) -> None:
    """Put the files that remain into a folder, and check them."""
    folder.mkdir()
    for name, content in Disk(steps).after_power_failure(share, random.Random(seed)).items():
        (folder / name).write_bytes(content)
    store = BootedStore(folder / "sticky.sqlite3", "boot-2")
    try:
        check(store, steps)
    finally:
        store.close()


def check(store: BootedStore, steps: Sequence[Step]) -> None:
    stored = values(store, None)
    acknowledged = {int(n) for (n,) in notes(steps, "acknowledged")}
    assert acknowledged <= set(stored), "an acknowledged event is lost"
    assert stored == list(range(1, len(stored) + 1))
    check_browsers(store, steps)
    # Another producer is first, so that the revisions that were lost are now those of other events.
    store.apply([events(101, 100 + EVENTS, producer="q")])
    check_browsers(store, steps)
    store.apply([events(1, EVENTS)])  # the producer sends all again
    assert sorted(values(store, None)) == [*range(1, EVENTS + 1), *range(101, 101 + EVENTS)], "lost, or applied twice"
    check_browsers(store, steps)


def check_browsers(store: BootedStore, steps: Sequence[Step]) -> None:
    """Compare each browser, which stopped at some update, with the store after it has caught up."""
    for epoch, revision in notes(steps, "sent"):
        delta = store.since({KEYSPACE: Cursor(epoch, int(revision))})[KEYSPACE]
        had = [] if delta.reset else list(range(1, int(revision) + 1))
        has = had + [int(entry.value) for entry in delta.entries]
        assert has == values(store, None), "a browser displays what the store lost"


def values(store: BootedStore, cursor: Cursor | None) -> list[int]:
    return [int(entry.value) for entry in store.since({KEYSPACE: cursor})[KEYSPACE].entries]


def changing(steps: Sequence[Step]) -> Iterator[int]:
    """Yield the numbers of steps after each of which another power failure is possible.

    They begin with the first log. Before, the file may have half a header, and such a file is refused.
    """
    created = steps.index(Step("create", "sticky.sqlite3-wal"))
    return (number for number, step in enumerate(steps, 1) if number > created and not step.name.endswith("-shm"))


def test_no_power_failure_takes_what_was_promised(steps, tmp_path):
    """After each event that browsers have, with nothing on the disk that was not synchronised."""
    for number, step in enumerate(steps, 1):
        if step.name.startswith("sent"):
            fail_power(tmp_path / f"{number}", steps[:number], 0.0, number)


@pytest.mark.chaos
@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_no_step_is_a_bad_one_for_a_power_failure(tmp_path, synchronous):
    found = record(MODULE, tmp_path, synchronous)
    if synchronous == "NORMAL":  # which promises nothing to producers
        found = [step for step in found if not step.name.startswith("acknowledged")]
    for number, share in itertools.product(changing(found), SHARES):
        fail_power(tmp_path / f"{number}-{share}", found[:number], share, number)


def test_a_recording_has_what_can_go_wrong(steps):
    """Otherwise the tests above would show nothing."""
    ops = [(step.op, step.name.removeprefix("sticky.sqlite3")) for step in steps]
    assert ops.count(("sync", "")) > 3  # the log was written back
    assert ("unlink", "-wal") in ops  # and removed, when the store was closed
    sent, acknowledged = (steps.index(Step("note", text)) for text in (steps_of(steps, "sent", 2), "acknowledged 2"))
    between = [step.op for step in steps[sent:acknowledged]]
    assert "sync" in between  # browsers are sent an event before it is on disk, producers are acknowledged after


def steps_of(steps: Sequence[Step], kind: str, number: int) -> str:
    return f"{kind} {' '.join(notes(steps, kind)[number - 1])}"


def boot_id_in(path: Path) -> str:
    db = sqlite3.connect(path)
    try:
        return boot.boot_of(db)
    finally:
        db.close()


def epoch_of(store: BootedStore) -> str:
    return store.heads()[KEYSPACE].epoch


def test_a_closed_store_keeps_its_epochs_after_another_boot(store_path):
    store = BootedStore(store_path, "boot-1")
    store.apply([events(1, 1)])
    epoch = epoch_of(store)
    assert boot_id_in(store_path) == "boot-1"
    store.close()
    assert boot_id_in(store_path) == boot.CLEAN
    store = BootedStore(store_path, "boot-2")
    assert epoch_of(store) == epoch
    store.close()


def test_a_reader_writes_nothing(store_path):
    store = BootedStore(store_path, "boot-1")
    store.apply([events(1, 1)])
    store.close()
    before = store_path.read_bytes()
    reader = BootedStore(store_path, "boot-2")
    assert values(reader, None) == [1]
    reader.close()
    assert store_path.read_bytes() == before


def test_a_killed_process_costs_no_epochs_in_the_same_boot(store_path):
    script = "print(put(Path(sys.argv[1])).epoch, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    ran = run(script, store_path)
    assert ran.returncode == -9
    store = BootedStore(store_path, boot.current_boot_id())
    assert store.heads()["k"].epoch == ran.stdout.strip()
    store.close()


def test_another_process_may_close_the_file_meanwhile(store_path):
    """Its mark, that all is on disk, must not remain while this process has commits that are not."""
    store = BootedStore(store_path, boot.current_boot_id())
    store.apply([events(1, 1)])
    epoch = epoch_of(store)
    assert run("put(Path(sys.argv[1]))", store_path, is_new=True).returncode == 0
    assert boot_id_in(store_path) == boot.CLEAN
    store.apply([events(2, 2)])
    assert boot_id_in(store_path) == boot.current_boot_id()
    assert epoch_of(store) == epoch
    store.close()


def test_a_mark_of_another_process_may_not_be_on_disk(store_path, monkeypatch):
    """Its fsync may still run, and it may be killed before that ends."""
    assert run("put(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)", store_path).returncode == -9
    store, synced, fdatasync = BootedStore(store_path, boot.current_boot_id()), [], os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda log: synced.append(log) or fdatasync(log))
    store.may_sync.clear()  # what is synchronised after the delivery
    for number in (1, 2):
        store.engine.submit_commit(store._applying([events(number, number)])).result(timeout=60)
        assert len(synced) == 1  # before the first delivery
    store.may_sync.set()
    store.close()


def test_without_a_boot_id_sqlite_synchronises_each_commit(store_path):
    store = BootedStore(store_path, "")
    assert store.engine.submit_commit(lambda db: db.execute("PRAGMA synchronous").fetchone()[0]).result().result == 2
    assert store.engine.submit_commit(lambda db: None).result().sync is None
    store.close()
