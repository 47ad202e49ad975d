"""A spool that cannot be written temporarily: accepted events stay, and sending continues after the recovery."""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stickyboard import Dropped, SpoolUnusable, Undelivered
from stickyboard.outbox import Outbox
from stickyboard.spool import Spool
from tests.support.failing_spool import failing
from tests.support.outbox_messages import reply, sent
from tests.support.scripted_server import PATIENCE_S, acknowledge, make_producer, serving, stay_silent
from tests.support.server import until


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool")
    yield spool
    spool.close()


@pytest.mark.parametrize("word", ["INSERT OR REPLACE INTO message", "UPDATE producer", "COMMIT", "BEGIN"])
def test_events_that_cannot_be_numbered_are_sent_later(spool: Spool, word: str) -> None:
    outbox = Outbox(100, 10_000, spool=spool)
    receipts = [outbox.put(b'{"n":%d}' % n) for n in (1, 2)]
    db = failing(spool, word)
    assert outbox.next_message() is None
    assert outbox.is_paused
    assert "disk is full" in outbox.pause_reason
    assert outbox.unsettled() == receipts
    db.word = ""
    outbox.rewind()
    assert sent(outbox) == [(1, [1, 2])]
    assert outbox.take_reply(reply("ack", 1)) == receipts
    assert outbox.pause_reason == ""
    assert spool.unacknowledged() == ({}, [])


@pytest.mark.parametrize("word", ["DELETE FROM event", "DELETE FROM message", "COMMIT", "BEGIN"])
def test_an_ack_that_cannot_be_stored_is_requested_again(spool: Spool, word: str) -> None:
    outbox = Outbox(100, 10_000, spool=spool)
    receipt = outbox.put(b'{"n":1}')
    assert sent(outbox) == [(1, [1])]
    db = failing(spool, word)
    assert outbox.take_reply(reply("ack", 1)) == []
    assert outbox.is_paused
    assert len(outbox) == 1
    db.word = ""
    outbox.rewind()
    assert sent(outbox) == [(1, [1])], "under the same number, so that it is applied once"
    assert outbox.take_reply(reply("ack", 1)) == [receipt]
    assert spool.unacknowledged() == ({}, [])


def test_an_event_that_cannot_be_removed_is_not_dropped(spool: Spool) -> None:
    outbox = Outbox(1, 10_000, spool=spool, may_drop=True)
    outbox.put(b'{"n":1}')
    failing(spool, "DELETE").word = "DELETE"
    assert outbox.drop_for(10) == []
    assert len(outbox) == 1


def test_the_first_error_and_the_recovery_are_logged(spool: Spool, caplog: pytest.LogCaptureFixture) -> None:
    db = failing(spool, "INSERT")
    for _ in range(3):
        with pytest.raises(SpoolUnusable):
            spool.add(b"1")
    db.word = ""
    spool.add(b"1")
    spool.add(b"2")
    assert [record.message.partition(";")[0] for record in caplog.records] == [
        f"the spool {spool.path} cannot be used: database or disk is full",
        f"the spool {spool.path} can be written again",
    ]


@pytest.mark.asyncio
async def test_publish_waits_while_the_spool_cannot_be_written(tmp_path: Path) -> None:
    async with serving(acknowledge) as server, make_producer(server, spool=tmp_path / "spool") as producer:
        await producer.publish("t", n=1, wait=True)
        db = failing(producer._spool, "INSERT OR REPLACE INTO event")
        publishing = asyncio.create_task(producer.publish("t", n=2, wait=True))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not publishing.done()
        db.word = ""
        async with asyncio.timeout(PATIENCE_S):
            await publishing
        await producer.publish("t", n=3, wait=True)
        assert server.applied == [1, 2, 3]


@pytest.mark.asyncio
async def test_publish_with_drop_never_waits_for_the_spool(tmp_path: Path) -> None:
    async with (
        serving(acknowledge) as server,
        make_producer(server, spool=tmp_path / "spool", when_full="drop") as producer,
    ):
        db = failing(producer._spool, "INSERT OR REPLACE INTO event")
        with pytest.raises(Dropped, match="disk is full"):
            await producer.publish("t", n=1, wait=True)
        db.word = ""
        await producer.publish("t", n=2, wait=True)
        assert producer.counts.dropped == 1
        assert server.applied == [2]


@pytest.mark.asyncio
@pytest.mark.parametrize("word", ["INSERT OR REPLACE INTO message", "DELETE FROM event"])
async def test_it_continues_after_a_temporary_failure(tmp_path: Path, word: str) -> None:
    async with serving(acknowledge) as server, make_producer(server, spool=tmp_path / "spool") as producer:
        db = failing(producer._spool, word)
        for n in range(20):
            await producer.publish("t", n=n)
        await until(lambda: db.failures > 0)
        with pytest.raises(Undelivered, match="disk is full"):
            await producer.flush(timeout_s=0.05)
        db.word = ""
        await producer.flush(timeout_s=PATIENCE_S)
        assert server.applied == list(range(20))


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a file system of this size."""
    folder.mkdir()
    if os.geteuid() or not shutil.which("mount"):
        pytest.skip("only root can mount a small disk")
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounting.returncode:
        pytest.skip("this machine mounts no tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(file: Path) -> None:
    """Write until the disk is full."""
    with file.open("wb", buffering=0) as out, contextlib.suppress(OSError):
        while out.write(b"x" * 4096):
            pass


@pytest.mark.asyncio
async def test_a_full_disk_loses_no_accepted_event(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16m") as disk:
        async with serving(stay_silent, acknowledge) as server:
            async with make_producer(server, spool=disk / "spool") as producer:
                accepted: list[int] = []
                for n in range(20):
                    await producer.publish("t", n=n, pad="x" * 500)
                    accepted.append(n)
                fill(disk / "other")

                async def publish_more() -> None:
                    for n in range(20, 400):
                        await producer.publish("t", n=n, pad="x" * 500)
                        accepted.append(n)

                publishing = asyncio.create_task(publish_more())
                await until(lambda: bool(producer._spool and producer._spool._is_failing))
                assert not publishing.done()
                server.is_open.set()
                (disk / "other").unlink()
                async with asyncio.timeout(2 * PATIENCE_S):
                    await publishing
                    await producer.flush()
            assert server.applied == accepted == list(range(400))
