"""The guarantees on real servers, sockets and files: every server, every layer in one process."""

import asyncio
import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from broadcast.stores.sqlite.cache import SQLiteCache
from broadcast.stores.sqlite.engine import close_engines
from broadcast.testing.guarantees import check_all
from stickyboard import Producer
from tests.support.checking import check_end, check_transcripts
from tests.support.many_browsers import LightBrowser, Texts, have
from tests.support.picture import picture_of
from tests.support.recorded_watcher import RecordedWatcher
from tests.support.recording import read_history
from tests.support.server import Server, until
from tests.support.table import BOARD, LOG, random_event

pytestmark = pytest.mark.slow

TABLE = {"EVENT_TYPES": "tests.support.table.EVENT_TYPES"}
TABLE_AND_LOG = {"EVENT_TYPES": "tests.support.table.EVENT_TYPES_AND_LOG"}
EVENTS_PER_S = 500
Joining = RecordedWatcher | LightBrowser
CLOSED = {"op": "close", "code": 1006}


def settings_with(folder: Path, broadcast: dict) -> dict[str, str]:
    return {"TEST_BROADCAST": json.dumps(broadcast), "TEST_HISTORY": str(folder / "history.ndjson")}


def stored_by(server: Server) -> dict:
    """Return the contents of the server's file, read by this process."""
    store = SQLiteCache(str(server.store_file), {})
    return store.since(dict.fromkeys((*BOARD, LOG.name)))


@pytest.fixture(autouse=True)
def closed_stores():
    yield
    close_engines()


async def send_steadily(producer: Producer, rng: random.Random, seconds: float) -> int:
    """Send 500 events per second, ten at a time."""
    loop = asyncio.get_running_loop()
    started, sent = loop.time(), 0
    while sent < seconds * EVENTS_PER_S:
        for _ in range(10):
            event = random_event(rng)
            await producer.publish(event.pop("type"), **event)
        sent += 10
        await asyncio.sleep(max(0.0, started + sent / EVENTS_PER_S - loop.time()))
    await producer.flush()
    return sent


async def join_at_random(browsers: Sequence[Joining], rng: random.Random, seconds: float) -> None:
    """Let browsers join spread over some seconds; one in three disconnects once and reconnects."""

    async def one(browser: Joining) -> None:
        await asyncio.sleep(rng.random() * seconds)
        browser.start()
        await until(lambda: browser.is_caught_up)
        if rng.random() < 0.33:
            await browser.leave()
            browser.start()

    await asyncio.gather(*map(one, browsers))


async def check(server: Server, browsers: list[RecordedWatcher]) -> None:
    """Wait until every browser has the file's state, and check the six guarantees on each transcript."""
    deltas = {name: delta for name, delta in stored_by(server).items() if delta.to_revision}
    for browser in browsers:
        await browser.passes({name: delta.head for name, delta in deltas.items() if name in BOARD})
    for browser in browsers:
        await browser.leave()
    # Read after all have left, because expiries cause commits and updates until then.
    history = read_history(server.folder / "history.ndjson")
    shown = picture_of(deltas).copies
    for browser in browsers:
        check_all(browser.transcript, history)
        check_end(browser.transcript, shown)


@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("uvicorn", "local"),
        ("daphne", "memory"),
        pytest.param("uvicorn", "memory", marks=pytest.mark.chaos),
        pytest.param("daphne", "local", marks=pytest.mark.chaos),
    ],
)
async def test_browsers_that_join_while_producers_send_are_right(kind, layer, tmp_path):
    rng = random.Random(1)
    with Server(tmp_path, kind, layer, **settings_with(tmp_path, TABLE)) as server:
        browsers = [RecordedWatcher(server, is_compressed=number % 2 == 0) for number in range(20)]
        async with Producer(server.http, server.token) as one, Producer(server.http, server.token) as two:
            await asyncio.gather(
                send_steadily(one, rng, 2), send_steadily(two, rng, 2), join_at_random(browsers, rng, 1.5)
            )
        await check(server, browsers)


