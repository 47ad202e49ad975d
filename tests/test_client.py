"""The producer's client against a server that follows a script: order, coming back, refusals, addresses."""

import asyncio
import logging
import re
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from producers_api.client import (
    NotAuthorised,
    Producer,
    ProducerClosed,
    ProtocolRefused,
    Rejected,
    Undelivered,
)
from producers_api.client.connection import socket_url
from tests.scripted_server import (
    PATIENCE_S,
    Server,
    acknowledge,
    apply_and_drop,
    close_with,
    make_producer,
    refuse_odd,
    say,
    serving,
)


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


def test_it_imports_without_django() -> None:
    code = "import sys, producers_api.client; sys.exit('django' in sys.modules or 'channels' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)
