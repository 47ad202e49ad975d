"""Malformed input on sockets gets a typed error or a reason, other events are applied, and memory is bounded."""

import asyncio
import json

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.server import Server

GOOD = {"type": "model_metric", "model": "gbt", "macro_f1": 0.5}
MEGABYTE = 1024 * 1024


def producer_socket(server: Server, token: str | None = None, query: str = "producer=t") -> connect:
    return connect(
        f"{server.websocket}/ws/produce/?{query}",
        additional_headers={"Authorization": f"Bearer {token or server.token}"},
        max_size=None,
    )


def browser_socket(
    server: Server, query: str = "protocol=2", board: str = "main", origin: str | None = None
) -> connect:
    return connect(f"{server.websocket}/ws/board/{board}/?{query}", origin=origin or server.http, max_size=None)


async def answers(socket: ClientConnection, body: str | bytes) -> list[dict]:
    """Send one message and return the replies, up to its acknowledgement or error."""
    await socket.send(body)
    received = []
    while not received or (received[-1]["op"] == "error" and "index" in received[-1]):
        received.append(json.loads(await socket.recv()))
    return received


HUGE_KEY = json.dumps({"type": "prediction", "episode_id": "é" * 120, "window_idx": 2**53 - 1, "label": "x"})
LONG_NAME = '{"type":"model_metric","model":"' + "x" * 5000 + '","macro_f1":0.5}'
EVENTS = [
    ("3", "invalid_event", "expected an object"),
    ("{}", "invalid_event", '"type"'),
    ('{"type":["model_metric"]}', "invalid_event", "$.type"),
    ('{"type":"model_metrics"}', "unknown_event_type", 'did you mean "model_metric"'),
    ('{"type":"model_metric","model":"a"}', "invalid_event", "macro_f1"),
    ('{"type":"model_metric","model":"a","macro_f1":"12%"}', "invalid_event", 'got "12%" at $.macro_f1'),
    ('{"type":"total_bytes","bytes":"3"}', "invalid_event", "$.bytes"),
    ('{"type":"model_metric","model":"a","macro_f1":1.5}', "invalid_event", "1.5"),
    ('{"type":"model_metric","model":"a","model":"b","macro_f1":0.5}', "repeated_key", '"model"'),
    ('{"type":"phase_mix","shares":{"a":0.1,"a":0.2}}', "repeated_key", '"a"'),
    (HUGE_KEY, "key_too_long", "257 bytes"),
    (LONG_NAME, "invalid_event", "120"),
    ('{"type":"live_detection","host_id":"","score":0.5,"alert":true}', "invalid_event", "$.host_id"),
    (json.dumps({**GOOD, "note": "x" * 70_000}), "event_too_large", "65536"),
    ('{"type":"embedding","points":[[0,1]],"labels":[]}', "invalid_event", "1 points"),
]
MESSAGES = [
    ("hello", "invalid_json"),
    ("", "invalid_json"),
    ('{"type":"model_metric","model":"a","macro_f1":NaN}', "invalid_json"),
    ('[{"type":"model_metric","model":"a","macro_f1":-Infinity}]', "invalid_json"),
    ('{"type":"model_metric","model":"a"', "invalid_json"),
    ('{"type":"model_metric","model":"\\ud800","macro_f1":0.5}', "invalid_json"),
    ("[" * (MEGABYTE - 10), "invalid_json"),
    ('{"type":"' + "x" * MEGABYTE + '"}', "message_too_large"),
    ('{"seq":1,"events":3}', "invalid_message"),
    ('{"seq":0,"events":[]}', "invalid_message"),
    ('{"seq":-4,"events":[]}', "invalid_message"),
    ('{"seq":9007199254740992,"events":[]}', "invalid_message"),
    ('{"seq":"1","events":[]}', "invalid_message"),
    ("17", "invalid_message"),
    ("[" + ",".join(["{}"] * 1001) + "]", "batch_too_large"),
    (b"\x00\xff\xfe", "invalid_json"),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("malformed")) as running:
        yield running


async def test_bad_events_harm_only_themselves(shared):
    good = json.dumps(GOOD)
    async with producer_socket(shared) as socket:
        *refused, last = await answers(socket, f"[{good},{','.join(text for text, _, _ in EVENTS)},{good}]")
        assert last == {"op": "ack", "accepted": 2}
        for index, (answer, (text, code, word)) in enumerate(zip(refused, EVENTS, strict=True), start=1):
            assert (answer["code"], answer["index"], answer["retry"]) == (code, index, False), text
            assert word in answer["message"], text
            assert len(answer["message"]) < 500, text


async def test_bad_messages_are_refused_and_the_connection_stays(shared):
    async with producer_socket(shared) as socket:
        for body, code in MESSAGES:
            (answer,) = await answers(socket, body)
            assert (answer["op"], answer["code"]) == ("error", code), body[:50]
            assert (await answers(socket, json.dumps(GOOD)))[-1] == {"op": "ack", "accepted": 1}


