"""Malformed input of producers and browsers gets a typed error, other events are applied, and memory is bounded."""

import json

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.server import Server

GOOD = {"type": "model_metric", "model": "gbt", "macro_f1": 0.5}
MEGABYTE = 1024 * 1024


def producer_socket(server: Server, token: str | None = None, producer: str = "t") -> connect:
    return connect(
        f"{server.websocket}/ws/produce/?producer={producer}",
        additional_headers={"Authorization": f"Bearer {token or server.token}"},
        max_size=None,
    )


def browser_socket(server: Server, board: str = "main", cursor: str = "", origin: str | None = None) -> connect:
    address = f"{server.websocket}/ws/board/{board}/?protocol=2&cursor={cursor}"
    return connect(address, origin=origin or server.http, max_size=None)


async def answers(socket: ClientConnection, body: str | bytes) -> list[dict]:
    """Send one message and return the replies, up to its acknowledgement or error."""
    await socket.send(body)
    received = []
    while not received or (received[-1]["op"] == "error" and "index" in received[-1]):
        received.append(json.loads(await socket.recv()))
    return received


HUGE_KEY = json.dumps({"type": "prediction", "episode_id": "é" * 120, "window_idx": 2**53 - 1, "label": "x"})
EVENTS = {
    "no object": ("3", "invalid_event", "expected an object"),
    "no type": ("{}", "invalid_event", '"type"'),
    "a type that is no text": ('{"type":["model_metric"]}', "invalid_event", "$.type"),
    "an unknown type": ('{"type":"model_metrics"}', "unknown_event_type", 'did you mean "model_metric"'),
    "a missing field": ('{"type":"model_metric","model":"a"}', "invalid_event", "macro_f1"),
    "a wrong type": (
        '{"type":"model_metric","model":"a","macro_f1":"12%"}',
        "invalid_event",
        'got "12%" at $.macro_f1',
    ),
    "a number as text": ('{"type":"total_bytes","bytes":"3"}', "invalid_event", "$.bytes"),
    "out of range": ('{"type":"model_metric","model":"a","macro_f1":1.5}', "invalid_event", "1.5"),
    "a repeated key": ('{"type":"model_metric","model":"a","model":"b","macro_f1":0.5}', "repeated_key", '"model"'),
    "a repeated key deep inside": ('{"type":"phase_mix","shares":{"a":0.1,"a":0.2}}', "repeated_key", '"a"'),
    "a huge key": (HUGE_KEY, "key_too_long", "257 bytes"),
    "a name that is too long": (
        '{"type":"model_metric","model":"' + "x" * 5000 + '","macro_f1":0.5}',
        "invalid_event",
        "120",
    ),
    "an empty lane": ('{"type":"live_detection","host_id":"","score":0.5,"alert":true}', "invalid_event", "$.host_id"),
    "too many bytes": (json.dumps({**GOOD, "note": "x" * 70_000}), "event_too_large", "65536"),
    "points without labels": ('{"type":"embedding","points":[[0,1]],"labels":[]}', "invalid_event", "1 points"),
}
MESSAGES = {
    "not JSON": ("hello", "invalid_json"),
    "nothing": ("", "invalid_json"),
    "NaN": ('{"type":"model_metric","model":"a","macro_f1":NaN}', "invalid_json"),
    "Infinity": ('[{"type":"model_metric","model":"a","macro_f1":-Infinity}]', "invalid_json"),
    "half of an event": ('{"type":"model_metric","model":"a"', "invalid_json"),
    "a lone surrogate": ('{"type":"model_metric","model":"\\ud800","macro_f1":0.5}', "invalid_json"),
    "a megabyte of brackets": ("[" * (MEGABYTE - 10), "invalid_json"),
    "too large": (
        '{"type":"' + "x" * (MEGABYTE - 20) + '","pad":"123456789012345678901234567890"}',
        "message_too_large",
    ),
    "a batch without a list": ('{"seq":1,"events":3}', "invalid_message"),
    "seq 0": ('{"seq":0,"events":[]}', "invalid_message"),
    "a negative seq": ('{"seq":-4,"events":[]}', "invalid_message"),
    "a seq beyond every reader": ('{"seq":9007199254740992,"events":[]}', "invalid_message"),
    "a seq that is text": ('{"seq":"1","events":[]}', "invalid_message"),
    "a number": ("17", "invalid_message"),
    "too many events": ("[" + ",".join(["{}"] * 1001) + "]", "batch_too_large"),
    "binary": (b"\x00\xff\xfe", "invalid_json"),
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("malformed")) as running:
        yield running


