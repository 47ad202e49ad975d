"""The producer's client against a server that follows a script, one script per connection."""

import asyncio
import io
import logging
import re
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from producers_api.client import (
    Counts,
    Dropped,
    NotAuthorised,
    Producer,
    ProducerClosed,
    ProtocolRefused,
    Rejected,
    SpoolUnusable,
    SyncProducer,
    Undelivered,
)
from producers_api.client.connection import socket_url
from producers_api.client.progress import ProgressLine

Script = Callable[["Server", ServerConnection], Awaitable[None]]
PATIENCE_S = 5


class Server:
    """Follows one script per connection, the last one for all further ones; applies each seq once."""

    def __init__(self, *scripts: Script) -> None:
        self.scripts = list(scripts)
        self.received: list[tuple[int, list[int]]] = []
        self.applied: list[int] = []
        self.requests: list[Request] = []
        self.close_codes: list[int | None] = []
        self.arrived = asyncio.Condition()
        self.is_open = asyncio.Event()
        self.url = ""
        self._last_seq = 0

    async def follow_script(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.requests.append(socket.request)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        with suppress(ConnectionClosed):
            await script(self, socket)
        async with self.arrived:
            self.close_codes.append(socket.close_code)
            self.arrived.notify_all()

    async def receive(self, socket: ServerConnection) -> tuple[int, list[dict[str, Any]]]:
        message = msgspec.json.decode(await socket.recv())
        async with self.arrived:
            self.received.append((message["seq"], [event.get("n") for event in message["events"]]))
            self.arrived.notify_all()
        return message["seq"], message["events"]

    def apply(self, seq: int, events: list[dict[str, Any]]) -> None:
        if seq > self._last_seq:
            self._last_seq = seq
            self.applied += [event["n"] for event in events]

    async def wait_for(self, is_so: Callable[[], bool]) -> None:
        async with self.arrived:
            await asyncio.wait_for(self.arrived.wait_for(is_so), PATIENCE_S)


async def say(socket: ServerConnection, op: str, seq: int | None, **more: Any) -> None:
    await socket.send(msgspec.json.encode({"op": op, "seq": seq, **more}).decode())


async def acknowledge(server: Server, socket: ServerConnection) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            seq, events = await server.receive(socket)
            server.apply(seq, events)
            await say(socket, "ack", seq, accepted=len(events))


async def apply_and_drop(server: Server, socket: ServerConnection) -> None:
    """Apply one message, then end the connection without a close frame and without a reply."""
    server.apply(*await server.receive(socket))
    socket.transport.abort()


async def stay_silent(server: Server, socket: ServerConnection) -> None:
    await server.receive(socket)
    await server.is_open.wait()


async def refuse_odd(server: Server, socket: ServerConnection) -> None:
    while True:
        seq, events = await server.receive(socket)
        for index, event in enumerate(events):
            if event["n"] % 2:
                await say(socket, "error", seq, code="invalid_event", message="odd", index=index, retry=False)
        await say(socket, "ack", seq, accepted=0)


def close_with(code: int) -> Script:
    async def close(server: Server, socket: ServerConnection) -> None:
        await socket.close(code, "said so")

    return close


@asynccontextmanager
async def serving(*scripts: Script, **options: Any) -> AsyncIterator[Server]:
    server = Server(*scripts)
    async with serve(server.follow_script, "127.0.0.1", 0, **options) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield server
        server.is_open.set()


def make_producer(server: Server, **options: Any) -> Producer:
    return Producer(server.url, "secret", **{"random": lambda: 0.0, "drain_s": PATIENCE_S, **options})


@pytest.mark.asyncio
async def test_what_is_published_arrives_in_order() -> None:
    async with serving(acknowledge) as server:
        async with make_producer(server) as producer:
            for n in range(1_200):
                await producer.publish("t", n=n)
        assert server.applied == list(range(1_200))
        assert [seq for seq, _ in server.received] == list(range(1, len(server.received) + 1))


@pytest.mark.asyncio
async def test_it_says_who_it_is() -> None:
    async with serving(acknowledge) as server:
        async with make_producer(server, name="lab 1") as producer:
            await producer.publish("t", n=1, wait=True)
        assert server.requests[0].path == "/ws/produce/?producer=lab+1"
        assert server.requests[0].headers["Authorization"] == "Bearer secret"


@pytest.mark.asyncio
async def test_it_leaves_with_a_normal_close() -> None:
    async with serving(acknowledge) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1)
        await server.wait_for(lambda: server.close_codes == [1000])


