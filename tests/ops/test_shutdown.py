"""A process that shuts down answers its producers, then disconnects everyone, and then ends."""

import asyncio
import json
import os
import signal
import threading

import pytest
from websockets.asyncio.client import ClientConnection, connect

from broadcast.shutdown import Drain, arm, refuse
from tests.support.server import SERVERS, Server, ended, until
from tests.support.socket_browser import SocketBrowser

SENT_AWAY = json.dumps({"op": "close", "code": 4412})


class Publisher:
    """Flushes on demand, and records when."""

    tick_s = 0.5

    def __init__(self, did: list[object]) -> None:
        self.did = did
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def close(self) -> None:
        self.did.append("flush")
        await self.may_end.wait()


class Bench:
    def __init__(self, limit_s: float = 20.0) -> None:
        self.did: list[object] = []
        self.publisher = Publisher(self.did)
        self.drain = Drain(self.publisher, limit_s, self._sleep)

    async def _sleep(self, seconds: float) -> None:
        self.did.append(seconds)

    def socket(self, kind: str, stays: bool = False) -> "asyncio.Task[None]":
        """Open a socket that closes on request."""

        async def serve() -> None:
            closed: asyncio.Future[int] = asyncio.get_running_loop().create_future()
            with getattr(self.drain, kind)(lambda code, _: closed.set_result(code)):
                self.did.append((kind, await closed))
                if stays:
                    await asyncio.Event().wait()

        return asyncio.create_task(serve())


async def test_browsers_are_closed_however_long_ticks_are():
    bench = Bench(limit_s=5.0)
    bench.publisher.tick_s = 30.0
    await bench.drain.run()
    assert bench.did == ["flush", 2.5]


async def test_producers_go_first_and_browsers_after_the_last_update():
    bench = Bench()
    sockets = [bench.socket("browser"), bench.socket("producer")]
    await asyncio.sleep(0)
    await bench.drain.run()
    assert bench.did == ["flush", ("producer", 4412), 1.5, ("browser", 4412)]
    await asyncio.gather(*sockets)


@pytest.mark.parametrize("kind", ["producer", "browser"])
async def test_a_socket_that_registers_late_is_closed(kind):
    bench = Bench(limit_s=5.0)
    await bench.drain.run()
    socket = bench.socket(kind)
    async with asyncio.timeout(5):
        await socket
    assert bench.did[-1] == (kind, 4412)


async def test_a_late_producer_does_not_cost_browsers_their_code():
    bench = Bench()
    browser = bench.socket("browser")
    bench.publisher.may_end.clear()
    running = asyncio.create_task(bench.drain.run())
    await until(lambda: bench.did, 5)
    producer = bench.socket("producer")
    await asyncio.sleep(0)
    bench.publisher.may_end.set()
    async with asyncio.timeout(5):
        await asyncio.gather(running, producer, browser)
    assert bench.did == ["flush", ("producer", 4412), 1.5, ("browser", 4412)]


async def test_from_its_begin_it_says_so():
    bench = Bench()
    bench.publisher.may_end.clear()
    assert not bench.drain.is_begun
    running = asyncio.create_task(bench.drain.run())
    await until(lambda: bench.did, 5)
    assert bench.drain.is_begun
    bench.publisher.may_end.set()
    await running


async def test_who_does_not_go_is_not_waited_for_for_ever(caplog):
    bench = Bench(limit_s=0.01)
    socket = bench.socket("browser", stays=True)
    await asyncio.sleep(0)
    await bench.drain.run()
    assert "1 sockets were still open" in caplog.text
    socket.cancel()
    await asyncio.gather(socket, return_exceptions=True)


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
async def test_the_servers_own_handler_comes_after_the_drain(server_handlers, number):
    bench = Bench()
    bench.publisher.may_end.clear()
    arm(bench.drain)
    os.kill(os.getpid(), number)
    await until(lambda: bench.did, 5)
    assert server_handlers == []
    bench.publisher.may_end.set()
    await until(lambda: server_handlers, 5)
    assert server_handlers == [number]


async def test_a_second_signal_ends_it_at_once(server_handlers):
    bench = Bench()
    bench.publisher.may_end.clear()
    arm(bench.drain)
    os.kill(os.getpid(), signal.SIGTERM)
    await until(lambda: bench.did, 5)
    os.kill(os.getpid(), signal.SIGTERM)
    await until(lambda: server_handlers, 5)
    bench.publisher.may_end.set()
    await until(lambda: len(server_handlers) == 2, 5)


async def test_a_drain_that_fails_keeps_nobody_from_ending(server_handlers, caplog):
    bench = Bench()
    bench.publisher.close = lambda: 1 / 0
    arm(bench.drain)
    os.kill(os.getpid(), signal.SIGTERM)
    await until(lambda: server_handlers, 5)
    assert "failed" in caplog.text


async def test_nothing_is_put_in_front_where_no_server_has_signals():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    arm(Bench().drain)
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_outside_the_main_thread_nothing_is_put_in_front(server_handlers):
    before = signal.getsignal(signal.SIGTERM)

    async def arm_here() -> None:
        arm(Bench().drain)

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


async def answers_until_closed(socket: ClientConnection, acknowledged: list[int]) -> None:
    async for text in socket:
        answer = json.loads(text)
        assert answer["op"] == "ack", answer
        acknowledged.append(answer["seq"])


@pytest.mark.parametrize("kind", SERVERS)
async def test_a_stopping_server_disconnects_all_within_ten_seconds(kind, tmp_path):
    with Server(tmp_path, kind) as server:
        browsers = [SocketBrowser(server) for _ in range(5)]
        for browser in browsers:
            browser.start()
        # A browser that is still connecting during the drain is refused, and sees no close code.
        await until(lambda: all(browser.caught_up.is_set() for browser in browsers))
        acknowledged: list[int] = []
        headers = {"Authorization": f"Bearer {server.token}"}
        async with connect(f"{server.websocket}/ws/produce/?producer=p", additional_headers=headers) as socket:
            sent: list[int] = []
            sending = asyncio.create_task(sending_without_waiting(socket, sent))
            answers = asyncio.create_task(answers_until_closed(socket, acknowledged))
            await until(lambda: len(acknowledged) > 20)
            assert server.process is not None
            server.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(ended, server.process, 10) in (0, -signal.SIGTERM), server.log.read_text()
            await asyncio.gather(sending, answers, return_exceptions=True)
            assert socket.close_code == 4412
        # The process has ended; what it sent last may still be unread here.
        await until(lambda: all(SENT_AWAY in browser.raw for browser in browsers))
        server.process = None
        server.start()
        # What was acknowledged is there; what was committed was acknowledged, as nothing was cut off.
        for browser in browsers:
            await until(
                lambda b=browser: "total_episodes" in b.look().copies and b.raw[-1].startswith('{"op":"update"')
            )
            (entry,) = browser.look().copies["total_episodes"].entries.values()
            assert entry[2]["episodes"] == acknowledged[-1]
        for browser in browsers:
            await browser.leave()
        log = server.log.read_text()
        assert "Traceback" not in log
        assert "ASGI callable returned" not in log, "a refused handshake is no error"
