"""Limits of an HTTP connection: its head, framing and time, and the number per address."""

import pytest
from django.test import override_settings

from broadcast.server.connection_gate import Gate
from broadcast.server.limits import MAX_CHUNKS, MAX_HEAD_BYTES, MAX_HEADERS, MAX_PIPELINED, MAX_URL_BYTES
from tests.support.server_protocols import UPGRADE, Connection

GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /login/ HTTP/1.1\r\nHost: localhost\r\n"


class Application:
    """Reads the whole body, then responds."""

    def __init__(self, answer: bytes = b"hello", *, is_hasty: bool = False) -> None:
        self.answer, self.is_hasty = answer, is_hasty
        self.scopes: list[dict] = []
        self.bodies: list[bytes] = []
        self.left = 0

    async def __call__(self, scope, receive, send) -> None:
        self.scopes.append(scope)
        body, more = b"", not self.is_hasty
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.left += 1
                return
            body, more = body + message["body"], message["more_body"]
        self.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.answer})


def status(connection: Connection) -> int:
    return int(connection.answer.split(b" ", 2)[1])


async def exchanged(*data: bytes) -> Connection:
    connection = Connection(Application())
    for part in data:
        if not connection.transport.is_closing():
            connection.receive(part)
    await connection.settle()
    return connection


