"""What machines ask for: whether the store works, and a board's state by cursor."""

import asyncio
import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from django.test import AsyncClient

from broadcast.errors import StoreUnavailable
from broadcast.ops.probe import MARK
from broadcast.runtime import runtime
from broadcast.stores.base import StickyCache
from broadcast.stores.sqlite.engine import close_engines
from dashboard_project.event_types import EVENT_TYPES
from tests.support.responses import content_of


async def ask(path: str, **headers: str) -> Any:
    return await AsyncClient().get(path, headers=headers)


@pytest.fixture
def foreign_store(sticky, settings, tmp_path) -> Any:
    """A store whose file belongs to another program."""
    foreign = tmp_path / "letter.txt"
    foreign.write_text("Dear Sir or Madam, " * 20)
    settings.CACHES = {**settings.CACHES, "sticky": {**settings.CACHES["sticky"], "LOCATION": foreign}}
    yield foreign
    close_engines()


@pytest.fixture
async def long_pause() -> None:
    """One probe, even if a busy machine takes long for a test."""
    runtime().probe.pause_s = 3600.0


def put_a_folder_in_its_place(store: StickyCache) -> Path:
    close_engines()
    location = Path(store.location)
    for file in location.parent.glob(f"{location.name}*"):
        file.unlink()
    location.mkdir()
    return location


@pytest.fixture
def folder_as_store(sticky) -> Path:
    """A store whose file is a folder, so that it cannot be opened."""
    return put_a_folder_in_its_place(sticky)


@pytest.fixture
async def no_pause() -> None:
    """A probe per request, not per second."""
    runtime().probe.pause_s = 0.0


async def test_says_what_each_keyspace_holds(sticky) -> None:
    for model in ("gbt", "mlp"):
        await sticky.aset(f"model_metric:{model}", {"macro_f1": 0.9})
    answer = await ask("/healthz")
    said = answer.json()
    assert (answer.status_code, said["status"]) == (200, "ok")
    epoch = sticky.heads()["model_metric"].epoch
    assert said["keyspaces"]["model_metric"] == {"entries": 2, "epoch": epoch, "revision": 2}
    assert said["keyspaces"]["embedding"] == {"entries": 0, "epoch": "", "revision": 0}
    assert list(said["keyspaces"]) == [kind.name for kind in EVENT_TYPES]
    assert said["browsers"] == 0
    assert said["probe_ms"] > 0


@pytest.fixture
def probes(sticky, monkeypatch) -> list[int]:
    """The number of writes in each transaction of a probe."""
    aapply, made = type(sticky).aapply, []

    async def noted(self: StickyCache, batches: Any) -> Any:
        made.append(len(batches[0].writes))
        return await aapply(self, batches)

    monkeypatch.setattr(type(sticky), "aapply", noted)
    return made


async def test_writes_nothing(sticky, no_pause, probes) -> None:
    sticky.set("model_metric:gbt", 1)
    before = sticky.stamp()
    for _ in range(2):
        assert (await ask("/healthz")).status_code == 200
    assert sticky.stamp() == before
    assert probes == [0, 0]


async def test_writes_once_to_the_store_after_a_tick_failed(sticky, no_pause, probes) -> None:
    for _ in range(2):
        runtime().publisher.failure = StoreUnavailable("its disk is full")
        for _ in range(2):
            assert (await ask("/healthz")).status_code == 200
    assert sticky.sizes()[MARK] == 1
    runtime().publisher.failure = None
    await ask("/healthz")
    assert probes == [1, 0, 1, 0, 0]


