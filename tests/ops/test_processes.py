"""Processes report themselves and carry out orders through the store that they share."""

import asyncio
import json
import os
import socket
from contextlib import ExitStack

import pytest

from broadcast import close_codes
from broadcast.errors import StoreUnavailable
from broadcast.ops.connections import BROWSER
from broadcast.ops.counters import Meters
from broadcast.ops.processes import (
    FORM,
    GONE_S,
    MAX_SEARCH_CHARACTERS,
    ORDER_S,
    PROCESSES,
    REPORT_S,
    Chore,
    Processes,
    order,
    order_search,
    reports,
)
from broadcast.types import Batch, Bounds, Write
from tests.support.counting import Socket
from tests.support.server import until
from tests.support.stores import stores


class Clock:
    def __init__(self) -> None:
        self.now = 1_790_000_000.0
        self.rounds: asyncio.Queue[None] = asyncio.Queue()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        await self.rounds.get()
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["sqlite-memory", "redis"])
def store(request, tmp_path, clock):
    with stores(request.param, tmp_path) as make_store:
        kept = make_store()
        kept.clock = clock
        yield kept


@pytest.fixture
def make(store, clock):
    def make_one(name: str = "lab:1", *chores: Chore, **more: int) -> Processes:
        one = Processes(store, Meters(), lambda: {"tick_s": 0.01}, clock, clock.sleep, chores, **more)
        one.name = name
        return one

    return make_one


async def test_a_process_reports_what_is_connected(store, make):
    one = make()
    with one.connections.open(BROWSER, {}, Socket()) as peer:
        await one.report()
    (found,) = reports(store)
    assert (found["process"], found["browsers"], found["tick_s"]) == ("lab:1", {"main": 1}, 0.01)
    assert [facts["id"] for facts in found["listed"]["browser"]] == [peer.id]
    assert found["cpu_s"] > 0


async def test_processes_are_listed_until_silent_for_too_long(store, make, clock):
    await make("lab:2").report()
    clock.now += GONE_S - 1
    await make("lab:1").report()
    assert [found["process"] for found in reports(store)] == ["lab:1", "lab:2"]
    clock.now += 2
    assert [found["process"] for found in reports(store)] == ["lab:1"]
    await make("lab:1").report()
    assert store.sizes()[PROCESSES] == 1  # what was silent is removed, too


async def test_a_process_of_another_version_is_not_listed(store, make):
    await make("lab:1").report()
    (entry,) = store.since({PROCESSES: None})[PROCESSES].entries
    newer = {**json.loads(entry.value), "process": "lab:2", "form": FORM + 1}
    store.apply([Batch(PROCESSES, Bounds(max_keys=9), [Write("lab:2", value=json.dumps(newer))])])
    assert [found["process"] for found in reports(store)] == ["lab:1"]


async def test_an_order_reaches_the_process_that_has_the_connection(store, make):
    one, other = make("lab:1"), make("lab:2")
    mine, theirs = Socket(), Socket()
    with one.connections.open(BROWSER, {}, mine), other.connections.open(BROWSER, {}, theirs) as peer:
        await asyncio.to_thread(order, store, peer.id)
        for process in (one, other):
            await process.make_round()
            await process.make_round()
    assert mine.ended == []
    assert [code for code, _ in theirs.ended] == [close_codes.DISCONNECTED]  # once


async def test_it_runs_while_anybody_is_connected(store, make, clock):
    one = make()
    with ExitStack() as stack:
        stack.enter_context(one.connections.open(BROWSER, {}, Socket()))
        for _ in range(2):
            clock.rounds.put_nowait(None)
        await until(lambda: store.sizes().get(PROCESSES) == 1)
        task = one._task
    await until(lambda: task.done())


async def test_it_reports_no_more_often_than_needed(store, make, clock):
    one = make()
    for _ in range(3):
        await one.make_round()
    assert store.heads()[PROCESSES].revision == 1
    clock.now += REPORT_S
    await one.make_round()
    assert store.heads()[PROCESSES].revision == 2


