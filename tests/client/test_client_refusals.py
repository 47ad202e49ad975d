"""The Python client where a server closes, refuses a token, an event or a message: what it does, and who is told."""

import asyncio
import logging
import re
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from stickyboard import (
    NotAuthorised,
    Producer,
    ProtocolRefused,
    Rejected,
)
from stickyboard.waiting import MAX_KINDS, RefusalLog
from tests.support.scripted_server import (
    PATIENCE_S,
    Server,
    acknowledge,
    close_with,
    make_producer,
    refuse_odd,
    say,
    serving,
)


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
@pytest.mark.parametrize("status", [HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND])
async def test_a_handshake_refused_between_two_good_ones_does_not_end_it(status: HTTPStatus) -> None:
    answers = [None, status, status]

    def answer(socket: ServerConnection, request: Request) -> Response | None:
        said = answers.pop(0) if answers else None
        return socket.respond(said, "restarting\n") if said else None

    async with serving(close_with(1012), acknowledge, process_request=answer) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1, wait=True)
        assert server.applied == [1]
        assert answers == []


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
    assert re.search(r"; published at test_client_refusals\.py:\d+$", errors[0])


@pytest.mark.asyncio
async def test_a_loop_of_refusals_is_logged_at_its_1st_10th_and_100th_and_another_kind_by_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(refuse_odd) as server, make_producer(server) as producer:
        for n in range(1, 240, 2):
            await producer.publish("t", n=n)
        await producer.publish("u", n=1)
        await producer.flush()
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert [error.partition(" ")[0] for error in errors] == ["t", "t", "t", "u"]
    assert [error.rpartition("; ")[2] for error in errors[1:3]] == ["10 such so far", "100 such so far"]


def test_what_refusals_are_told_of_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    refusals = RefusalLog()
    for n in [*range(MAX_KINDS), 0, MAX_KINDS, 0]:
        refusals.tell(Rejected("invalid_event", "odd", {"type": f"t{n}"}))
    assert len(caplog.records) == MAX_KINDS + 2


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
