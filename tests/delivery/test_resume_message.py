"""A cursor that is too long for an address is the first message; a board of 1,000 event types works."""

import asyncio
import json
import re
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from broadcast import close_codes
from broadcast.delivery.browser_messages import read_resume
from broadcast.errors import InvalidCursor
from broadcast.types import Cursor
from stickyboard import Producer, Watcher
from tests.support.doc_pages import read
from tests.support.many_types import NAMES
from tests.support.responses import fetch
from tests.support.server import SERVERS, Server, until

MANY = json.dumps({"EVENT_TYPES": "tests.support.many_types.EVENT_TYPES"})


def message(**cursor: Any) -> str:
    return json.dumps({"op": "resume", "cursor": cursor})


def test_it_reads_a_cursor_and_ignores_other_boards_types():
    text = message(a=["k3fw", 17], b=["", 0], other=["x", 1])
    assert read_resume(text, ("a", "b", "c")) == {"a": Cursor("k3fw", 17), "b": Cursor("", 0)}
    assert read_resume(message(), ("a",)) == {}


MALFORMED = [
    "",
    "null",
    "[]",
    "{}",
    "no json",
    '{"op":"resume"}',
    '{"op":"ack","updates":0}',
    '{"op":"resume","cursor":null}',
    '{"op":"resume","cursor":[]}',
    '{"op":"resume","cursor":"a:e:1"}',
    message(a=17),
    message(a=["e"]),
    message(a=["e", 1, 2]),
    message(a=["e", -1]),
    message(a=["e", 1.5]),
    message(a=["e", "1"]),
    message(a=["e", True]),
    message(a=["e", 10**18]),
    message(a=["e", 10**30]),
    message(a=[1, 1]),
    message(a=[None, 1]),
    message(a={"e": 1}),
    '{"op":"resume","cursor":{"a":["e",NaN]}}',
    '{"op":"resume","cursor":{"a":["e",1]}',
    "[" * 5000,
    '{"op":"resume","cursor":' + '{"a":' * 5000,
    message(a=["e" * 70_000, 1]),
    "\x00",
]


@pytest.mark.parametrize("text", MALFORMED, ids=lambda text: ascii(text)[:50])
def test_another_form_is_refused(text):
    with pytest.raises(InvalidCursor) as refused:
        read_resume(text, ("a",))
    assert '{"op":"resume",' in str(refused.value)
    assert len(str(refused.value)) < 300


def test_a_cursor_of_each_type_with_the_longest_names_fits():
    names = tuple(f"{'n' * 250}{count}" for count in range(1000))
    cursor = {name: ["e" * 32, 10**18 - 1] for name in names}
    assert len(read_resume(message(**cursor), names)) == 1000


def resuming(server: Server) -> connect:
    return connect(f"{server.websocket}/ws/board/main/?protocol=2&resume=1", origin=server.http, max_size=None)


async def close_of(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await asyncio.wait_for(socket.recv(), 60)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


@pytest.fixture
async def waiting(world):
    """The inbox of a socket whose cursor has not arrived, what it was sent, and its task."""
    inbox, sent = asyncio.Queue(), []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    inbox.put_nowait({"type": "websocket.connect"})
    scope = {"type": "websocket", "url_route": {"kwargs": {"board": "main"}}, "query_string": b"protocol=2&resume=1"}
    return inbox, sent, asyncio.create_task(world.consumer.as_asgi()(scope, inbox.get, send))


async def test_a_socket_gets_nothing_before_its_cursor_arrives(waiting):
    inbox, sent, task = waiting
    for _ in range(20):
        await asyncio.sleep(0)
    assert [each["type"] for each in sent] == ["websocket.accept"]
    inbox.put_nowait({"type": "websocket.receive", "text": message()})
    await until(lambda: len(sent) == 3, 5)
    assert [json.loads(each["text"])["op"] for each in sent[1:]] == ["hello", "update"]
    inbox.put_nowait({"type": "websocket.disconnect"})
    await asyncio.wait_for(task, 5)


@pytest.mark.virtual_time
async def test_a_socket_without_a_cursor_is_closed_after_5_s(waiting):
    _, sent, task = waiting
    await task
    assert sent[-1]["code"] == close_codes.SLOW
    assert asyncio.get_running_loop().time() == pytest.approx(5)


async def test_sockets_without_a_cursor_are_counted_and_drained(tmp_path):
    with Server(tmp_path, TEST_BROADCAST=json.dumps({"MAX_BROWSERS": 1})) as server:
        # Each is closed after five seconds, so each waits for one thing only.
        board = f"{server.websocket}/ws/board/main/?protocol=2"
        async with resuming(server), connect(board, origin=server.http) as second:
            assert await close_of(second) == close_codes.FULL
        while json.loads((await asyncio.to_thread(fetch, server, "/healthz"))[1])["browsers"]:
            pass  # the server has not noticed yet that the first one left
        async with resuming(server) as waiting:
            assert server.process is not None
            server.process.terminate()
            assert await close_of(waiting) == close_codes.SHUTTING_DOWN


@pytest.mark.parametrize("kind", [SERVERS[0], pytest.param(SERVERS[1], marks=pytest.mark.slow)])
async def test_a_board_of_1000_types_survives_lost_connections(tmp_path, kind):
    notes: list[dict[str, Any]] = []
    with Server(tmp_path, kind, TEST_BROADCAST=MANY) as server:
        async with Producer(server.http, server.token) as producer:
            watcher = Watcher(server.http, record=lambda note, text: notes.append({**note, "length": len(text)}))
            async with watcher:
                for name in NAMES[:15]:
                    await producer.publish(name, value=1)
                await producer.flush()
                await watcher.until(lambda seen: bool(seen.values(NAMES[14])), timeout_s=30)
                assert len(watcher.mirror.cursor) > 20_000
            for name in NAMES[5:15]:
                await producer.publish(name, value=2)
            await producer.flush()
            async with watcher:
                await watcher.until(lambda seen: seen.values(NAMES[14])[""]["value"] == 2, timeout_s=30)
                assert [watcher.values(name)[""]["value"] for name in NAMES[:15]] == [1] * 5 + [2] * 10
    opened = [note for note in notes if note["op"] == "open"]
    assert len(opened) == 2
    resumed = notes[notes.index(opened[1]) :]
    replay = next(note for note in resumed if note["op"] == "update")
    assert len(replay["sections"]) == 10
    assert not any(section.get("reset") for section in replay["sections"])


@pytest.mark.slow
async def test_the_browser_of_the_docs_resumes_a_board_of_1000_types(tmp_path):
    names: dict[str, Any] = {"__name__": "docs"}
    page = "docs/reference/protocol.md"
    (code,) = re.findall(r"```python\n(import asyncio\nimport json\n.*?)^```$", read(page), re.M | re.S)
    exec(compile(code, page, "exec"), names)
    with Server(tmp_path, TEST_BROADCAST=MANY) as server:
        await asyncio.to_thread(server.manage, "send_event", NAMES[0], "value=1")
        follow = names["follow"](server.http)
        mirror = await anext(follow)
        assert len(mirror.cursor()) > 20_000
        assert mirror.address(server.http, "main").endswith("&resume=1")
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        await asyncio.to_thread(server.manage, "send_event", NAMES[0], "value=2")
        async with asyncio.timeout(60):
            while mirror.entries[NAMES[0]][""][-1]["value"] != 2:
                mirror = await anext(follow)
        await follow.aclose()
