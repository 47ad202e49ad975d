"""Processes on one file notify each other of commits, and only of those."""

import asyncio
import contextlib
import logging
import os
import socket
import threading
from pathlib import Path

import pytest

from broadcast.errors import HeadMoved, StoreUnavailable
from broadcast.stores import notify
from broadcast.stores.notify import Notifier
from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from broadcast.types import Batch, Bounds, Cursor, Write
from tests.support.server import until

HEADS = {"keyed": Cursor("e", 7)}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data" / "sticky.sqlite3"
    path.parent.mkdir()
    path.touch()
    yield path
    close_engines()


@pytest.fixture
def folder(path):
    return Path(f"{path}-sockets")


def bind(bound: socket.socket, path: Path) -> None:
    with contextlib.chdir(path.parent):  # the whole path may be too long
        bound.bind(path.name)


class Listening:
    """Another process's subscription, and what it has received."""

    def __init__(self, notifier: Notifier) -> None:
        self.received: list = []
        self.subscription = notifier.subscribe(self.received.append)

    async def until_received(self, *heads) -> None:
        await until(lambda: len(self.received) >= len(heads), 5)
        assert self.received == list(heads)


@pytest.fixture
def notifier(path):
    """This process's notifier."""
    notifier = Notifier(path)
    yield notifier
    notifier.close()


@pytest.fixture
async def other(path):
    listening = Listening(Notifier(path))
    yield listening
    listening.subscription.close()


async def test_every_other_process_is_notified(path, notifier, other):
    own, third = Listening(notifier), Listening(Notifier(path))
    notifier.send(HEADS)
    await other.until_received(HEADS)
    await third.until_received(HEADS)
    assert own.received == []
    own.subscription.close()
    third.subscription.close()


async def test_nothing_remains_of_a_process_that_ended(path, folder, notifier):
    ended = Listening(Notifier(path))
    ended.subscription.close()
    assert not list(folder.iterdir())
    notifier.send(HEADS)
    assert ended.received == []


async def test_a_process_that_was_killed_is_removed(folder, notifier, other):
    alive = {each.name for each in folder.iterdir()}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        bind(dead, folder / "dead")
    (folder / "no socket").touch()
    notifier.send(HEADS)
    assert {each.name for each in folder.iterdir()} == {*alive, "no socket"}
    await other.until_received(HEADS)


