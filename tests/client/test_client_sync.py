"""The producer for code without `async`."""

import asyncio
import threading
from typing import Any

import pytest

from stickyboard import (
    ProducerClosed,
    Rejected,
    SyncProducer,
    TokenRefused,
)
from tests.support.manual_clock import ManualClock
from tests.support.scripted_server import (
    PATIENCE_S,
    Script,
    ScriptedServer,
    acknowledge,
    close_with,
    refuse_odd,
    serving,
)


def in_thread(started: threading.Event, stop: asyncio.Event, box: list[Any], script: Script) -> None:
    async def main() -> None:
        async with serving(script) as server:
            box.extend([server, asyncio.get_running_loop()])
            started.set()
            await stop.wait()

    asyncio.run(main())


@pytest.fixture
def thread_server(request: pytest.FixtureRequest) -> Any:
    started, stop, box = threading.Event(), asyncio.Event(), []  # type: ignore[var-annotated]
    thread = threading.Thread(target=in_thread, args=(started, stop, box, request.param))
    thread.start()
    assert started.wait(PATIENCE_S)
    yield box[0]
    box[1].call_soon_threadsafe(stop.set)
    thread.join(PATIENCE_S)


@pytest.mark.parametrize("thread_server", [refuse_odd], indirect=True)
def test_it_publishes_like_the_async_producer(thread_server: ScriptedServer) -> None:
    rejections: list[Rejected] = []
    with SyncProducer(thread_server.url, "secret", on_error=rejections.append) as producer:
        assert producer.publish("t", n=2, wait=True).is_done
        with pytest.raises(Rejected):
            producer.publish("t", n=3, wait=True)
        producer.publish("t", n=5)
        assert producer.publish("t", n=4, only_on_change=True) is producer.publish("t", n=4, only_on_change=True)
        producer.flush(PATIENCE_S)
    assert [error.event["n"] for error in rejections] == [5]
    assert rejections[0].origin.startswith("test_client_sync.py:")
    with pytest.raises(ProducerClosed):
        producer.publish("t", n=6)


@pytest.mark.parametrize("thread_server", [refuse_odd], indirect=True)
def test_a_call_from_on_error_raises_instead_of_deadlocking(
    thread_server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    with SyncProducer(
        thread_server.url, "secret", on_error=lambda error: producer.publish("t", n=error.event["n"] + 1)
    ) as producer:
        producer.publish("t", n=3)
        producer.flush(PATIENCE_S)
        assert producer.publish("t", n=2, wait=True).is_done

    assert "call it from another thread" in caplog.text


@pytest.mark.parametrize("thread_server", [close_with(4501, after_messages=1)], indirect=True)
def test_close_raises_why_the_server_refused_it(thread_server: ScriptedServer) -> None:
    producer = SyncProducer(thread_server.url, "secret").open()
    producer.publish("t", n=1)
    with pytest.raises(TokenRefused):
        producer.close()
    producer.close()  # closing twice is no error


@pytest.mark.parametrize("thread_server", [acknowledge], indirect=True)
def test_it_sends_the_last_event_again_periodically(thread_server: ScriptedServer) -> None:
    clock = ManualClock()
    with SyncProducer(thread_server.url, "secret", clock=clock, call_later=clock.call_later) as producer:
        producer.publish("t", n=1, only_on_change=True, every_s=30, wait=True)
        assert producer._loop is not None
        producer._loop.call_soon_threadsafe(clock.advance, 30)
        producer.publish("t", n=2, wait=True)
    assert thread_server.applied == [1, 1, 2]