@pytest.mark.asyncio
async def test_publish_returns_before_the_acknowledgement_and_wait_after() -> None:
    async with serving(acknowledge) as server, make_producer(server) as producer:
        soon = await producer.publish("t", n=1)
        assert not soon.is_done
        late = await producer.publish("t", n=2, wait=True)
        assert soon.is_done
        assert late.is_done
        assert late.error is None


@pytest.mark.asyncio
async def test_a_lost_acknowledgement_repeats_nothing() -> None:
    async with serving(apply_and_drop, apply_and_drop, acknowledge) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1, wait=True)
            await producer.publish("t", n=2, wait=True)
        assert server.received == [(1, [1]), (1, [1]), (1, [1]), (2, [2])]
        assert server.applied == [1, 2]


@pytest.mark.asyncio
async def test_events_published_while_disconnected_follow_the_repeated_ones() -> None:
    async with serving(apply_and_drop, acknowledge) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1)
            await server.wait_for(lambda: bool(server.received))
            for n in (2, 3):
                await producer.publish("t", n=n)
            await producer.flush()
        assert server.applied == [1, 2, 3]


@pytest.mark.asyncio
async def test_it_waits_for_a_server_that_is_not_there_yet() -> None:
    async with serving(acknowledge) as server:
        port = int(server.url.rsplit(":", 1)[1])
    async with Producer(server.url, "secret", random=lambda: 0.0) as producer:
        await producer.publish("t", n=1)
        with pytest.raises(Undelivered):
            await producer.flush(0.01)
        async with serve(server.follow_script, "127.0.0.1", port):
            await asyncio.wait_for(producer.flush(), PATIENCE_S)
    assert server.applied == [1]


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [1000, 1012, 4408, 4429])
async def test_it_comes_back_after_a_close_that_allows_it(code: int) -> None:
    async with serving(close_with(code), acknowledge) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1, wait=True)
        assert server.applied == [1]


@pytest.mark.asyncio
@pytest.mark.parametrize(("code", "error"), [(4501, NotAuthorised), (4502, ProtocolRefused), (4599, ProtocolRefused)])
async def test_it_does_not_come_back_after_a_close_that_forbids_it(code: int, error: type[Exception]) -> None:
    async def use(producer: Producer) -> None:
        async with producer:
            with pytest.raises(error):
                await asyncio.wait_for(producer.publish("t", n=1, wait=True), PATIENCE_S)
            with pytest.raises(error):
                await producer.publish("t", n=2)
            with pytest.raises(error):
                await producer.flush()

    async with serving(close_with(code)) as server:
        with pytest.raises(error, match=f"{code} said so"):
            await use(make_producer(server))
        assert len(server.requests) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (HTTPStatus.UNAUTHORIZED, NotAuthorised, "HTTP 401"),
        (HTTPStatus.FORBIDDEN, ProtocolRefused, r"HTTP 403 at ws://.*/ws/produce/\?.*; is the address right\?"),
        (HTTPStatus.NOT_FOUND, ProtocolRefused, r"HTTP 404 at ws://.*/ws/produce/\?.*; is the address right\?"),
    ],
)
async def test_a_refused_handshake_says_what_is_likely_wrong(
    status: HTTPStatus, error: type[Exception], says: str
) -> None:
    def refuse(socket: ServerConnection, request: Request) -> Response:
        return socket.respond(status, "no\n")

    async with serving(acknowledge, process_request=refuse) as server:
        with pytest.raises(error, match=says):
            async with make_producer(server) as producer:
                await producer.publish("t", n=1)