async def test_deep_nesting_in_an_event_is_never_fatal(shared):
    async with producer_socket(shared) as socket:
        for depth in (100, 900, 5000, 30_000):
            deep = json.dumps(GOOD)[:-1] + ',"x":' + "[" * depth + "]" * depth + "}"
            received = await answers(socket, deep)
            assert received[-1].get("accepted") == 1 or "code" in received[0]
        assert (await answers(socket, json.dumps(GOOD)))[-1]["accepted"] == 1


async def test_a_refused_numbered_message_says_which(shared):
    async with producer_socket(shared) as socket:
        [answer] = await answers(socket, json.dumps({"seq": 5, "events": [{}] * 1001}))

    assert (answer["code"], answer["seq"]) == ("batch_too_large", 5)


async def close_code_of(socket: ClientConnection) -> int:
    async with asyncio.timeout(60):
        with pytest.raises(ConnectionClosed):
            while True:
                await socket.recv()
    return socket.close_code


@pytest.mark.parametrize("token", ["wrong", ""])
async def test_a_producer_without_a_good_token_is_not_heard(shared, token):
    async with producer_socket(shared, token or " ") as socket:
        assert json.loads(await socket.recv())["code"] == "not_authorised"
        assert await close_code_of(socket) == 4501


@pytest.mark.parametrize("query", ["protocol=1", "protocol=3&producer=a"])
async def test_a_producer_of_another_protocol_is_closed(shared, query):
    async with producer_socket(shared, query=query) as socket:
        assert await close_code_of(socket) == 4502
        assert "protocol 2" in socket.close_reason


@pytest.mark.parametrize("query", ["", "producer=a", "producer=a&protocol=2"])
async def test_a_producer_need_not_state_its_protocol(shared, query):
    async with producer_socket(shared, query=query) as socket:
        assert (await answers(socket, json.dumps(GOOD)))[-1]["op"] == "ack"


@pytest.mark.parametrize(
    ("query", "sent", "word"),
    [
        ("", None, "protocol 2"),
        ("protocol=", None, "protocol 2"),
        ("protocol=3&resume=1", None, "protocol 2"),
        ("protocol=2&encoding=br", None, '"deflate"'),
        ("protocol=2&cursor=x", None, '"x"'),
        ("protocol=2", "x", '"ack"'),
        ("protocol=2", "y" * 9000, '"ack"'),
        ("protocol=2&resume=1", "null", '"resume"'),
        ("protocol=2&resume=1", b"\x00\x01", '"resume"'),
    ],
    ids=lambda each: str(each)[:40],
)
async def test_a_browser_that_breaks_the_protocol_is_sent_away(shared, query, sent, word):
    async with browser_socket(shared, query) as socket:
        if sent is not None:
            await socket.send(sent)
        assert await close_code_of(socket) == 4502
        assert word in socket.close_reason


async def test_an_unknown_board_is_refused(shared):
    async with browser_socket(shared, board="nowhere") as socket:
        assert await close_code_of(socket) == 4502


async def test_a_cursor_that_is_too_long_is_refused(shared):
    async with browser_socket(shared, "protocol=2&resume=1") as socket:
        await socket.send("x" * 200_000)
        assert await close_code_of(socket) in {1009, 4502}


async def test_a_page_of_another_origin_gets_nothing(shared):
    async with browser_socket(shared, origin="http://evil.example") as socket:
        with pytest.raises(ConnectionClosed):  # without a hello
            await socket.recv()
        assert socket.close_code == 4504


async def test_a_producer_that_is_too_fast_is_warned_then_closed(tmp_path):
    with Server(tmp_path, TEST_BROADCAST=json.dumps({"MAX_EVENTS_PER_S": 10})) as server:
        async with producer_socket(server) as socket:
            assert (await answers(socket, json.dumps([GOOD] * 1000)))[-1]["accepted"] == 1000
            received = await answers(socket, json.dumps([GOOD] * 11))
            assert received[-1]["code"] == "too_fast"
            assert received[-1]["retry"] is True
            with pytest.raises(ConnectionClosed):
                for _ in range(30):
                    await answers(socket, json.dumps([GOOD] * 11))
            assert socket.close_code == 4429


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("keys", [100_000, pytest.param(1_000_000, marks=pytest.mark.chaos)])
async def test_ever_new_keys_leave_as_many_entries_as_the_bound_says(tmp_path, keys):
    with Server(tmp_path, TEST_BROADCAST=json.dumps({"MAX_EVENTS_PER_S": 10_000_000})) as server:
        async with producer_socket(server) as socket:
            before = server.memory_bytes()
            for start in range(0, keys, 1000):
                events = [
                    {"type": "prediction", "episode_id": f"e{n}", "window_idx": 0, "label": "x"}
                    for n in range(start, start + 1000)
                ]
                await socket.send(msgspec.json.encode({"seq": start // 1000 + 1, "events": events}), text=True)
                if start >= 20_000:
                    await socket.recv()
            for _ in range(20):
                assert json.loads(await socket.recv())["accepted"] == 1000
            grown = server.memory_bytes() - before
        async with browser_socket(server) as socket:
            await socket.recv()
            sections = {section["type"]: section for section in json.loads(await socket.recv())["sections"]}
    assert len(sections["prediction"]["entries"]) == 4096
    assert sections["prediction"]["entries"][-1][0] == f"e{keys - 1}:0"
    assert grown < 60 * MEGABYTE
