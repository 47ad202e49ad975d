"""uvicorn's WebSocket protocol with the extension of `broadcast.server.attach`, and no parser until one is needed."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, Literal

from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.protocol import State
from websockets.server import ServerProtocol

from broadcast.server.attach import EXTENSION, OnMessage
from broadcast.server.connection_gate import log


class Attached:
    """Takes the place of uvicorn's queue of messages."""

    __slots__ = ("put_nowait",)

    def __init__(self, on_message: OnMessage) -> None:
        self.put_nowait = on_message


class Attachable(WebSocketsSansIOProtocol):
    """Does not close the connection when an application that has attached a function returns."""

    queue: Any

    # What uvicorn sets for each connection. Its parser takes as long as the rest, and most sockets never need one.
    logger = log
    handshake_initiated = handshake_complete = close_sent = disconnected = read_paused = False
    server = client = scheme = initial_response = pending_ping_payload = None  # type: ignore[assignment]
    close_timer: asyncio.TimerHandle | None = None
    ping_timer: asyncio.TimerHandle | None = None
    pong_timer: asyncio.TimerHandle | None = None
    ping_sent_at = last_ping_rtt = 0.0
    curr_msg_data_type: Literal["text", "bytes"] = "bytes"
    _conn: ServerProtocol | None = None
    _head = b""  # the response to the handshake, until it is written
    _max_message_bytes: int

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        self.config, self.app, self.loop = config, config.loaded_app, loop
        self.root_path, self.asgi_version, self.app_state = config.root_path, config.asgi_version, app_state
        self.connections, self.tasks = server_state.connections, server_state.tasks
        self.default_headers = server_state.default_headers
        self.ping_interval, self.ping_timeout = config.ws_ping_interval, config.ws_ping_timeout
        self.transport = None  # type: ignore[assignment]
        self.queue = asyncio.Queue()
        self.writable = asyncio.Event()
        self.writable.set()
        self.frames = []

    @property
    def conn(self) -> ServerProtocol:  # type: ignore[override]
        """The parser of frames, which also writes control frames and refusals; it is made when it is needed."""
        if self._conn is None:
            state = State.OPEN if self.handshake_complete else State.CONNECTING
            self._conn = ServerProtocol(state=state, max_size=self._max_message_bytes, logger=log)
        return self._conn

    @property
    def is_attached(self) -> bool:
        return isinstance(self.queue, Attached)

    def attach(self, on_message: OnMessage) -> None:
        received, self.queue = self.queue, Attached(on_message)
        del self.scope
        while not received.empty():
            on_message(received.get_nowait())
        self.read_next()

    def run(self, work: Awaitable[None]) -> None:
        task = self.loop.create_task(self._run_rest(work))
        self.tasks.add(task)
        task.add_done_callback(self.on_task_complete)

    def send_now(self, payload: str | bytes) -> bool:
        raise NotImplementedError

    def write_head(self, messages: Sequence[bytes] = ()) -> None:
        """Write the response to the handshake and what follows it with one system call, unless that was done.

        A write of its own would wake the peer twice, which took a tenth of a browser's connect or more. Nothing that
        the peer sends is read before.
        """
        raise NotImplementedError

    def read_next(self) -> None:
        """Continue reading after a message."""
        raise NotImplementedError

    # called by uvicorn

    def start_application(self, scope: dict[str, Any], key: bytes) -> None:
        """Run the application with a socket whose handshake was received; `key` is for its answer."""
        scope["extensions"][EXTENSION] = {"socket": self}
        self.scope, self._key = scope, key  # type: ignore[assignment]
        self.queue.put_nowait({"type": "websocket.connect"})
        task = self.loop.create_task(self.run_asgi())
        self.tasks.add(task)
        task.add_done_callback(self.on_task_complete)

    async def run_asgi(self) -> None:
        await self._run(self.app(self.scope, self.receive, self.send))
        if not self.is_attached:
            self._close_unless_closing()

    async def _run_rest(self, work: Awaitable[None]) -> None:
        await self._run(work)
        self._close_unless_closing()

    async def _run(self, work: Awaitable[None]) -> None:
        try:
            await work
        except ClientDisconnected:
            pass
        except BaseException:
            log.exception("the application failed")
            self.send_500_response()
        else:
            if not self.handshake_complete:
                log.error("the application returned without completing the handshake")
                self.send_500_response()

    def _close_unless_closing(self) -> None:
        self.write_head()
        if self.close_timer is None:  # it waits for the answer to a close frame
            self.transport.close()