@pytest.mark.chaos
async def test_200_browsers_join_under_500_events_per_s(tmp_path):
    rng = random.Random(2)
    with Server(tmp_path, **settings_with(tmp_path, TABLE)) as server:
        texts = Texts()
        browsers = [LightBrowser(texts, lambda: server) for _ in range(200)]
        async with Producer(server.http, server.token) as producer:
            sent, _ = await asyncio.gather(send_steadily(producer, rng, 10), join_at_random(browsers, rng, 9))
        assert sent >= 5000
        deltas = {name: delta for name, delta in stored_by(server).items() if delta.to_revision}
        await until(lambda: have(browsers, {name: delta.head for name, delta in deltas.items()}), 30)
        for browser in browsers:
            await browser.leave()
        assert all(len(browser.raw) > 3 for browser in browsers)  # open, hello, replay, and something live
        check_transcripts(browsers, read_history(tmp_path / "history.ndjson"), deltas)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.chaos)])
async def test_acknowledged_events_survive_kills_and_apply_once(tmp_path, kills):
    rng = random.Random(3)
    with Server(tmp_path, **settings_with(tmp_path, TABLE_AND_LOG)) as server:
        browsers = [RecordedWatcher(server, is_compressed=number % 2 == 0) for number in range(4)]
        for browser in browsers:
            browser.start()
        acknowledged: set[int] = set()
        is_over = False

        async def number_events(producer: Producer, start: int) -> None:
            number = start
            while not is_over:
                number += 2
                waiting = [producer.publish("log", id=number, wait=True)]
                waiting.append(producer.publish("sum", key="all", n=1, wait=True))
                waiting.append(producer.publish("laned", lane=rng.choice("xyz"), n=number, wait=True))
                await asyncio.gather(*waiting)
                acknowledged.add(number)

        async with Producer(server.http, server.token) as one, Producer(server.http, server.token) as two:
            sending = [asyncio.create_task(number_events(one, 0)), asyncio.create_task(number_events(two, 1))]
            for killed in range(kills):
                await until(lambda so_far=killed: all(is_there_after(browser, so_far) for browser in browsers))
                seen = len(acknowledged)
                while len(acknowledged) < seen + rng.randrange(5, 60):
                    await asyncio.sleep(0.001)
                    assert not any(task.done() for task in sending)
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)
            is_over = True
            await asyncio.gather(*sending)

        log = [json.loads(entry.value)["id"] for entry in stored_by(server)["log"].entries]
        total = json.loads(stored_by(server)["sum"].entries[0].value)["n"]
        assert len(log) == len(set(log))
        assert set(log) == acknowledged
        assert total == len(acknowledged)
        await check(server, browsers)
        assert all(browser.transcript.count(CLOSED) >= kills for browser in browsers)


def is_there_after(browser: RecordedWatcher, kills: int) -> bool:
    """Return whether a browser has noticed these kills, and follows the board again."""
    opened = sum(message["op"] == "open" for message in browser.transcript)
    return browser.is_caught_up and opened > browser.transcript.count(CLOSED) >= kills


async def test_a_producer_that_is_too_fast_loses_and_doubles_nothing(tmp_path):
    limited = {**TABLE_AND_LOG, "MAX_EVENTS_PER_S": 1000}
    with Server(tmp_path, TEST_BROADCAST=json.dumps(limited)) as server:
        async with Producer(server.http, server.token, drain_s=60) as producer:
            for number in range(1500):
                await producer.publish("log", id=number)
                await producer.publish("sum", key="all", n=1)
            await producer.flush(60)
        log = [json.loads(entry.value)["id"] for entry in stored_by(server)["log"].entries]
        assert log == list(range(1500))
        assert json.loads(stored_by(server)["sum"].entries[0].value)["n"] == 1500