@pytest.mark.asyncio
async def test_the_rejected_event_is_told_to_whom_waits_for_it() -> None:
    told: list[Rejected] = []
    async with serving(refuse_odd) as server, make_producer(server, on_error=told.append) as producer:
        results = await asyncio.gather(
            *(producer.publish("t", n=n, wait=True) for n in range(4)), return_exceptions=True
        )
        assert [isinstance(result, Rejected) for result in results] == [False, True, False, True]
        assert results[1].event == {"type": "t", "n": 1}  # type: ignore[union-attr]
        assert told == []


@pytest.mark.asyncio
async def test_a_rejected_event_nobody_waits_for_goes_to_on_error() -> None:
    told: list[Rejected] = []
    async with serving(refuse_odd) as server, make_producer(server, on_error=told.append) as producer:
        for n in range(4):
            await producer.publish("t", n=n)
        await producer.flush()
        assert [(error.code, error.event["n"]) for error in told] == [
            ("invalid_event", 1),
            ("invalid_event", 3),
        ]


@pytest.mark.asyncio
async def test_a_rejected_event_is_logged_by_default(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(refuse_odd) as server, make_producer(server) as producer:
        await producer.publish("t", n=1)
        await producer.flush()
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert errors[0].startswith("t was refused (invalid_event): odd; ")
    assert re.search(r"; published at test_client\.py:\d+$", errors[0])


@pytest.mark.asyncio
async def test_an_on_error_that_raises_does_not_stop_the_stream() -> None:
    def fail(error: Rejected) -> None:
        raise RuntimeError

    async with serving(refuse_odd) as server, make_producer(server, on_error=fail) as producer:
        await producer.publish("t", n=1)
        assert (await producer.publish("t", n=2, wait=True)).error is None


@pytest.mark.asyncio
async def test_a_message_refused_for_now_is_sent_again_before_later_ones() -> None:
    async def refuse_twice(server: Server, socket: ServerConnection) -> None:
        for _ in range(2):
            seq, _ = await server.receive(socket)
            await say(socket, "error", seq, code="store_unavailable", message="disk is full", retry=True)
        await acknowledge(server, socket)

    async with serving(refuse_twice) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1, wait=True)
            await producer.publish("t", n=2, wait=True)
        assert server.received == [(1, [1]), (1, [1]), (1, [1]), (2, [2])]


@pytest.mark.asyncio
async def test_a_message_refused_for_good_ends_the_wait() -> None:
    async def refuse(server: Server, socket: ServerConnection) -> None:
        seq, _ = await server.receive(socket)
        await say(socket, "error", seq, code="message_too_large", message="too large", retry=False)
        await acknowledge(server, socket)

    async with serving(refuse) as server, make_producer(server) as producer:
        with pytest.raises(Rejected, match="message_too_large"):
            await producer.publish("t", n=1, wait=True)
        await producer.publish("t", n=2, wait=True)


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
async def test_publish_never_waits_where_it_may_drop(caplog: pytest.LogCaptureFixture) -> None:
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
    assert [r.getMessage() for r in caplog.records if "dropped" in r.getMessage()] != []


@pytest.mark.asyncio
async def test_who_waits_for_an_event_that_is_dropped_is_told() -> None:
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
async def test_it_says_how_far_it_is_when_asked() -> None:
    said: list[str] = []
    async with serving(refuse_odd) as server, make_producer(server, progress=said.append) as producer:
        for n in range(3):
            await producer.publish("t", n=n)
        await producer.flush()
        assert said == []  # not yet: a line comes every ten seconds, and one at the end
    assert re.fullmatch(r"connected: 2 acknowledged \([\d,]+/s\), 0 waiting, 1 refused", said[0])
    assert len(said) == 1


