"""uvicorn's WebSocket protocol with the extension of `broadcast.server.attach`."""

from collections.abc import Awaitable
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

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
        if self.close_timer is None:  # it waits for the answer to a close frame
            self.transport.close()
