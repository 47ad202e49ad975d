"""A token or an address gets only its share: others can connect and keep their rate."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from broadcast import close_codes
from broadcast.conf import Settings, problems
from broadcast.ops.client_limits import client_of, full_reason, share_of
from broadcast.ops.connections import BROWSER, PRODUCER, Connections
from broadcast.ops.counters import Meters
from broadcast.types import Write
from producers_api.rate_limit import rate_limit_of
from tests.support.counting import Socket
from tests.support.server import Server, until
from tests.support.table import TABLE

LIMITS = {"MAX_PRODUCERS": 8, "MAX_BROWSERS": 8, "MAX_EVENTS_PER_S": 200}  # 2 sockets for each client


def test_each_owner_has_its_share_and_gives_it_back() -> None:
    connections, conf = Connections(Meters()), Settings(MAX_SHARE=0.25)
    opened = [connections.open(PRODUCER, {}, Socket(), ("192.0.2.1", "token a")) for _ in range(2)]
    for one in opened:
        one.__enter__()
    for owners, is_full in [(("192.0.2.1",), True), (("token a",), True), (("192.0.2.2", "token b"), False)]:
        assert bool(full_reason(connections, PRODUCER, owners, 8, conf)) is is_full
    assert not full_reason(connections, BROWSER, ("192.0.2.1",), 8, conf)
    assert full_reason(connections, PRODUCER, ("token b",), 2, conf) == "2 producers are connected"
    for one in opened:
        one.__exit__()
    assert not full_reason(connections, PRODUCER, ("192.0.2.1", "token a"), 8, conf)
    assert not connections._counts


@pytest.mark.parametrize(
    ("client", "owner"),
    [
        (("192.0.2.1", 1), "192.0.2.1"),
        (("2001:db8:1:2:3:4:5:6", 1), "2001:db8:1:2::/64"),
        (("::ffff:192.0.2.1", 1), "192.0.2.1"),
        (None, ""),
        (("", 0), ""),
    ],
)
def test_a_connection_counts_for_its_address(client: Any, owner: str) -> None:
    assert client_of({"client": client}) == owner


def test_everybody_may_have_one() -> None:
    assert share_of(1, Settings(MAX_SHARE=0.01)) == 1


@pytest.mark.parametrize("value", [0, -1, 1.1, 25, "0.5", True])
def test_a_share_that_is_none_is_refused(value: Any) -> None:
    assert len(list(problems({"MAX_SHARE": value}))) == 1
    assert not list(problems({"MAX_SHARE": 1.0}))


def test_a_tokens_rate_limit_covers_sockets_and_posts() -> None:
    assert rate_limit_of(1, 100) is rate_limit_of(1, 100)
    assert rate_limit_of(2, 100) is not rate_limit_of(1, 100)
    assert rate_limit_of(1, 200) is not rate_limit_of(1, 100)


@pytest.mark.parametrize(
    ("bound", "size"), [({"MAX_PENDING_EVENTS": 8}, 1), ({"MAX_PENDING_BYTES": 80}, 10)], ids=["events", "bytes"]
)
async def test_a_token_that_fills_its_share_blocks_no_other(make_bench, bound, size) -> None:
    bench = make_bench(**bound)
    bench.store.gate.clear()
    flushed = bench.put(size=size)
    await until(lambda: bench.store.calls, 5)
    publisher, write = bench.publisher, [(TABLE["keyed"], Write("a", value="1"))]
    first = [publisher.put(write, size, "a")]
    while publisher._has_room("a"):
        first.append(publisher.put(write, size, "a"))
    assert len(first) <= 2
    waits = asyncio.create_task(publisher.room("a"))
    await asyncio.wait_for(publisher.room("b"), 60)
    assert not waits.done()
    second = publisher.put(write, size, "b")
    bench.store.gate.set()
    await bench.tick()
    await asyncio.wait_for(asyncio.gather(flushed, *first, second, waits), 60)


async def opened(stack: AsyncExitStack, server: Server, token: str, source: str = "127.0.0.1") -> Any:
    """Return an open producer's socket, or its close code."""
    uri, headers = f"{server.websocket}/ws/produce/", {"Authorization": f"Bearer {token}"}
    connecting = connect(uri, additional_headers=headers, local_addr=(source, 0), proxy=None)
    socket = await stack.enter_async_context(connecting)
    try:
        await socket.send(json.dumps({"type": "total_alerts", "alerts": 1}))
        return socket if json.loads(await socket.recv())["op"] == "ack" else None
    except ConnectionClosed as exc:
        return exc.rcvd.code


async def watching(stack: AsyncExitStack, server: Server, source: str) -> int | None:
    """Open a browser's socket; return its close code, None if it is open."""
    uri = f"{server.websocket}/ws/board/main/?protocol=2"
    connecting = connect(uri, local_addr=(source, 0), proxy=None, origin=server.http)
    socket = await stack.enter_async_context(connecting)
    try:
        await socket.recv()
    except ConnectionClosed as exc:
        return exc.rcvd.code
    return None


async def sent(socket: Any, events: int) -> str:
    await socket.send(json.dumps([{"type": "total_alerts", "alerts": 1}] * events))
    return json.loads(await socket.recv()).get("code", "ack")


async def test_on_a_server_a_second_token_gets_in_and_keeps_its_rate(tmp_path) -> None:
    with Server(tmp_path, TEST_BROADCAST=json.dumps(LIMITS)) as server:
        other = server.manage("create_producer_token", "other", "--quiet").strip()
        async with AsyncExitStack() as stack:
            mine = [await opened(stack, server, server.token) for _ in range(2)]
            refused = [await opened(stack, server, server.token, f"127.0.0.{n}") for n in (1, 2, 3)]
            assert refused == [close_codes.FULL] * 3
            well_behaved = await opened(stack, server, other, "127.0.0.2")
            # A full bucket admits any message; this one empties it for five seconds.
            answers = await asyncio.gather(*(sent(socket, 1000) for socket in mine))
            assert sorted(answers) == ["ack", "too_fast"], "two sockets of one token have two rates"
            assert await sent(well_behaved, 90) == "ack"
            one_too_many = await opened(stack, server, other, "127.0.0.1")
            assert one_too_many == close_codes.FULL, "one address has more than its share"
        async with AsyncExitStack() as stack:
            assert [await watching(stack, server, "127.0.0.1") for _ in range(3)] == [None, None, close_codes.FULL]
            assert await watching(stack, server, "127.0.0.2") is None