async def test_others_may_remove_the_same_sockets(folder, notifier, other, monkeypatch):
    alive, unlink = list(folder.iterdir()), os.unlink
    for name in ("first", "second"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
            bind(dead, folder / name)

    def was_faster(*args, **options) -> None:
        unlink(*args, **options)
        raise FileNotFoundError

    with monkeypatch.context() as patched:
        patched.setattr("os.unlink", was_faster)
        notifier.send(HEADS)
    assert list(folder.iterdir()) == alive
    await other.until_received(HEADS)


async def test_a_link_is_not_followed(folder, tmp_path, notifier):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        bind(dead, elsewhere / "dead")
    folder.symlink_to(elsewhere)
    notifier.send(HEADS)
    assert [each.name for each in elsewhere.iterdir()] == ["dead"]


async def test_a_process_without_others_writes_nothing(folder, notifier):
    notifier.send(HEADS)
    assert not folder.exists()


async def test_a_queue_that_is_full_delays_nothing(notifier, other):
    for _ in range(2000):
        notifier.send(HEADS)
    await until(lambda: other.received, 5)
    assert len(other.received) < 2000


async def test_many_notifications_leave_time_for_other_work(path, notifier):
    other = Listening(Notifier(path))
    for _ in range(5):
        notifier.send(HEADS)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(other.received) <= 2
    await until(lambda: len(other.received) == 5, 5)
    other.subscription.close()


@pytest.mark.parametrize("text", [b"", b"null", b"[]", b"\xff", b'{"keyed":["e"]}'])
async def test_what_cannot_be_read_may_be_any_change(folder, other, text):
    (address,) = folder.iterdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, notify._opened(folder) as (_, place):
        sender.sendto(text, f"{place}/{address.name}")
    await other.until_received(None)


async def test_many_heads_may_be_any_change(folder, notifier, other):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as raw:
        bind(raw, folder / "raw")
        notifier.send({f"type{number}": Cursor("e" * 10, number) for number in range(1000)})
        assert len(raw.recv(100_000)) <= notify.MAX_BYTES
    await other.until_received(None)


async def test_a_path_may_be_longer_than_an_address(tmp_path):
    path = tmp_path / ("x" * 100)
    path.touch()
    listening, sender = Listening(Notifier(path)), Notifier(path)
    sender.send(HEADS)
    await listening.until_received(HEADS)
    listening.subscription.close()
    sender.close()


async def test_a_folder_of_others_is_not_used(path, folder, caplog):
    folder.mkdir()
    folder.chmod(0o777)
    notifier = Notifier(path)
    with caplog.at_level(logging.WARNING):
        assert [notifier.subscribe(print), notifier.subscribe(print)] == [None, None]
    assert sum(str(folder) in message for message in caplog.messages) == 1
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as theirs:
        bind(theirs, folder / "theirs")
        theirs.setblocking(False)
        notifier.send(HEADS)
        with pytest.raises(BlockingIOError):
            theirs.recv(1)
    assert [each.name for each in folder.iterdir()] == ["theirs"]


async def test_a_folder_without_sockets_is_reported(tmp_path, caplog):
    (tmp_path / "file").touch()
    assert Notifier(tmp_path / "file" / "sticky.sqlite3").subscribe(print) is None
    assert "HEADS_S" in caplog.text


async def test_a_socket_that_was_removed_is_noticed(folder, other):
    assert other.subscription.is_intact()
    (address,) = folder.iterdir()
    address.unlink()
    assert not other.subscription.is_intact()


async def test_a_folder_that_cannot_be_read_is_noticed(other, monkeypatch):
    def refuse(*_, **__) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr("os.stat", refuse)
        assert not other.subscription.is_intact()


async def test_only_this_user_can_notify(folder, other):
    assert folder.stat().st_mode & 0o777 == 0o700


# the store


def written(keyspace: str, *keys: str) -> list[Batch]:
    return [Batch(keyspace, Bounds(), [Write(key, value="1") for key in keys])]


async def test_the_store_notifies_of_every_change(path, other):
    store = SQLiteCache(str(path), {})
    await store.aapply(written("keyed", "a"))
    first = store.heads()["keyed"]
    store.apply(written("keyed", "b"))
    second = store.heads()["keyed"]
    store.set("keyed:c", 1)
    third = store.heads()["keyed"]
    store.reset("keyed")
    store.restore(store.export())
    await other.until_received({"keyed": first}, {"keyed": second}, {"keyed": third}, None, None)


async def test_the_store_notifies_of_nothing_else(path, other):
    store = SQLiteCache(str(path), {})
    store.apply(written("_processes", "a"))
    store.apply([Batch("keyed", Bounds(), [])])
    with pytest.raises(HeadMoved):
        await store.aapply([Batch("keyed", Bounds(), [Write("a", value="1")], head=Cursor("e", 7))])
    await store.aapply(written("keyed", "a"))
    await other.until_received({"keyed": store.heads()["keyed"]})


async def test_it_notifies_after_the_commit_and_before_the_disk(path, other, monkeypatch):
    store = SQLiteCache(str(path), {})
    store.apply(written("keyed", "a"))
    is_on_disk = threading.Event()
    monkeypatch.setattr("os.fdatasync", lambda _: is_on_disk.wait(60))
    writing = asyncio.create_task(asyncio.to_thread(store.apply, written("keyed", "b")))
    await until(lambda: len(other.received) == 2, 5)
    assert other.received[1] == {"keyed": store.heads()["keyed"]}
    assert not writing.done()
    is_on_disk.set()
    await writing


async def test_a_folder_that_was_moved_away_stays_missing(path, tmp_path):
    store, data = SQLiteCache(str(path), {}), path.parent
    store.apply(written("keyed", "a"))
    subscription = store.subscribe(print)
    moved = data.rename(tmp_path / "moved")
    assert not subscription.is_intact()
    subscription.close()
    assert store.subscribe(print) is None
    with pytest.raises(StoreUnavailable, match="missing"):
        store.apply(written("keyed", "b"))
    assert not data.exists()
    moved.rename(data)
    store.apply(written("keyed", "b"))
    assert [store.get("keyed:a"), store.get("keyed:b")] == [1, 1]
    store.subscribe(print).close()


async def test_an_empty_mount_point_stays_empty(path, notifier):
    path.unlink()
    assert notifier.subscribe(print) is None
    assert not list(path.parent.iterdir())


async def test_a_link_to_the_file_is_the_same_store(path, tmp_path, other):
    link = tmp_path / "link.sqlite3"
    link.symlink_to(path)
    store = SQLiteCache(str(link), {})
    store.apply(written("keyed", "a"))
    await other.until_received(store.heads())


async def test_a_store_in_memory_has_no_other_process():
    assert SQLiteCache(":memory:notify", {}).subscribe(print) is None
    close_engines()