@pytest.mark.parametrize("case", EVENTS)
async def test_a_bad_event_harms_only_itself(shared, case):
    text, code, word = EVENTS[case]
    good = json.dumps(GOOD)
    async with producer_socket(shared) as socket:
        received = await answers(socket, f"[{good},{text},{good}]")

        assert received[-1] == {"op": "ack", "accepted": 2}
        assert received[0]["code"] == code
        assert received[0]["index"] == 1
        assert received[0]["retry"] is False
        assert word in received[0]["message"]
        assert len(received[0]["message"]) < 500
        assert (await answers(socket, good))[-1]["accepted"] == 1


@pytest.mark.parametrize("case", MESSAGES)
async def test_a_bad_message_is_refused_and_the_connection_stays(shared, case):
    body, code = MESSAGES[case]
    async with producer_socket(shared) as socket:
        received = await answers(socket, body)

        assert received[-1]["op"] == "error"
        assert received[-1]["code"] == code
        assert "index" not in received[-1] or code == "invalid_json"
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


@pytest.mark.parametrize("token", ["wrong", "", "sticky_"])
async def test_a_producer_without_a_good_token_is_not_heard(shared, token):
    async with producer_socket(shared, token or " ") as socket:
        assert json.loads(await socket.recv())["code"] == "not_authorised"
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4501


async def test_a_token_sends_only_what_it_may(shared):
    token = shared.manage("create_producer_token", "scoped", "--types", "total_bytes", "--quiet").strip()
    async with producer_socket(shared, token) as socket:
        received = await answers(socket, json.dumps([GOOD, {"type": "total_bytes", "bytes": 1}]))

    assert received[0]["code"] == "not_allowed"
    assert received[1]["accepted"] == 1


async def test_a_revoked_token_opens_nothing(shared):
    token = shared.manage("create_producer_token", "gone", "--quiet").strip()
    shared.manage("create_producer_token", "gone", "--replace", "--quiet")
    async with producer_socket(shared, token) as socket:
        assert json.loads(await socket.recv())["code"] == "not_authorised"


@pytest.mark.parametrize(
    "text", ["x", "{}", '{"op":"ack","updates":"3"}', '{"op":"ack","updates":99}', "[" * 150, "y" * 9000]
)
async def test_a_browser_that_speaks_nonsense_is_sent_away_for_good(shared, text):
    async with browser_socket(shared) as socket:
        await socket.send(text)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4502


@pytest.mark.parametrize(
    ("board", "cursor"),
    [("nowhere", ""), ("main", "x"), ("main", "a:b:c"), ("main", "a:b:-1"), ("main", "a:b:" + "9" * 40)],
)
async def test_an_unknown_board_or_a_broken_cursor_is_refused(shared, board, cursor):
    async with browser_socket(shared, board, cursor) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4502


async def test_a_page_of_another_origin_gets_nothing(shared):
    async with browser_socket(shared, origin="http://evil.example") as socket:
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4504


async def test_a_flood_of_acknowledgements_is_sent_away(shared):
    async with browser_socket(shared) as socket:
        with pytest.raises(ConnectionClosed) as closed:
            for _ in range(5000):
                await socket.send('{"op":"ack","updates":0}')
            while True:
                await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4429


async def test_a_producer_that_is_too_fast_is_warned_then_closed(tmp_path):
    with Server(tmp_path, TEST_BROADCAST=json.dumps({"MAX_EVENTS_PER_S": 10})) as server:
        async with producer_socket(server) as socket:
            assert (await answers(socket, json.dumps([GOOD] * 1000)))[-1]["accepted"] == 1000
            received = await answers(socket, json.dumps([GOOD] * 11))
            assert received[-1]["code"] == "too_fast"
            assert received[-1]["retry"] is True
            with pytest.raises(ConnectionClosed) as closed:
                for _ in range(30):
                    await answers(socket, json.dumps([GOOD] * 11))
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4429


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
