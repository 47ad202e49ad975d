"""A producer with a spool is killed repeatedly; no event is lost or duplicated."""

import asyncio
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from stickyboard import Producer
from tests.support.server import ROOT, Server

TABLE = json.dumps({"EVENT_TYPES": "tests.support.table.EVENT_TYPES_AND_LOG"})
MAX_EVENTS = 20_000  # stored in the ring


@pytest.fixture(autouse=True)
def closed_stores():
    yield
    close_engines()


def run_until_killed(server: Server, folder: Path, rng: random.Random) -> None:
    """Start a producer, and kill it while it publishes."""
    before = noted(folder / "done")
    command = [sys.executable, "-m", "tests.support.killed_producer", server.http, server.token, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"open\n", process.stderr.read().decode()
        wanted = len(before) + rng.randrange(1, 150)
        while len(noted(folder / "done")) < wanted:
            assert process.poll() is None, process.stderr.read().decode()
        process.kill()


def noted(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


async def deliver_the_rest(server: Server, folder: Path) -> None:
    async with Producer(server.http, server.token, spool=folder / "events.spool", drain_s=60):
        pass


def log_of(server: Server) -> list[int]:
    store = SQLiteCache(str(server.store_file), {})
    return [json.loads(entry.value or "")["id"] for entry in store.since({"log": None})["log"].entries]


def check(server: Server, folder: Path) -> list[int]:
    begun, done, log = noted(folder / "begun"), noted(folder / "done"), log_of(server)
    assert len(begun) < MAX_EVENTS
    assert log == sorted(set(log))  # in order, without duplicates
    assert set(done) <= set(log) <= set(begun)
    return log


async def kill_it(server: Server, folder: Path, times: int) -> None:
    rng = random.Random(times)
    for _ in range(times):
        await asyncio.to_thread(run_until_killed, server, folder, rng)
    await deliver_the_rest(server, folder)
    log = check(server, folder)
    assert len(log) >= times


async def test_three_kills_lose_and_duplicate_nothing(tmp_path):
    with Server(tmp_path, TEST_BROADCAST=TABLE) as server:
        await kill_it(server, tmp_path, 3)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_hundred_kills_lose_and_duplicate_nothing(tmp_path):
    with Server(tmp_path, TEST_BROADCAST=TABLE) as server:
        await kill_it(server, tmp_path, 100)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_kills_of_producer_and_server_lose_nothing(tmp_path):
    rng = random.Random(7)
    with Server(tmp_path, TEST_BROADCAST=TABLE) as server:
        for _ in range(10):
            await asyncio.to_thread(run_until_killed, server, tmp_path, rng)
            running = asyncio.create_task(asyncio.to_thread(run_until_killed, server, tmp_path, rng))
            await asyncio.to_thread(server.kill)
            await running  # the producer fills its spool without a server
            await asyncio.to_thread(server.start)
            await deliver_the_rest(server, tmp_path)  # otherwise the spool would fill up
        assert len(check(server, tmp_path)) >= 20


@pytest.mark.slow
async def test_the_check_detects_losses_without_a_spool(tmp_path):
    with Server(tmp_path, TEST_BROADCAST=TABLE) as server:
        server.kill()  # so that no event is delivered before the producer is killed
        await asyncio.to_thread(run_until_killed, server, tmp_path, random.Random(1))
        server.start()
        (tmp_path / "events.spool").unlink()
        await deliver_the_rest(server, tmp_path)
        with pytest.raises(AssertionError):
            check(server, tmp_path)
