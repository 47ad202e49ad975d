"""The buffer of a producer: while it is full, at the end of the `with` block, and its progress."""

import asyncio
import io
import re

import pytest
from websockets.asyncio.server import ServerConnection

from stickyboard import (
    Counts,
    Dropped,
    Producer,
    Undelivered,
    connection,
)
from stickyboard.receipts import ProgressLine
from tests.support.scripted_server import (
    PATIENCE_S,
    ScriptedServer,
    acknowledge,
    make_producer,
    refuse_odd,
    send_reply,
    serving,
    stay_silent,
)
from tests.support.server import free_port


class Tries:
    """A jitter of none that counts how often the client was about to try again."""

    def __init__(self) -> None:
        self.count, self.are_three = 0, asyncio.Event()

    def __call__(self) -> float:
        self.count += 1
        if self.count == 3:
            self.are_three.set()
        return 0.0


@pytest.mark.asyncio
async def test_publish_waits_while_the_buffer_is_full() -> None:
    async with serving(stay_silent, acknowledge) as server:
        async with make_producer(server, max_events=2) as producer:
            for n in (1, 2):
                await producer.publish("t", n=n)
            third = asyncio.create_task(producer.publish("t", n=3))
            await server.wait_for(lambda: bool(server.received))
            assert not third.done()
            server.is_open.set()  # the silent connection ends, the next one acknowledges
            await asyncio.wait_for(third, PATIENCE_S)
        assert server.applied == [1, 2, 3]