async def test_it_reports_without_connections_until_it_is_stopped(store, make, clock):
    one = make()
    one.start()
    clock.rounds.put_nowait(None)
    await until(lambda: store.sizes().get(PROCESSES) == 1)
    with one.connections.open(BROWSER, {}, Socket()):
        pass
    clock.rounds.put_nowait(None)
    assert not one._task.done()
    await one.stop()
    assert reports(store) == []


async def test_a_failing_store_or_chore_ends_no_round(store, make, caplog):
    async def fail(_):
        raise ZeroDivisionError

    async def fail_to_store(_):
        raise StoreUnavailable("full")

    done = []

    async def note(_):
        done.append(True)

    await make("lab:1", fail, fail_to_store, note).make_round()
    assert "ZeroDivisionError" in caplog.text
    assert "could not read its orders: the store is unavailable: full" in caplog.text
    assert done  # the others are done, and the process is reported
    assert len(reports(store)) == 1


async def test_a_clock_that_is_set_back_does_not_keep_a_report_back(store, make, clock):
    one = make()
    await one.make_round()
    clock.now -= 3600
    await one.make_round()
    assert reports(store)[0]["at"] == clock.now


async def test_an_old_connection_is_listed_when_it_is_searched_for(store, make, clock):
    one, other = make("lab:1", max_listed=2), make("lab:2", max_listed=2)
    with ExitStack() as stack:
        opened = [stack.enter_context(one.connections.open(BROWSER, {}, Socket(f"board-{n}"))) for n in range(9)]
        await one.report()
        assert len(reports(store)[0]["listed"]["browser"]) == 2
        assert await asyncio.to_thread(order_search, store, "BOARD-3") == "BOARD-3"
        for process in (one, other):
            await process.make_round()
        found, nothing = reports(store)
        assert found["searched"] == nothing["searched"] == ["BOARD-3"]
        assert [facts["id"] for facts in found["listed"]["browser"]] == [opened[n].id for n in (8, 7, 3)]
        clock.now += ORDER_S
        await one.make_round()
        assert (reports(store)[0]["searched"], len(reports(store)[0]["listed"]["browser"])) == ([], 2)


async def test_few_texts_are_looked_for_at_a_time(store, make):
    one = make()
    for n in range(9):
        await asyncio.to_thread(order_search, store, f"text {n}" + "x" * 200)
    await one.make_round()
    searched = reports(store)[0]["searched"]
    assert [text[:7] for text in searched] == [f"text {n}x" for n in range(4, 9)]
    assert {len(text) for text in searched} == {MAX_SEARCH_CHARACTERS}


@pytest.fixture
def file(tmp_path, clock):
    """A store on disk."""
    with stores("sqlite-file", tmp_path) as make_store:
        kept = make_store()
        kept.clock = clock
        yield kept


def on_disk(file, clock) -> Processes:
    return Processes(file, Meters(), lambda: {"tick_s": 0.01}, clock, clock.sleep, ())


async def test_an_idle_process_writes_nothing_and_is_listed(file, clock):
    one = on_disk(file, clock)
    await one.make_round()
    before = file.stamp()
    for _ in range(20):
        clock.now += REPORT_S
        await one.make_round()
    assert file.stamp() == before
    assert [report["process"] for report in reports(file)] == [one.name]
    with one.connections.open(BROWSER, {}, Socket()):
        clock.now += REPORT_S
        await one.make_round()
        assert reports(file)[0]["browsers"] == {"main": 1}


async def test_an_ended_process_is_not_listed_and_is_removed(file, clock):
    ended = on_disk(file, clock)
    ended._birth = "0"  # of an earlier process with this number
    ended.name = f"{socket.gethostname()}:{os.getpid()}"
    await ended.make_round()
    clock.now += GONE_S + 1
    assert reports(file) == []
    other = on_disk(file, clock)
    other.name = "lab:2"
    await other.make_round()
    assert [report["process"] for report in reports(file)] == ["lab:2"]
    assert file.sizes()[PROCESSES] == 1


async def test_a_process_sees_its_own_current_counts(file, clock):
    one = on_disk(file, clock)
    await one.make_round()
    one._meters.store_failures += 1
    (report,) = reports(file, one.snapshot())
    assert report["meters"]["store_failures"] == 1