async def test_a_plain_request_is_answered_and_the_connection_stays():
    connection = await exchanged(GET)
    assert status(connection) == 200
    assert not connection.transport.is_closing()
    assert connection.gate.reading() == {"server_connections": {"idle": 1}, "server_aborted": {}}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([b"GET /" + b"x" * MAX_URL_BYTES + b" HTTP/1.1\r\n\r\n"], 414),
        ([b"GET /" + b"x" * 1000, *[b"x" * 1000] * 50], 414),
        ([b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_BYTES + b"\r\n\r\n"], 431),
        ([b"GET / HTTP/1.1\r\nX: ", *[b"x" * 1000] * 100], 431),
        ([b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (MAX_HEADERS + 1) + b"\r\n"], 431),
        ([b"GET / HTTP/1.1\r\n", *[b"X: y\r\n"] * 10_000], 431),
        ([POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * (MAX_CHUNKS + 1)], 400),
        ([POST + b"Transfer-Encoding: chunked\r\n\r\n1;", *[b"x" * 10_000] * 20], 431),
        ([POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ", *[b"x" * 10_000] * 20], 431),
        ([POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 20_000], 431),
        ([b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n"], 400),
        ([b"GET /\xff HTTP/1.1\r\n" + UPGRADE.partition(b"\r\n")[2]], 400),
        ([b"\x16\x03\x01\x02\x00\x01\x00"], 400),
        ([b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"], 400),
        ([b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"], 400),
        ([b"GET / HTTP/1.1\r\nA\x00b: c\r\n\r\n"], 400),
    ],
)
async def test_a_bad_request_gets_one_short_response(parts, expected, caplog):
    connection = await exchanged(*parts)
    assert status(connection) == expected
    assert len(connection.answer) < 300
    assert connection.transport.is_closed
    assert len(connection.gate) == 0
    assert not [record for record in caplog.records if record.exc_info]
    assert sum(connection.gate.aborted.values()) == 1


async def test_a_long_body_is_no_framing():
    body = b"x" * 1_000_000
    application = Application()
    connection = Connection(application)
    connection.receive(POST + b"Content-Length: 1000000\r\n\r\n")
    for start in range(0, len(body), 50_000):
        connection.receive(body[start : start + 50_000])
        await connection.settle()
    assert application.bodies == [body]
    assert status(connection) == 200


async def test_no_trailer_becomes_a_header():
    application = Application()
    connection = Connection(application)
    connection.receive(POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
    await connection.settle()
    assert b"authorization" not in dict(application.scopes[0]["headers"])
    assert status(connection) == 200


async def test_requests_ahead_of_their_answers_are_few():
    connection = Connection(Application())
    connection.receive(GET * (MAX_PIPELINED + 1) + POST)
    await connection.settle()
    assert connection.answer.count(b"200 OK") == MAX_PIPELINED + 1
    flooded = Connection(application := Application())
    flooded.receive(GET * 5000)
    await flooded.settle()
    assert flooded.transport.is_closed
    assert len(application.scopes) <= 1


async def test_a_disconnect_ends_all_pipelined_requests(caplog):
    connection = Connection(Application())
    connection.receive(GET + POST + b"Content-Length: 9\r\n\r\n")
    connection.transport.abort()
    await connection.settle()
    assert not connection.state.tasks
    assert connection.answer == b""
    assert not caplog.records


HALVES = {
    "nothing": b"",
    "half a line": b"GET /",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "half a body": POST + b"Content-Length: 100\r\n\r\nx=1",
    "half a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    "after an answer": GET + b"\r\n",
    "a second half": GET + b"GET / HTTP/1.1\r\n",
}


@pytest.mark.parametrize("half", HALVES)
async def test_half_a_request_has_its_time(half):
    connection = await exchanged(*filter(None, [HALVES[half]]))
    connection.loop.advance(4)
    assert not connection.transport.is_closing()
    if half != "after an answer":
        assert connection.gate.reading()["server_connections"] == {"receiving": 1}
    connection.loop.advance(9)
    assert connection.transport.is_closing()
    assert len(connection.gate) == 0


async def test_a_byte_now_and_then_wins_no_time():
    connection = Connection(Application())
    for letter in b"GET / HTTP/1.1\r\nHost: localhost":
        if connection.transport.is_closing():
            break
        connection.receive(bytes([letter]))
        connection.loop.advance(1)
    assert connection.loop.now < 1000 + 15
    assert status(connection) == 408


async def test_a_body_that_nobody_wants_has_its_time_too():
    """After an early response, such as a 401, more data must not keep the connection open."""
    connection = Connection(Application(is_hasty=True))
    connection.receive(POST + b"Content-Length: 1000\r\n\r\n")
    await connection.settle()
    assert status(connection) == 200
    for _ in range(20):
        if not connection.transport.is_closing():
            connection.receive(b"x")
            connection.loop.advance(1)
    assert connection.transport.is_closing()
    assert connection.loop.now < 1000 + 25


async def test_who_does_not_read_the_answer_is_ended():
    connection = await exchanged(GET)
    connection.transport.stop_reading()
    assert connection.gate.reading()["server_connections"] == {"not_reading": 1}
    connection.loop.advance(13)
    assert connection.transport.is_aborted
    assert sum(connection.gate.aborted.values()) == 1


@pytest.mark.parametrize("half", [half for half in HALVES if half != "after an answer"])
async def test_half_a_request_does_not_delay_the_end_of_the_process(half):
    connection = await exchanged(*filter(None, [HALVES[half]]))
    connection.protocol.shutdown()
    await connection.settle()
    assert connection.transport.is_closed
    assert not connection.state.connections
    assert not connection.state.tasks


async def test_a_request_that_is_being_answered_is_answered_first():
    connection = Connection(Application())
    connection.receive(GET)
    connection.protocol.shutdown()
    await connection.settle()
    assert status(connection) == 200
    assert connection.transport.is_closed


async def test_an_address_has_a_share_and_others_theirs():
    gate = Gate(most=100)
    with override_settings(BROADCAST={"MAX_CONNECTIONS_PER_ADDRESS": 3}):
        opened = [Connection(Application(), "198.51.100.1", gate) for _ in range(5)]
        assert [each.transport.is_aborted for each in opened] == [False] * 3 + [True] * 2
        assert not Connection(Application(), "198.51.100.2", gate).transport.is_aborted
        opened[0].transport.close()
        assert not Connection(Application(), "198.51.100.1", gate).transport.is_aborted
    assert gate.aborted == {"address_full": 2}


async def test_clients_of_a_proxy_are_counted_by_their_own_address():
    gate = Gate(most=100)
    with override_settings(BROADCAST={"MAX_CONNECTIONS_PER_ADDRESS": 3}):
        opened = [Connection(Application(), "127.0.0.1", gate, forwarded_allow_ips="127.0.0.1") for _ in range(9)]
        for number, each in enumerate(opened):
            client = b"198.51.100.%d" % (number % 2)
            each.receive(GET.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 1.2.3.4, " + client + b"\r\n\r\n"))
            await each.settle()
        assert [status(each) for each in opened] == [200] * 6 + [429] * 3


async def test_who_is_no_proxy_is_not_believed():
    gate = Gate(most=100)
    with override_settings(BROADCAST={"MAX_CONNECTIONS_PER_ADDRESS": 1}):
        first, second = (Connection(Application(), "198.51.100.1", gate) for _ in range(2))
        first.receive(GET.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"))
        assert second.transport.is_aborted


async def test_a_process_takes_no_more_than_it_has_files_for():
    gate = Gate(most=2)
    opened = [Connection(Application(), f"198.51.100.{number}", gate) for number in range(3)]
    assert [each.transport.is_aborted for each in opened] == [False, False, True]
    assert gate.aborted == {"process_full": 1}