async def test_a_disk_that_cannot_synchronise_is_a_failure(sticky, no_pause, monkeypatch) -> None:
    await sticky.aset("model_metric:gbt", 1)
    runtime().publisher.failure = StoreUnavailable("its disk failed")

    def fail(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fdatasync", fail)
    assert (await ask("/healthz")).status_code == 503


async def test_asks_the_store_no_more_than_now_and_then(sticky, long_pause, probes) -> None:
    for _ in range(5):
        assert (await ask("/healthz")).status_code == 200
    assert probes == [0]


async def test_asks_the_store_once_for_all_who_ask_at_once(sticky, long_pause, probes) -> None:
    answers = await asyncio.gather(*(ask("/healthz") for _ in range(10)))
    assert [answer.status_code for answer in answers] == [200] * 10
    assert probes == [0]


async def test_answers_the_others_when_the_first_to_ask_has_gone(sticky, monkeypatch) -> None:
    asked, may_answer, aapply = asyncio.Event(), asyncio.Event(), StickyCache.aapply

    async def wait(self: StickyCache, batches: Any) -> Any:
        asked.set()
        await may_answer.wait()
        return await aapply(self, batches)

    monkeypatch.setattr(type(sticky), "aapply", wait)
    first, second = (asyncio.create_task(runtime().probe.health()) for _ in "ab")
    await asked.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    may_answer.set()
    assert (await second).error is None


async def test_asks_again_after_a_probe_that_broke(sticky, monkeypatch) -> None:
    def fail(store: StickyCache) -> Any:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(type(sticky), "sizes", fail)
        with pytest.raises(RuntimeError):
            await ask("/healthz")
    assert (await ask("/healthz")).status_code == 200


async def test_says_why_the_store_cannot_be_used(foreign_store) -> None:
    answer = await ask("/healthz")
    said = answer.json()
    assert answer.status_code == 503
    assert (said["status"], said["code"]) == ("unavailable", "store_unusable")
    assert "it is not a SQLite file" in said["reason"]
    assert foreign_store.read_text().startswith("Dear Sir")


@pytest.mark.parametrize("path", ["/healthz", "/api/state/main"])
async def test_tells_where_the_store_is_to_the_log_alone(foreign_store, path, caplog) -> None:
    answer = await ask(path)
    assert answer.status_code == 503
    assert str(foreign_store.parent) not in answer.content.decode()
    assert f"{foreign_store} was left as it is" in caplog.text


async def test_tells_no_path_of_a_store_that_cannot_be_opened(folder_as_store, no_pause, caplog) -> None:
    said = (await ask("/healthz")).json()
    assert "unavailable" in said["reason"]
    assert str(folder_as_store) in caplog.text


async def test_notices_a_store_that_fails_later(sticky, no_pause) -> None:
    assert (await ask("/healthz")).status_code == 200
    put_a_folder_in_its_place(sticky)
    answer = await ask("/healthz")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


async def test_notices_when_what_was_written_cannot_be_read_back(sticky, no_pause, monkeypatch) -> None:
    asince = StickyCache.asince

    async def forget(self: StickyCache, cursors: Any) -> Any:
        deltas = await asince(self, cursors)
        for delta in deltas.values():
            delta.entries.clear()
        return deltas

    monkeypatch.setattr(type(sticky), "asince", forget)
    runtime().publisher.failure = StoreUnavailable("its disk is full")
    answer = await ask("/healthz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "the value that was written could not be read back")


@pytest.mark.parametrize("path", ["/healthz", "/api/state/main"])
async def test_changes_nothing_by_post(sticky, path) -> None:
    assert (await AsyncClient().post(path)).status_code == 405


async def test_gives_a_boards_state_as_one_update(sticky) -> None:
    await sticky.aset("model_metric:gbt", {"macro_f1": 0.9})
    answer = await ask("/api/state/main")
    update = json.loads(await content_of(answer))
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert (update["op"], update["caught_up"]) == ("update", True)
    (metric,) = [section for section in update["sections"] if section["type"] == "model_metric"]
    (entry,) = metric["entries"]
    assert (metric["to"], metric["reset"]) == (1, True)
    assert (entry[:3], entry[4]) == (["gbt", "", 1], {"macro_f1": 0.9})


async def test_answers_304_until_something_changes(sticky) -> None:
    await sticky.aset("model_metric:gbt", 1)
    etag = (await ask("/api/state/main"))["ETag"]
    same = await ask("/api/state/main", if_none_match=etag)
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", etag)
    await sticky.aset("model_metric:gbt", 1)
    changed = await ask("/api/state/main", if_none_match=etag)
    assert changed.status_code == 200
    assert changed["ETag"] != etag


async def test_changes_its_etag_when_a_keyspace_begins_anew(sticky) -> None:
    await sticky.aset("model_metric:gbt", 1)
    etag = (await ask("/api/state/main"))["ETag"]
    sticky.reset("model_metric")
    await sticky.aset("model_metric:gbt", 1)
    assert (await ask("/api/state/main"))["ETag"] != etag


async def test_changes_no_etag_by_being_asked_for_health(sticky, no_pause) -> None:
    etag = (await ask("/api/state/main"))["ETag"]
    await ask("/healthz")
    assert (await ask("/api/state/main", if_none_match=etag)).status_code == 304


async def test_knows_no_board_that_is_none(sticky) -> None:
    assert (await ask("/api/state/nowhere")).status_code == 404


async def test_says_why_it_cannot_give_the_state(foreign_store) -> None:
    answer = await ask("/api/state/main")
    said = answer.json()
    assert (answer.status_code, said["op"], said["code"]) == (503, "error", "store_unusable")
    assert said["retry"] is True  # an operator can repair it