def test_the_line_stays_in_its_place_on_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, counts = Terminal(), Counts(published=9, acknowledged=4)
    times = iter([0.0, 2.0, 4.0])
    line = ProgressLine(lambda: (counts, True), stream=terminal, clock=lambda: next(times))
    line.tell()
    counts.acknowledged = 8
    line.tell()
    assert terminal.getvalue() == (
        "\r\x1b[Kconnected: 4 acknowledged (2/s), 5 waiting\r\x1b[Kconnected: 8 acknowledged (2/s), 1 waiting"
    )


# with a spool: each block is a process that ends, with or without leaving its `with` block


async def crash(producer: Producer) -> None:
    """End a producer as the end of its process does: nothing is said to anybody, and the file is let go."""
    for task in producer._tasks:
        task.cancel()
    await asyncio.gather(*producer._tasks, return_exceptions=True)
    assert producer._spool is not None
    producer._spool.close()


@pytest.mark.asyncio
async def test_a_spool_delivers_what_an_earlier_process_could_not(tmp_path: Path) -> None:
    async with serving(stay_silent, acknowledge) as server:
        options = {"spool": tmp_path / "spool"}
        producer = await make_producer(server, **options).__aenter__()
        for n in (1, 2):
            await producer.publish("t", n=n)
        await server.wait_for(lambda: bool(server.received))
        await producer.publish("t", n=3)
        await crash(producer)
        server.is_open.set()
        async with make_producer(server, **options) as after:
            assert after.name == producer.name
            await after.publish("t", n=4)
        assert server.applied == [1, 2, 3, 4]


@pytest.mark.asyncio
async def test_a_spool_sends_again_under_the_same_number_what_was_applied_without_an_answer(tmp_path: Path) -> None:
    async with serving(apply_and_drop, stay_silent, acknowledge) as server:
        options = {"spool": tmp_path / "spool"}
        producer = await make_producer(server, **options).__aenter__()
        await producer.publish("t", n=1)
        await server.wait_for(lambda: len(server.received) == 2)
        await crash(producer)
        server.is_open.set()
        async with make_producer(server, **options) as after:
            await after.publish("t", n=2)
        assert [message for message in server.received if message[0] == 1] == [(1, [1])] * 3
        assert server.applied == [1, 2]


@pytest.mark.asyncio
async def test_leaving_with_a_spool_keeps_the_rest_for_the_next_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(stay_silent, acknowledge) as server:
        async with make_producer(server, spool=tmp_path / "spool", drain_s=0) as producer:
            await producer.publish("t", n=1)
        assert f"1 events stay in {tmp_path / 'spool'} for the next time" in caplog.text
        server.is_open.set()
        async with make_producer(server, spool=tmp_path / "spool"):
            pass
        assert server.applied == [1]


@pytest.mark.asyncio
async def test_two_producers_cannot_have_one_spool(tmp_path: Path) -> None:
    async with serving(acknowledge) as server, make_producer(server, spool=tmp_path / "spool"):
        with pytest.raises(SpoolUnusable, match="another process has it open; give each its own file"):
            await make_producer(server, spool=tmp_path / "spool").__aenter__()


@pytest.mark.asyncio
async def test_flush_waits_only_for_what_was_published_before() -> None:
    may_answer, may_go_on = asyncio.Event(), asyncio.Event()

    async def answer_late(server: Server, socket: ServerConnection) -> None:
        seq, events = await server.receive(socket)
        await may_answer.wait()
        server.apply(seq, events)
        await say(socket, "ack", seq, accepted=1)
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
        with pytest.raises(Undelivered, match=r"^1 events"):
            await producer.flush(0)
        may_go_on.set()


