"""The producer with a scripted server: order, reconnecting, URLs, tokens."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from stickyboard import (
    Producer,
    ProducerClosed,
    ProtocolRefused,
    Undelivered,
)
from stickyboard.connection import Backoff, ProducerConnection, socket_url
from stickyboard.outbox import Outbox
from tests.support.scripted_server import (
    PATIENCE_S,
    ScriptedServer,
    acknowledge,
    apply_and_drop,
    make_producer,
    serving,
)
from tests.support.server import free_port


@pytest.mark.asyncio
async def test_events_arrive_in_order() -> None:
    async with serving(acknowledge) as server:
        async with make_producer(server) as producer:
            for n in range(1_200):
                await producer.publish("t", n=n)
        assert server.applied == list(range(1_200))
        assert [seq for seq, _ in server.received] == list(range(1, len(server.received) + 1))


@pytest.mark.asyncio
async def test_an_event_after_a_pause_waits_for_no_timer() -> None:
    outbox, sent = Outbox(10, 1_000), []

    class Socket:
        async def send(self, message: bytes, *, text: bool) -> None:
            sent.append(message)

    connection = ProducerConnection("ws://127.0.0.1/", "secret", outbox, Backoff(lambda: 1.0), lambda receipts: None)
    sending = asyncio.create_task(connection._send_all(Socket()))
    for n in range(3):
        await two_steps()
        outbox.put(b"{}")
        connection.wake()
        await two_steps()
        assert len(sent) == n + 1
    sending.cancel()


async def two_steps() -> None:
    """Let each task run twice, which takes no time."""
    for _ in range(2):
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_it_sends_its_name_and_token() -> None:
    async with serving(acknowledge) as server:
        async with make_producer(server, name="lab 1") as producer:
            await producer.publish("t", n=1, wait=True)
        assert re.fullmatch(r"/ws/produce/\?producer=lab\+1-[0-9a-f]{16}&protocol=2", server.requests[0].path)
        assert server.requests[0].headers["Authorization"] == "Bearer secret"


@pytest.mark.asyncio
async def test_it_leaves_with_a_normal_close() -> None:
    async with serving(acknowledge) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1)
        await server.wait_for(lambda: server.close_codes == [1000])


@pytest.mark.asyncio
async def test_publish_returns_after_the_ack_only_with_wait() -> None:
    async with serving(acknowledge) as server, make_producer(server) as producer:
        soon = await producer.publish("t", n=1)
        assert not soon.is_done
        late = await producer.publish("t", n=2, wait=True)
        assert soon.is_done
        assert late.is_done
        assert late.error is None


@pytest.mark.asyncio
async def test_a_lost_ack_duplicates_no_event() -> None:
    async with serving(apply_and_drop, apply_and_drop, acknowledge) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1, wait=True)
            await producer.publish("t", n=2, wait=True)
        assert server.received == [(1, [1]), (1, [1]), (1, [1]), (2, [2])]
        assert server.applied == [1, 2]


@pytest.mark.asyncio
async def test_events_published_while_disconnected_come_after_resent() -> None:
    async with serving(apply_and_drop, acknowledge) as server:
        async with make_producer(server) as producer:
            await producer.publish("t", n=1)
            await server.wait_for(lambda: bool(server.received))
            for n in (2, 3):
                await producer.publish("t", n=n)
            await producer.flush()
        assert server.applied == [1, 2, 3]


@pytest.mark.asyncio
async def test_it_waits_for_a_server_that_has_not_started() -> None:
    server, port = ScriptedServer(acknowledge), free_port()
    async with Producer(f"http://127.0.0.1:{port}", "secret", random=lambda: 0.0) as producer:
        await producer.publish("t", n=1)
        with pytest.raises(Undelivered):
            await producer.flush(0.01)
        async with serve(server.follow_script, "127.0.0.1", port):
            await asyncio.wait_for(producer.flush(), PATIENCE_S)
    assert server.applied == [1]


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
async def test_a_nan_raises_and_is_not_sent() -> None:
    async with serving(acknowledge) as server:
        async with make_producer(server) as producer:
            with pytest.raises(ValueError, match=r"nan at \$\.macro_f1"):
                await producer.publish("model_metric", model="gbt", macro_f1=float("nan"))
        assert server.received == []


@pytest.mark.asyncio
async def test_fields_in_a_mapping_may_have_any_name() -> None:
    async with serving(acknowledge) as server, make_producer(server) as producer:
        receipt = await producer.publish("t", {"wait": 1, "n": 1}, n=2)
        assert receipt.encoded == b'{"type":"t","wait":1,"n":2}'


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["lab", None])
async def test_a_later_session_is_not_treated_as_a_duplicate(name: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time_ns", lambda: 10**18)  # as after the clock was set back
    monkeypatch.setattr("time.time", lambda: 10.0**9)
    async with serving(acknowledge) as server:
        for n in (1, 2):
            async with make_producer(server, name=name) as producer:
                await producer.publish("t", n=n)
        async with producer:  # a third session of the same object
            await producer.publish("t", n=3)
        assert server.applied == [1, 2, 3]


@pytest.mark.asyncio
async def test_a_reconnect_continues_the_session() -> None:
    async with serving(apply_and_drop, acknowledge) as server:
        async with make_producer(server, name="lab") as producer:
            await producer.publish("t", n=1)
        assert [request.path for request in server.requests] == [server.requests[0].path] * 2
        assert server.applied == [1]


@pytest.mark.asyncio
async def test_an_invalid_reply_raises() -> None:
    async def talk(server: ScriptedServer, socket: ServerConnection) -> None:
        await socket.send("hello?")
        await server.is_open.wait()

    async with serving(talk) as server:
        with pytest.raises(ProtocolRefused, match="expected a reply"):
            async with make_producer(server) as producer:
                await producer.publish("t", n=1, wait=True)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost:8000", "ws://localhost:8000/ws/produce/?producer=p&protocol=2"),
        ("https://board.example/", "wss://board.example/ws/produce/?producer=p&protocol=2"),
        ("ws://h:1/lab", "ws://h:1/lab/ws/produce/?producer=p&protocol=2"),
        ("wss://h/ws/produce", "wss://h/ws/produce/?producer=p&protocol=2"),
        ("ws://h/ws/produce/?a=b", "ws://h/ws/produce/?a=b&producer=p&protocol=2"),
        ("http://[::1]:8000", "ws://[::1]:8000/ws/produce/?producer=p&protocol=2"),
    ],
)
def test_the_socket_url_is_derived_from_the_servers_url(url: str, expected: str) -> None:
    assert socket_url(url, "p") == expected


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://host", "http://", ""])
def test_an_invalid_url_raises(url: str) -> None:
    with pytest.raises(ValueError, match='expected a URL like "http://localhost:8000"'):
        Producer(url, "secret")


@pytest.mark.parametrize(
    ("token", "got"),
    [("sticky_…", "'…'"), ("sticky_a b", "' '"), ("sticky_a\nb", r"'\\n'"), ("", "empty"), (None, "empty")],
)
def test_an_invalid_token_raises(token: str, got: str) -> None:
    with pytest.raises(ValueError, match=got):
        Producer("http://localhost:8000", token)


@pytest.mark.asyncio
async def test_a_token_may_end_with_a_newline() -> None:
    async with serving(acknowledge) as server:
        async with Producer(server.url, "secret\n") as producer:
            await producer.publish("t", n=1, wait=True)
        assert server.requests[0].headers["Authorization"] == "Bearer secret"


def test_it_imports_without_django() -> None:
    code = "import sys, stickyboard; sys.exit('django' in sys.modules or 'channels' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent.parent)
