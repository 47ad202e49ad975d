"""A board for code that blocks: it runs in a thread, checks each event against its type, and records it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from websockets.asyncio.server import ServerConnection

from broadcast.runs import RUN_TYPES
from tests.support.scripted_server import ScriptedServer, send_reply, serving

SCHEMAS = {kind.name: kind.schema for kind in RUN_TYPES}


class RunServer:
    """Applies each message of a producer once, as the server does.

    Args:
        messages: the number that is applied before the connection is lost, once; None for no loss.
        close: the code with which connections are closed; None to accept them.
        busy_at: the number of a message that is accepted at the second time; later ones must wait for it.
        refuse: the number of a message whose event is refused.
    """

    def __init__(
        self,
        messages: int | None = None,
        close: int | None = None,
        busy_at: int | None = None,
        refuse: int | None = None,
    ) -> None:
        self.url, self.token = "", "secret"
        self.events: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self._seqs: dict[str, int] = {}
        self._seen: list[int] = []
        self._left, self._close, self._busy_at, self._refuse = messages, close, busy_at, refuse

    async def __call__(self, server: ScriptedServer, socket: ServerConnection) -> None:
        producer = socket.request.path.partition("producer=")[2].partition("&")[0]
        if self._close is not None:
            await socket.close(self._close)
        while True:
            message = await server.next_message(socket)
            self._seen.append(message["seq"])
            if self._busy_at is not None and not self._has_arrived_again(message["seq"]):
                await send_reply(socket, "error", message["seq"], code="store_unavailable", message="busy", retry=True)
                continue
            if message["seq"] == self._refuse:
                more = {"index": 0, "code": "invalid_event", "message": "no", "retry": False}
                await send_reply(socket, "error", message["seq"], **more)
            if message["seq"] > self._seqs.get(producer, 0):
                self._seqs[producer] = message["seq"]
                self._apply(message["events"])
            if self._left is not None and len(self._seen) >= self._left:
                self._left = None
                socket.transport.abort()
                return
            await send_reply(socket, "ack", message["seq"], accepted=len(message["events"]))

    def _has_arrived_again(self, seq: int) -> bool:
        return seq < self._busy_at or self._seen.count(self._busy_at) > 1

    def _apply(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            try:
                msgspec.convert(event, SCHEMAS[event["type"]])
            except (KeyError, msgspec.ValidationError) as exc:
                self.problems.append(f"{exc}: {event}")
            self.events.append(event)

    def of_type(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == name]

    def curve(self, name: str) -> list[tuple[float, float | None]]:
        """Return the points of one metric."""
        return [
            (event["step"], event["values"][name]) for event in self.of_type("run_metric") if name in event["values"]
        ]

    @property
    def metrics(self) -> set[str]:
        return {name for event in self.of_type("run_metric") for name in event["values"]}

    @property
    def statuses(self) -> list[str]:
        return [event["status"] for event in self.of_type("run")]


@contextmanager
def run_server(**options: Any) -> Iterator[RunServer]:
    """Serve until the end of the block, and check then that every event was valid."""
    server, ready, done = RunServer(**options), threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with serving(server) as scripted:
            server.url = scripted.url
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(60)
        yield server
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()
    assert server.problems == []
