"""`POST /api/events` over a real server: the same bodies as the socket, with HTTP status codes."""

import asyncio
import contextlib
import gzip
import http.client
import json
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing, contextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from stickyboard import Producer
from tests.support.server import ACCOUNTS, Server

GOOD = {"type": "model_metric", "model": "gbt", "macro_f1": 0.5}

EDGE = "public, max-age=0, s-maxage=1"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    broadcast = json.dumps({"MAX_EVENTS_PER_S": 50, "MAX_MESSAGE_BYTES": 100_000})
    with Server(tmp_path_factory.mktemp("events"), TEST_BROADCAST=broadcast) as running:
        yield running


def post(
    server: Server, body: object, token: str | None = None, query: str = "", **headers: str
) -> tuple[int, dict, dict]:
    """Send a body; return status, answer and headers."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.http}/api/events{query}", data)
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    if token != "":
        request.add_header("Authorization", f"Bearer {token or server.token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused), refused.headers


def test_an_event_an_array_and_a_batch_are_accepted(shared):
    for body, count in ((GOOD, 1), ([GOOD, GOOD], 2), ({"seq": 1, "events": [GOOD]}, 1)):
        status, answer, _ = post(shared, body, query="?producer=forms")
        assert (status, answer["accepted"], answer["errors"]) == (200, count, [])


def test_a_batch_sent_again_is_applied_once(shared):
    body = {"seq": 5, "events": [{"type": "total_bytes", "bytes": 7}]}
    for _ in range(3):
        assert post(shared, body, query="?producer=again")[0] == 200
    with urllib.request.urlopen(f"{shared.http}/api/state/main", timeout=60) as answer:
        sections = {section["type"]: section for section in json.load(answer)["sections"]}

    assert sections["total_bytes"]["entries"][0][4]["bytes"] == 7


def kept(server: Server, event_type: str) -> list:
    """Return the values that the server keeps of an event type."""
    with urllib.request.urlopen(f"{server.http}/api/state/main/{event_type}", timeout=60) as answer:
        (section,) = json.load(answer)["sections"]
    return [entry[4] for entry in section["entries"]]


def test_an_invalid_line_is_reported_by_its_index(shared):
    lines = b'{"type":"total_episodes","episodes":4}\n{"type":"total_episodes"}\nno\n'
    for body, headers in (
        (lines, {}),
        (lines, {"Content_Type": "application/x-ndjson"}),
        (gzip.compress(lines), {"Content_Encoding": "gzip"}),
    ):
        status, answer, _ = post(shared, body, **headers)
        assert (status, answer["accepted"]) == (200, 1)
        assert [(e["index"], e["code"]) for e in answer["errors"]] == [(1, "invalid_event"), (2, "invalid_json")]
    assert kept(shared, "total_episodes")[0]["episodes"] == 4


def test_a_bomb_is_refused(shared):
    status, answer, _ = post(shared, gzip.compress(bytes(20_000_000)), Content_Encoding="gzip")
    assert (status, answer["code"]) == (413, "message_too_large")


def test_another_packing_is_refused_by_its_name(shared):
    status, answer, _ = post(shared, GOOD, Content_Encoding="br")
    assert (status, answer["code"]) == (415, "unsupported_encoding")


def test_a_cloud_event_is_accepted(shared):
    event = {"specversion": "1.0", "id": "7", "source": "/lab", "type": "lab.model_metric"}
    event["data"] = {"model": "cloudy", "macro_f1": 0.5}
    status, answer, _ = post(shared, event, Content_Type="application/cloudevents+json")
    assert (status, answer["accepted"]) == (200, 1)
    assert {"type": "model_metric", "model": "cloudy", "macro_f1": 0.5} in kept(shared, "model_metric")


def test_lines_that_the_address_numbers_are_applied_once(shared):
    lines = b'{"type":"total_alerts","alerts":3}\n{"type":"total_alerts","alerts":4}\n'
    for _ in range(3):
        assert post(shared, lines, query="?producer=lines&seq=5")[:2] == (
            200,
            {"op": "ack", "accepted": 2, "errors": []},
        )
    assert kept(shared, "total_alerts")[0]["alerts"] == 7


@pytest.mark.parametrize("seq", ["0x1", "-1", "1e3", "9" * 17])
def test_a_number_in_the_address_that_is_none_is_refused(shared, seq):
    status, answer, _ = post(shared, GOOD, query=f"?seq={seq}")
    assert (status, answer["code"]) == (400, "invalid_message")
    assert "?seq=" in answer["message"]


def test_the_state_of_one_event_type_has_an_etag_of_its_own(shared):
    post(shared, GOOD)
    address = f"{shared.http}/api/state/main/model_metric"
    with urllib.request.urlopen(address, timeout=60) as answer:
        update, etag = json.load(answer), answer.headers["ETag"]
    assert [section["type"] for section in update["sections"]] == ["model_metric"]
    post(shared, {"type": "total_episodes", "episodes": 99})  # another type's change leaves it as it is
    request = urllib.request.Request(address, headers={"If-None-Match": etag})
    with pytest.raises(urllib.error.HTTPError) as unchanged:
        urllib.request.urlopen(request, timeout=60)
    with unchanged.value as answer:
        assert (answer.code, answer.headers["ETag"], answer.headers["Cache-Control"]) == (304, etag, EDGE)


def test_a_bad_event_is_reported_beside_the_accepted(shared):
    status, answer, _ = post(shared, [GOOD, {"type": "model_metric"}])

    assert (status, answer["accepted"]) == (200, 1)
    assert (answer["errors"][0]["code"], answer["errors"][0]["index"]) == ("invalid_event", 1)


@pytest.mark.parametrize(
    ("body", "token", "status", "code"),
    [
        (GOOD, "", 401, "not_authorised"),
        (GOOD, "wrong", 401, "not_authorised"),
        (b"hello", None, 400, "invalid_json"),
        (b"\xff\xfe", None, 400, "invalid_json"),
        (b"17", None, 400, "invalid_message"),
        (b"[" * 90_000, None, 400, "invalid_json"),
        (b"x" * 100_001, None, 413, "message_too_large"),
    ],
)
def test_a_refused_message_has_its_status_and_code(shared, body, token, status, code):
    found, answer, _ = post(shared, body, token)

    assert (found, answer["code"], answer["op"]) == (status, code, "error")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"seq": 7, "events": [GOOD] * 1001}, 400, "batch_too_large"),
        ({"seq": 7, "events": 1}, 400, "invalid_message"),
        ({"seq": 7, "events": [GOOD], "more": 1}, 400, "invalid_message"),
        ({"seq": 7, "events": [GOOD] * 500}, 429, "too_fast"),
    ],
)
def test_a_refused_message_is_named_by_its_number(shared, body, status, code):
    token = shared.manage("create_producer_token", "numbered", "--replace", "--quiet").strip()
    if code == "too_fast":
        post(shared, [GOOD] * 1000, token)  # takes the budget of the next twenty seconds
    found, answer, _ = post(shared, body, token)

    assert (found, answer["code"], answer["seq"]) == (status, code, 7)


def test_what_was_not_read_to_its_end_has_no_number(shared):
    large = {"seq": 7, "events": [GOOD], "pad": "x" * 100_000}
    found, answer, _ = post(shared, large)

    assert (found, answer["code"], "seq" in answer) == (413, "message_too_large", False)


async def answer_to_headers(server: Server, token: str, length: int) -> tuple[int, dict]:
    """Send a POST's headers and not a byte of its body; return what is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = f"POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
    writer.write(f"{head}Content-Length: {length}\r\n\r\n".encode())
    try:
        async with asyncio.timeout(60):
            status = int((await reader.readline()).split()[1])
            headers = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            body = await reader.readexactly(int(headers.partition("content-length: ")[2].split()[0]))
    finally:
        writer.close()
        await writer.wait_closed()
    return status, json.loads(body)