@pytest.mark.asyncio
async def test_a_change_that_was_given_up_while_the_buffer_was_full_is_sent_when_it_comes_again() -> None:
    async with serving(stay_silent, acknowledge) as server:
        async with make_producer(server, max_events=1) as producer:
            await producer.publish("t", n=1)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(producer.publish("t", n=2, only_on_change=True), 0.01)
            server.is_open.set()
            assert not (await producer.publish("t", n=2, only_on_change=True)).is_done
        assert server.applied == [1, 2]


@pytest.mark.asyncio
async def test_a_change_that_two_tell_while_the_buffer_is_full_is_sent_once() -> None:
    async with serving(stay_silent, acknowledge) as server:
        async with make_producer(server, max_events=1) as producer:
            await producer.publish("t", n=1)
            waiting = [asyncio.create_task(producer.publish("t", n=2, only_on_change=True)) for _ in "ab"]
            await server.wait_for(lambda: bool(server.received))
            server.is_open.set()
            one, other = await asyncio.gather(*waiting)
            assert one is other
        assert server.applied == [1, 2]


@pytest.mark.asyncio
async def test_it_keeps_at_most_16_messages_unacknowledged() -> None:
    async def read_only(server: Server, socket: ServerConnection) -> None:
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
async def test_leaving_says_what_was_not_delivered() -> None:
    async with serving(stay_silent) as server:
        with pytest.raises(Undelivered, match=r"1 events were not acknowledged within 0\.01 s"):
            async with make_producer(server, drain_s=0.01) as producer:
                await producer.publish("t", n=1)


@pytest.mark.asyncio
async def test_leaving_with_an_error_of_ones_own_keeps_that_error() -> None:
    async def fail(producer: Producer) -> None:
        async with producer:
            await producer.publish("t", n=1)
            raise KeyError

    async with serving(stay_silent) as server:
        with pytest.raises(KeyError):
            await fail(make_producer(server, drain_s=0.01))


@pytest.mark.asyncio
async def test_it_publishes_only_while_open() -> None:
    async with serving(acknowledge) as server:
        producer = make_producer(server)
        with pytest.raises(ProducerClosed):
            await producer.publish("t", n=1)
        async with producer:
            await producer.publish("t", n=1)
        with pytest.raises(ProducerClosed):
            await producer.publish("t", n=2)


@pytest.mark.asyncio
async def test_a_number_that_is_not_finite_is_refused_before_it_is_sent() -> None:
    async with serving(acknowledge) as server:
        async with make_producer(server) as producer:
            with pytest.raises(ValueError, match=r"nan at \$\.macro_f1"):
                await producer.publish("model_metric", model="gbt", macro_f1=float("nan"))
        assert server.received == []


@pytest.mark.asyncio
async def test_an_unchanged_event_is_sent_again_only_when_it_is_old() -> None:
    now = [0.0]
    async with serving(acknowledge) as server:
        async with make_producer(server, clock=lambda: now[0]) as producer:
            sent = []
            for model, n, at in (
                ("a", 1, 0),
                ("a", 1, 1),
                ("b", 1, 2),
                ("a", 2, 3),
                ("a", 2, 32),
                ("a", 2, 33),
            ):
                now[0] = at
                sent.append(
                    await producer.publish("t", model=model, n=n, only_on_change=True, every_s=30, identity=("model",))
                )
            assert sent[1] is sent[0]
            assert sent[4] is sent[3]
            assert len(set(sent)) == 4
            with pytest.raises(ValueError, match='identity names "host"'):
                await producer.publish("t", n=1, only_on_change=True, identity=("host",))
        assert server.applied == [1, 1, 2, 2]


@pytest.mark.asyncio
async def test_fields_may_come_as_a_mapping_with_any_name() -> None:
    async with serving(acknowledge) as server, make_producer(server) as producer:
        receipt = await producer.publish("t", {"wait": 1, "n": 1}, n=2)
        assert receipt.encoded == b'{"type":"t","wait":1,"n":2}'