@pytest.mark.asyncio
async def test_publish_does_not_wait_with_drop(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(stay_silent, acknowledge) as server:
        async with make_producer(server, max_events=4, when_full="drop") as producer:
            receipts = [await producer.publish("t", n=n) for n in range(1, 3)]
            await server.wait_for(lambda: bool(server.received))
            receipts += [await producer.publish("t", n=n) for n in range(3, 9)]
            assert [receipt.is_dropped for receipt in receipts] == [False, False, *[True] * 4, False, False]
            server.is_open.set()  # the silent connection ends, the next one acknowledges
            await producer.flush()
            assert producer.counts == Counts(published=8, acknowledged=4, dropped=4)
        assert server.applied == [1, 2, 7, 8]
    assert [r.getMessage() for r in caplog.records if "dropping" in r.getMessage()] != []


@pytest.mark.asyncio
async def test_waiting_for_a_dropped_event_raises() -> None:
    async with serving(stay_silent, acknowledge) as server:
        async with make_producer(server, max_events=2, when_full="drop") as producer:
            await producer.publish("t", n=1)
            await server.wait_for(lambda: bool(server.received))
            waiting = asyncio.create_task(producer.publish("t", n=2, wait=True))
            await asyncio.sleep(0)
            await producer.publish("t", n=3)
            with pytest.raises(Dropped):
                await asyncio.wait_for(waiting, PATIENCE_S)
            server.is_open.set()
        assert server.applied == [1, 3]


@pytest.mark.asyncio
async def test_flush_waits_only_for_earlier_events() -> None:
    may_answer, may_go_on = asyncio.Event(), asyncio.Event()

    async def answer_late(server: ScriptedServer, socket: ServerConnection) -> None:
        seq, events = await server.receive(socket)
        await may_answer.wait()
        server.apply(seq, events)
        await send_reply(socket, "ack", seq, accepted=1)
        await may_go_on.wait()
        await acknowledge(server, socket)

    async with serving(answer_late) as server, make_producer(server) as producer:
        before = await producer.publish("t", n=1)
        await server.wait_for(lambda: bool(server.received))
        flushed = asyncio.create_task(producer.flush(PATIENCE_S))
        await asyncio.sleep(0)
        after = await producer.publish("t", n=2)
        may_answer.set()
        await flushed
        assert (before.is_done, after.is_done) == (True, False)
        with pytest.raises(Undelivered, match=r"^1 event was"):
            await producer.flush(0)
        may_go_on.set()


@pytest.mark.asyncio
async def test_it_sends_at_most_16_messages_ahead_of_acks() -> None:
    async def read_only(server: ScriptedServer, socket: ServerConnection) -> None:
        while True:
            await server.receive(socket)

    async def publish_all(producer: Producer) -> None:
        async with producer:
            for n in range(9_000):
                await producer.publish("t", n=n)
            await server.wait_for(lambda: len(server.received) == 16)

    async with serving(read_only) as server:
        with pytest.raises(Undelivered):
            await publish_all(make_producer(server, drain_s=0))
        assert len(server.received) == 16


@pytest.mark.asyncio
async def test_leaving_names_a_failed_connection_once(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "logged", {})

    async def leave(tries: Tries) -> None:
        async with Producer(url, "secret", random=tries, drain_s=0) as producer:
            await producer.publish("t", n=1)
            await asyncio.wait_for(tries.are_three.wait(), PATIENCE_S)

    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(Undelivered, match=url[4:]):
        await leave(Tries())
    assert sum(url[4:] in line and "trying again" in line for line in caplog.messages) == 1


@pytest.mark.asyncio
async def test_leaving_names_the_servers_error() -> None:
    async def hold(server: ScriptedServer, socket: ServerConnection) -> None:
        while True:
            seq, _ = await server.receive(socket)
            await send_reply(socket, "error", seq, code="store_unavailable", message="the disk is full", retry=True)

    async def leave(server: ScriptedServer, tries: Tries) -> None:
        async with make_producer(server, random=tries, drain_s=0) as producer:
            await producer.publish("t", n=1)
            await asyncio.wait_for(tries.are_three.wait(), PATIENCE_S)

    async with serving(hold) as server:
        with pytest.raises(Undelivered, match="store_unavailable"):
            await leave(server, Tries())


@pytest.mark.asyncio
async def test_leaving_raises_the_number_of_undelivered_events() -> None:
    async with serving(stay_silent) as server:
        with pytest.raises(Undelivered, match="1 event was"):
            async with make_producer(server, drain_s=0.01) as producer:
                await producer.publish("t", n=1)


@pytest.mark.asyncio
async def test_leaving_with_an_exception_raises_that_exception() -> None:
    async def fail(producer: Producer) -> None:
        async with producer:
            await producer.publish("t", n=1)
            raise KeyError

    async with serving(stay_silent) as server:
        with pytest.raises(KeyError):
            await fail(make_producer(server, drain_s=0.01))


def test_an_unknown_when_full_raises() -> None:
    with pytest.raises(ValueError, match='expected when_full to be "wait" or "drop", got "dorp"'):
        Producer("http://localhost:8000", "secret", when_full="dorp")  # type: ignore[arg-type]


@pytest.mark.asyncio
async def test_it_reports_its_progress() -> None:
    lines: list[str] = []
    async with serving(refuse_odd) as server, make_producer(server, progress=lines.append) as producer:
        for n in range(3):
            await producer.publish("t", n=n)
        await producer.flush()
        assert lines == []  # not yet: a line comes every ten seconds, and one at the end
    assert re.fullmatch(r"connected: 2 acknowledged \([\d,]+/s\), 0 waiting, 1 rejected", lines[0])
    assert len(lines) == 1


def test_the_progress_line_is_replaced_on_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, counts = Terminal(), Counts(published=9, acknowledged=4)
    times = iter([0.0, 2.0, 4.0])
    line = ProgressLine(lambda: (counts, True), stream=terminal, clock=lambda: next(times))
    line.write()
    counts.acknowledged = 8
    line.write()
    assert terminal.getvalue() == (
        "\r\x1b[Kconnected: 4 acknowledged (2/s), 5 waiting\r\x1b[Kconnected: 8 acknowledged (2/s), 1 waiting"
    )