async def test_a_request_is_refused_before_its_body_arrives(shared):
    status, answer = await answer_to_headers(shared, "wrong", 1_000)
    assert (status, answer["code"]) == (401, "not_authorised")
    status, answer = await answer_to_headers(shared, shared.token, 100_001)
    assert (status, answer["code"]) == (413, "message_too_large")


def test_a_connection_survives_a_refused_unread_body(shared):
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", shared.port, timeout=60)) as connection:
        for _ in range(3):
            connection.request("POST", "/api/events", b"x" * 90_000, {"Authorization": "Bearer wrong"})
            answer = connection.getresponse()
            assert (answer.status, json.load(answer)["code"]) == (401, "not_authorised")
            connection.request("GET", "/api/state/main/model_metric")
            answer = connection.getresponse()
            assert (answer.status, json.load(answer)["op"]) == (200, "update")


def test_only_bad_events_are_not_a_success(shared):
    status, answer, _ = post(shared, {"type": "model_metric"})

    assert (status, answer["accepted"]) == (422, 0)


def test_the_rate_limit_covers_all_requests_of_a_token(shared):
    token = shared.manage("create_producer_token", "hasty", "--quiet").strip()
    assert post(shared, [GOOD] * 1000, token)[0] == 200
    status, answer, headers = post(shared, GOOD, token)

    assert (status, answer["code"]) == (429, "too_fast")
    assert headers["Retry-After"] == "1"


async def test_a_store_that_fails_is_said_and_to_come_back_later(tmp_path):
    with Server(tmp_path) as server:
        assert (await asyncio.to_thread(post, server, GOOD))[0] == 200
        server.store_file.unlink()
        server.store_file.mkdir()
        status, answer, headers = await asyncio.to_thread(post, server, GOOD)
        assert (status, answer["code"], answer["retry"]) == (503, "store_unavailable", True)
        assert headers["Retry-After"] == "1"
        numbered = await asyncio.to_thread(post, server, {"seq": 3, "events": [GOOD]})
        assert (numbered[0], numbered[1]["seq"]) == (503, 3)
        server.store_file.rmdir()
        assert (await asyncio.to_thread(post, server, GOOD))[0] == 200


@contextmanager
def without_tokens(folder):
    """Take the table of tokens away, as if its database could not be asked."""
    with closing(sqlite3.connect(folder / ACCOUNTS, timeout=60)) as accounts:
        accounts.execute("ALTER TABLE stickyboard_producers_producertoken RENAME TO away")
        try:
            yield
        finally:
            accounts.execute("ALTER TABLE away RENAME TO stickyboard_producers_producertoken")


async def test_unavailable_accounts_are_answered_with_retry(shared):
    was_refused = asyncio.Event()

    def jitter():
        was_refused.set()
        return 0.0

    producer = Producer(shared.http, shared.token, random=jitter, drain_s=60)
    with without_tokens(shared.folder):
        status, answer = await answer_to_headers(shared, shared.token, 1_000)
        assert (status, answer["code"], answer["retry"]) == (503, "accounts_unavailable", True)
        bearer = {"Authorization": f"Bearer {shared.token}"}
        async with connect(f"{shared.websocket}/ws/produce/", additional_headers=bearer) as socket:
            assert json.loads(await socket.recv())["code"] == "accounts_unavailable"
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            assert socket.close_code == 4413
        await producer.__aenter__()
        sent = await producer.publish("model_metric", model="later", macro_f1=0.5)
        await asyncio.wait_for(was_refused.wait(), 60)
    await producer.__aexit__(None, None, None)
    assert (sent.is_done, sent.error) == (True, None)