@pytest.mark.asyncio
async def test_a_named_producer_counts_on_above_its_earlier_life() -> None:
    async with serving(acknowledge) as server:
        for n in (1, 2):
            async with make_producer(server, name="lab") as producer:
                await producer.publish("t", n=n)
        assert server.applied == [1, 2]


@pytest.mark.asyncio
async def test_a_server_that_talks_gibberish_is_refused() -> None:
    async def talk(server: Server, socket: ServerConnection) -> None:
        await socket.send("hello?")
        await server.is_open.wait()

    async with serving(talk) as server:
        with pytest.raises(ProtocolRefused, match="expected a reply"):
            async with make_producer(server) as producer:
                await producer.publish("t", n=1, wait=True)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8000", "ws://localhost:8000/ws/produce/?producer=p"),
        ("https://board.example/", "wss://board.example/ws/produce/?producer=p"),
        ("ws://h:1/lab", "ws://h:1/lab/ws/produce/?producer=p"),
        ("wss://h/ws/produce", "wss://h/ws/produce/?producer=p"),
        ("ws://h/ws/produce/?a=b", "ws://h/ws/produce/?a=b&producer=p"),
        ("http://[::1]:8000", "ws://[::1]:8000/ws/produce/?producer=p"),
    ],
)
def test_the_address_is_made_of_what_people_have(url: str, expected: str) -> None:
    assert socket_url(url, "p") == expected


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", ""])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match='expected an address like "http://localhost:8000"'):
        Producer(url, "secret")


def test_another_word_for_a_full_buffer_is_refused() -> None:
    with pytest.raises(ValueError, match='expected when_full to be "wait" or "drop", got "dorp"'):
        Producer("http://localhost:8000", "secret", when_full="dorp")  # type: ignore[arg-type]


def in_thread(started: threading.Event, stop: asyncio.Event, box: list[Any], script: Script) -> None:
    async def main() -> None:
        async with serving(script) as server:
            box.extend([server, asyncio.get_running_loop()])
            started.set()
            await stop.wait()

    asyncio.run(main())


@pytest.fixture
def thread_server(request: pytest.FixtureRequest) -> Any:
    started, stop, box = threading.Event(), asyncio.Event(), []  # type: ignore[var-annotated]
    thread = threading.Thread(target=in_thread, args=(started, stop, box, request.param))
    thread.start()
    assert started.wait(PATIENCE_S)
    yield box[0]
    box[1].call_soon_threadsafe(stop.set)
    thread.join(PATIENCE_S)


@pytest.mark.parametrize("thread_server", [refuse_odd], indirect=True)
def test_the_plain_producer_does_the_same(thread_server: Server) -> None:
    told: list[Rejected] = []
    with SyncProducer(thread_server.url, "secret", on_error=told.append) as producer:
        assert producer.publish("t", n=2, wait=True).is_done
        with pytest.raises(Rejected):
            producer.publish("t", n=3, wait=True)
        producer.publish("t", n=5)
        assert producer.publish("t", n=4, only_on_change=True) is producer.publish("t", n=4, only_on_change=True)
        producer.flush(PATIENCE_S)
    assert [error.event["n"] for error in told] == [5]
    assert told[0].origin.startswith("test_client.py:")
    with pytest.raises(ProducerClosed):
        producer.publish("t", n=6)


@pytest.mark.parametrize("thread_server", [close_with(4501)], indirect=True)
def test_the_plain_producer_raises_at_close_what_it_was_refused_for(thread_server: Server) -> None:
    producer = SyncProducer(thread_server.url, "secret").open()
    producer.publish("t", n=1)
    with pytest.raises(NotAuthorised):
        producer.close()
    producer.close()  # closing twice is no error


def test_it_imports_without_django() -> None:
    code = "import sys, producers_api.client; sys.exit('django' in sys.modules or 'channels' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)
