"""The producer when the server closes the connection, or refuses the token, an event or a message."""

import asyncio
import logging
import re
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from stickyboard import (
    Producer,
    ProtocolRefused,
    Rejected,
    TokenRefused,
    Undelivered,
    connection,
)
from stickyboard.receipts import MAX_KINDS, RejectionLog
from tests.support.scripted_server import (
    PATIENCE_S,
    ScriptedServer,
    acknowledge,
    close_with,
    make_producer,
    refuse_odd,
    send_reply,
    serving,
)
from tests.support.server import until


@pytest.mark.asyncio
@pytest.mark.parametrize("code", [1000, 1012, 4408, 4429])
async def test_it_reconnects_after_codes_below_4500(code: int) -> None:
    async with serving(close_with(code), acknowledge) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1, wait=True)
        assert server.applied == [1]


@pytest.mark.asyncio
@pytest.mark.parametrize(("code", "error"), [(4501, TokenRefused), (4502, ProtocolRefused), (4599, ProtocolRefused)])
async def test_it_does_not_reconnect_after_codes_from_4500(code: int, error: type[Exception]) -> None:
    async def use(producer: Producer) -> None:
        async with producer:
            with pytest.raises(error):
                await asyncio.wait_for(producer.publish("t", n=1, wait=True), PATIENCE_S)
            with pytest.raises(error):
                await producer.publish("t", n=2)
            with pytest.raises(error):
                await producer.flush()

    async with serving(close_with(code)) as server:
        with pytest.raises(error, match=f"{code} as scripted"):
            await use(make_producer(server))
        assert len(server.requests) == 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("status", "error", "message"),
    [
        (HTTPStatus.UNAUTHORIZED, TokenRefused, r"^ws://.*/ws/produce/ does not accept this token: HTTP 401$"),
        (HTTPStatus.FORBIDDEN, ProtocolRefused, r"HTTP 403 at ws://.*/ws/produce/; is"),
        (HTTPStatus.NOT_FOUND, ProtocolRefused, r"HTTP 404 at ws://.*/ws/produce/; is"),
    ],
)
async def test_a_refused_handshake_raises_its_likely_cause(
    status: HTTPStatus, error: type[Exception], message: str
) -> None:
    def refuse(socket: ServerConnection, request: Request) -> Response:
        return socket.respond(status, "no\n")

    async with serving(acknowledge, process_request=refuse) as server:
        with pytest.raises(error, match=message):
            async with make_producer(server) as producer:
                await producer.publish("t", n=1)


@pytest.mark.parametrize(("events", "start"), [(1, "1 event was not "), (2, "2 events were not ")])
def test_undelivered_events_are_counted(events: int, start: str) -> None:
    assert str(Undelivered(events, 10)).startswith(start)


@pytest.mark.asyncio
async def test_the_address_of_a_board_is_recognised() -> None:
    def refuse(socket: ServerConnection, request: Request) -> Response:
        return socket.respond(HTTPStatus.FORBIDDEN, "no\n")

    async with serving(acknowledge, process_request=refuse) as server:
        with pytest.raises(ProtocolRefused, match="leave out /b/"):
            async with Producer(f"{server.url}/b/runs/", "secret") as producer:
                await producer.publish("t", n=1)


@pytest.mark.asyncio
async def test_a_server_without_tls_is_recognised(caplog: pytest.LogCaptureFixture) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Undelivered, match="http:// server"):
            async with Producer(f"https://127.0.0.1:{port}", "secret", drain_s=0.2) as producer:
                await producer.publish("t", n=1)
                await until(lambda: "no connection" in caplog.text, 60, "the first attempt has failed")


@pytest.mark.asyncio
async def test_a_problem_is_logged_again_after_any_answer(caplog: pytest.LogCaptureFixture) -> None:
    is_busy = True

    def answer(socket: ServerConnection, request: Request) -> Response | None:
        return socket.respond(HTTPStatus.SERVICE_UNAVAILABLE, "busy\n") if is_busy else None

    async def fail(times: int) -> None:
        async with make_producer(server, drain_s=0) as producer:
            await producer.publish("t", n=1)
            await until(lambda: caplog.text.count("trying again") >= times, 60, "it is logged")

    async with serving(acknowledge, process_request=answer) as server:
        with pytest.raises(Undelivered):
            await fail(1)
        is_busy = False
        async with make_producer(server) as producer:
            await producer.publish("t", n=1, wait=True)
        is_busy = True
        with pytest.raises(Undelivered):
            await fail(2)


