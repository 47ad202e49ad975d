"""A process that shuts down answers its producers, then disconnects everyone, and then ends."""

import asyncio
import json
import os
import signal
import threading
from functools import partial
from types import SimpleNamespace

import pytest
from websockets.asyncio.client import ClientConnection, connect

from broadcast.conf import Settings
from broadcast.server.run import SHUTDOWN_S
from broadcast.shutdown import arm, refuse
from tests.support.bench import Bench
from tests.support.recorded_watcher import RecordedWatcher
from tests.support.server import ENDED_WELL, PATIENCE, SERVERS, Server, ended, until

SENT_AWAY = {"op": "close", "code": 4412}


@pytest.fixture
def make(make_bench):
    return partial(make_bench, is_paced=False, TICK_S=0.5)


async def one_waiting(bench: Bench) -> None:
    """Put an event whose commit waits for the store's gate."""
    bench.store.gate.clear()
    bench.put()
    await until(lambda: bench.store.calls, 5)


def socket(bench: Bench, kind: str, stays: bool = False) -> "asyncio.Task[None]":
    """Open a socket that closes on request."""

    async def serve() -> None:
        closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        end = SimpleNamespace(end=lambda code, _: closed.set_result(code), updates_sent=0, bytes_sent=0)
        with bench.connections.open(kind, {}, end):
            bench.did.append((kind, await closed))
            if stays:
                await asyncio.Event().wait()

    return asyncio.create_task(serve())


async def test_browsers_are_closed_however_long_ticks_are(make):
    bench = make(TICK_S=30.0, DRAIN_S=5.0)
    await bench.drain.run()
    assert bench.did == [2.5]


async def test_producers_go_first_and_browsers_after_the_last_update(make):
    bench = make()
    sockets = [socket(bench, "browser"), socket(bench, "producer")]
    await asyncio.sleep(0)
    bench.put()
    await bench.drain.run()
    assert sorted(bench.did[:2], key=str) == [("producer", 4412), "apply"]
    assert bench.did[2:] == [1.5, ("browser", 4412)]
    assert bench.stored()["keyed"] == {"a": 1}
    await asyncio.gather(*sockets)


@pytest.mark.parametrize("kind", ["producer", "browser"])
async def test_a_socket_that_registers_late_is_closed(make, kind):
    bench = make(DRAIN_S=5.0)
    await bench.drain.run()
    async with asyncio.timeout(60):
        await socket(bench, kind)
    assert bench.did[-1] == (kind, 4412)


async def test_a_late_producer_does_not_cost_browsers_their_code(make):
    bench = make()
    browser = socket(bench, "browser")
    await one_waiting(bench)
    running = asyncio.create_task(bench.drain.run())
    await asyncio.sleep(0)
    producer = socket(bench, "producer")
    await asyncio.sleep(0)
    bench.store.gate.set()
    async with asyncio.timeout(60):
        await asyncio.gather(running, producer, browser)
    assert bench.did == ["apply", ("producer", 4412), 1.5, ("browser", 4412)]


async def test_from_its_begin_it_says_so(make):
    bench = make()
    await one_waiting(bench)
    assert not bench.drain.is_begun
    running = asyncio.create_task(bench.drain.run())
    await asyncio.sleep(0)
    assert bench.drain.is_begun
    bench.store.gate.set()
    await running


async def test_who_does_not_go_is_not_waited_for_for_ever(make, caplog):
    bench = make(DRAIN_S=0.01)
    stays = socket(bench, "browser", stays=True)
    await asyncio.sleep(0)
    await bench.drain.run()
    assert "1 sockets were still open" in caplog.text
    stays.cancel()
    await asyncio.gather(stays, return_exceptions=True)


@pytest.mark.parametrize(
    ("extensions", "sent"),
    [
        ({"websocket.http.response": {}}, ["websocket.http.response.start", "websocket.http.response.body"]),
        (None, ["websocket.accept", "websocket.close"]),
    ],
    ids=["as an answer to HTTP", "by a close frame"],
)
async def test_a_new_connection_is_sent_elsewhere_meanwhile(extensions, sent):
    messages: list[dict] = []

    async def send(message: dict) -> None:
        messages.append(message)

    await refuse({"extensions": extensions}, send)
    assert [message["type"] for message in messages] == sent
    assert 503 in messages[0].values() or 4412 in messages[1].values()


# signals