def test_a_failed_connection_without_a_message_is_named() -> None:
    assert connection._reason(ConnectionResetError()) == "ConnectionResetError"


@pytest.mark.asyncio
@pytest.mark.parametrize("status", [HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND])
async def test_a_handshake_refused_during_a_restart_is_retried(status: HTTPStatus) -> None:
    answers = [None, status, status]

    def answer(socket: ServerConnection, request: Request) -> Response | None:
        status = answers.pop(0) if answers else None
        return socket.respond(status, "restarting\n") if status else None

    async with serving(close_with(1012), acknowledge, process_request=answer) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1, wait=True)
        assert server.applied == [1]
        assert answers == []


@pytest.mark.asyncio
async def test_waiting_for_a_rejected_event_raises() -> None:
    rejections: list[Rejected] = []
    async with serving(refuse_odd) as server, make_producer(server, on_error=rejections.append) as producer:
        results = await asyncio.gather(
            *(producer.publish("t", n=n, wait=True) for n in range(4)), return_exceptions=True
        )
        assert [isinstance(result, Rejected) for result in results] == [False, True, False, True]
        assert results[1].event == {"type": "t", "n": 1}  # type: ignore[union-attr]
        assert rejections == []


@pytest.mark.asyncio
async def test_on_error_receives_rejections_without_a_waiter() -> None:
    rejections: list[Rejected] = []
    async with serving(refuse_odd) as server, make_producer(server, on_error=rejections.append) as producer:
        for n in range(4):
            await producer.publish("t", n=n)
        await producer.flush()
        assert [(error.code, error.event["n"]) for error in rejections] == [
            ("invalid_event", 1),
            ("invalid_event", 3),
        ]


@pytest.mark.asyncio
async def test_rejections_are_logged_by_default(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(refuse_odd) as server, make_producer(server) as producer:
        await producer.publish("t", n=1)
        await producer.flush()
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(errors) == 1
    assert errors[0].startswith("t was rejected (invalid_event): odd; ")
    assert re.search(r"; published at test_client_refusals\.py:\d+$", errors[0])


@pytest.mark.asyncio
async def test_repeated_rejections_are_logged_at_powers_of_ten(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving(refuse_odd) as server, make_producer(server) as producer:
        for n in range(1, 240, 2):
            await producer.publish("t", n=n)
        await producer.publish("u", n=1)
        await producer.flush()
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert [error.partition(" ")[0] for error in errors] == ["t", "t", "t", "u"]
    assert [error.rpartition("; ")[2] for error in errors[1:3]] == ["10 such events so far", "100 such events so far"]


def test_the_memory_of_logged_rejections_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    refusals = RejectionLog()
    for n in [*range(MAX_KINDS), 0, MAX_KINDS, 0]:
        refusals.add(Rejected("invalid_event", "odd", {"type": f"t{n}"}))
    assert len(caplog.records) == MAX_KINDS + 2


@pytest.mark.asyncio
async def test_an_exception_in_on_error_stops_nothing() -> None:
    def fail(error: Rejected) -> None:
        raise RuntimeError

    async with serving(refuse_odd) as server, make_producer(server, on_error=fail) as producer:
        await producer.publish("t", n=1)
        assert (await producer.publish("t", n=2, wait=True)).error is None


@pytest.mark.asyncio
async def test_a_temporarily_refused_message_precedes_later_ones() -> None:
    async def refuse_twice(server: ScriptedServer, socket: ServerConnection) -> None:
        for _ in range(2):
            seq, _ = await server.receive(socket)
            await send_reply(socket, "error", seq, code="store_unavailable", message="disk is full", retry=True)
        await acknowledge(server, socket)

    async with serving(refuse_twice) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1, wait=True)
            await producer.publish("t", n=2, wait=True)
        assert server.received == [(1, [1]), (1, [1]), (1, [1]), (2, [2])]


@pytest.mark.asyncio
async def test_waiting_for_a_permanently_refused_message_raises() -> None:
    async def refuse(server: ScriptedServer, socket: ServerConnection) -> None:
        seq, _ = await server.receive(socket)
        await send_reply(socket, "error", seq, code="message_too_large", message="too large", retry=False)
        await acknowledge(server, socket)

    async with serving(refuse) as server, make_producer(server) as producer:
        with pytest.raises(Rejected, match="message_too_large"):
            await producer.publish("t", n=1, wait=True)
        await producer.publish("t", n=2, wait=True)