@pytest.fixture
def server_handlers():
    """A server's own handlers for the time of a test; what they were called with."""
    called: list[int] = []
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    for number in before:
        signal.signal(number, lambda number, _: called.append(number))
    yield called
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_servers_own_handler_comes_after_the_drain(server_handlers, make, number):
    bench = make()
    await one_waiting(bench)
    arm(bench.drain)
    os.kill(os.getpid(), number)
    await until(lambda: bench.drain.is_begun, 5)
    assert server_handlers == []
    bench.store.gate.set()
    await until(lambda: server_handlers, 5)
    assert server_handlers == [number]


async def test_a_second_signal_ends_it_at_once(server_handlers, make):
    bench = make()
    await one_waiting(bench)
    arm(bench.drain)
    os.kill(os.getpid(), signal.SIGTERM)
    await until(lambda: bench.drain.is_begun, 5)
    os.kill(os.getpid(), signal.SIGTERM)
    await until(lambda: server_handlers, 5)
    bench.store.gate.set()
    await until(lambda: len(server_handlers) == 2, 5)


async def test_another_signal_does_not_shorten_the_drain(server_handlers, make):
    bench = make()
    await one_waiting(bench)
    arm(bench.drain)
    os.kill(os.getpid(), signal.SIGINT)
    await until(lambda: bench.drain.is_begun, 5)
    os.kill(os.getpid(), signal.SIGTERM)
    assert server_handlers == []
    bench.store.gate.set()
    await until(lambda: server_handlers, 5)
    assert server_handlers == [signal.SIGINT]


async def test_a_drain_that_fails_keeps_nobody_from_ending(server_handlers, make, caplog):
    bench = make()
    bench.publisher.close = lambda: 1 / 0
    arm(bench.drain)
    os.kill(os.getpid(), signal.SIGTERM)
    await until(lambda: server_handlers, 5)
    assert "failed" in caplog.text


async def test_nothing_is_put_in_front_where_no_server_has_signals(make):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    arm(make().drain)
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_outside_the_main_thread_nothing_is_put_in_front(server_handlers, make):
    before = signal.getsignal(signal.SIGTERM)

    async def arm_here() -> None:
        arm(make().drain)

    thread = threading.Thread(target=asyncio.run, args=[arm_here()])
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is before


# real servers


async def sending_without_waiting(socket: ClientConnection, sent: list[int]) -> None:
    """Send one numbered message after another, as many as the server lets in."""
    for seq in range(1, 100_000):
        await socket.send(json.dumps({"seq": seq, "events": [{"type": "total_episodes", "episodes": seq}]}))
        sent.append(seq)
        await asyncio.sleep(0)  # websockets yields only while its buffer is full, and the answers are read between


async def answers_until_closed(socket: ClientConnection, acknowledged: list[int]) -> None:
    async for text in socket:
        answer = json.loads(text)
        assert answer["op"] == "ack", answer
        acknowledged.append(answer["seq"])


def test_its_time_limits_add_up_to_less_than_ten_seconds():
    assert Settings().DRAIN_S + SHUTDOWN_S < 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", SERVERS)
async def test_a_stopping_server_disconnects_all(kind, tmp_path):
    with Server(tmp_path, kind) as server:
        browsers = [RecordedWatcher(server) for _ in range(5)]
        # A browser that is still connecting during the drain is refused, and sees no close code.
        await asyncio.gather(*(browser.catch_up() for browser in browsers))
        acknowledged: list[int] = []
        headers = {"Authorization": f"Bearer {server.token}"}
        async with connect(f"{server.websocket}/ws/produce/?producer=p", additional_headers=headers) as socket:
            sent: list[int] = []
            sending = asyncio.create_task(sending_without_waiting(socket, sent))
            answers = asyncio.create_task(answers_until_closed(socket, acknowledged))
            await until(lambda: len(acknowledged) > 20)
            assert server.process is not None
            server.process.send_signal(signal.SIGTERM)
            sending.cancel()  # much is still on its way; one who sends on after the close is reset, and sees no code
            assert await asyncio.to_thread(ended, server.process, 10 * PATIENCE) in ENDED_WELL, server.log.read_text()
            await asyncio.gather(sending, answers, return_exceptions=True)
            assert socket.close_code == 4412
        # The process has ended; what it sent last may still be unread here.
        await until(lambda: all(SENT_AWAY in browser.transcript for browser in browsers))
        server.process = None
        server.start()
        # What was acknowledged is there; what was committed was acknowledged, as nothing was cut off.
        for browser in browsers:
            await until(lambda b=browser: b.values("total_episodes")[""]["episodes"] == acknowledged[-1])
        for browser in browsers:
            await browser.leave()
        log = server.log.read_text()
        assert "Traceback" not in log
        assert "ASGI callable returned" not in log, "a refused handshake is no error"
