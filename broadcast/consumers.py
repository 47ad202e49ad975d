"""One browser's socket: admits the browser, joins its board's fan-out, reads its messages, and leaves.

Our server calls `_on_message` with each message, and an idle browser has no coroutine; under other servers, the
consumer's own coroutine reads them. Nothing passes through Channels' `dispatch`, which switches to a thread for every
message in order to close database connections that these paths never open. What is sent is up to `browser`.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async
from channels.consumer import AsyncConsumer

from broadcast import close_codes
from broadcast.browser import Browser
from broadcast.close_codes import Closed
from broadcast.delivery.browser_messages import RESUME_S, read_resume
from broadcast.delivery.compression import read_encoding
from broadcast.delivery.fanout import Fanout
from broadcast.delivery.updates import check_protocol, read_cursor
from broadcast.errors import (
    InvalidCursor,
    LinkRefused,
    PermissionRequired,
    UnknownBoard,
    UnsupportedEncoding,
    UnsupportedProtocol,
)
from broadcast.ops.client_limits import client_of, full_reason
from broadcast.ops.connections import BROWSER
from broadcast.permissions import function_of, is_public, may_view, permission_of, request_of
from broadcast.runtime import Runtime, runtime
from broadcast.server.attach import socket_of
from broadcast.shutdown import refuse
from broadcast.types import Cursors, Receive, Scope, Send

if TYPE_CHECKING:
    from broadcast.sharing.links import Opened

CURSOR_BYTES = 64  # of one keyspace, without its name


@lru_cache(maxsize=64)  # browsers of one board that connect at once mostly send the same
def _query_in(query: bytes) -> Mapping[str, str]:
    return {name: values[0] for name, values in parse_qs(query.decode("ascii", "replace")).items()}


async def _opened_by(token: str) -> "Opened | None":
    # Imported here, because server processes import this module before the apps are loaded, and links are models.
    from broadcast.sharing.links import opened_by

    return await opened_by(token)


def _longest_message(names: Sequence[str]) -> int:
    """Return the maximum size of a browser's message: a cursor of every keyspace."""
    return 1024 + sum(2 * len(name.encode()) + CURSOR_BYTES for name in names)


class BoardConsumer(Browser, AsyncConsumer):
    """Serves one browser, under any ASGI server and over any channel layer.

    The socket's URL names a board, which the user must be permitted to view, or contains the token of a share link.
    """

    link_id: int | None = None  # of a browser with a share link

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        await receive()  # websocket.connect
        shared = runtime()
        if shared.drain.is_begun:
            await refuse(scope, send)
            return
        route = scope["url_route"]["kwargs"]
        self._opened = await _opened_by(route["token"]) if "token" in route else None
        names = self._opened.event_types if self._opened else shared.boards.get(route.get("board", ""), ())
        await send({"type": "websocket.accept", "max_message_bytes": _longest_message(names)})
        await self._until_closed(self._serve(scope, shared))

    async def _until_closed(self, work: Awaitable[None]) -> None:
        """Close the socket as an exception of the work requires."""
        try:
            await work
        except Closed as closed:
            if closed.code is not None:
                await self._send(closed.message())
        except (InvalidCursor, UnknownBoard, UnsupportedEncoding, UnsupportedProtocol) as exc:
            await self._send(Closed(close_codes.PROTOCOL, str(exc)).message())
        except OSError:
            pass  # the browser disconnected during a send

    async def _serve(self, scope: dict[str, Any], shared: Runtime) -> None:
        conf, query = shared.settings, _query_in(scope["query_string"])
        check_protocol(query.get("protocol"))
        self._is_compressed = read_encoding(query.get("encoding"))
        if "token" not in scope["url_route"]["kwargs"]:
            await self._check_permission(scope, shared)
        elif self._opened is None:
            raise Closed(close_codes.NOT_AUTHORISED, str(LinkRefused()))
        owners = tuple(filter(None, [client_of(scope)]))
        if reason := full_reason(shared.connections, BROWSER, owners, conf.MAX_BROWSERS, conf):
            raise Closed(close_codes.FULL, reason)
        self._set_state(self._fanout_of(scope, shared), shared)
        self._peer = shared.connections.open(BROWSER, scope, self, owners)
        self._peer.__enter__()
        is_attached = False
        try:
            is_attached = await self._stay(scope, query)
        finally:
            if not is_attached:
                self._peer.__exit__()

    def _fanout_of(self, scope: dict[str, Any], shared: Runtime) -> Fanout:
        opened = self._opened
        if opened is None:
            return shared.fanout_of(scope["url_route"]["kwargs"]["board"])
        self.link_id = opened.link_id
        if opened.is_whole:
            return shared.fanout_of(opened.board)
        return shared.fanout_of(opened.board, opened.name, opened.event_types)

    async def _check_permission(self, scope: dict[str, Any], shared: Runtime) -> None:
        board = scope["url_route"]["kwargs"]["board"]
        if not is_public(board):
            request = request_of(scope)
            if not await sync_to_async(may_view)(board, request):
                is_anonymous = not request.user.is_authenticated
                reason = "log in to view this board" if is_anonymous else str(PermissionRequired())
                raise Closed(close_codes.LOGIN_REQUIRED, reason)
            if function_of(permission_of(board)):
                self.request = request  # for `SessionWatch`
        if board not in shared.boards:
            raise UnknownBoard(board, filter(is_public, runtime().boards))

    async def _stay(self, scope: dict[str, Any], query: Mapping[str, str]) -> bool:
        """Return False when the browser has disconnected, or True when the server has a function for its messages."""
        task = self._reading = asyncio.current_task()
        try:
            self.position = await self._position_of(query)
            self._socket = socket_of(scope)
            if self._socket is None:
                self._join()
                await self._read_socket()
            else:
                self._send, self._reading = self._socket.send, None
                self._join()
                self._socket.attach(self._on_attached_message)
        except asyncio.CancelledError:
            if self._failure is None or task is None:
                raise
            task.uncancel()
            raise self._failure from None
        finally:
            self._reading = None
            del self._receive
        return self._socket is not None

    async def _position_of(self, query: Mapping[str, str]) -> Cursors:
        if query.get("resume") != "1":
            return read_cursor(query.get("cursor", ""), self._fanout.names)
        try:
            async with asyncio.timeout(RESUME_S):
                message = await self._receive()
        except TimeoutError:
            raise Closed(close_codes.SLOW, f"no resume message within {RESUME_S:.0f} s") from None
        if message["type"] == "websocket.disconnect":
            raise Closed
        return read_resume(message.get("text") or "", self._fanout.names)

    def _join(self) -> None:
        # Join before the read: updates in between are applied to what was read. In the opposite order they would be
        # lost.
        self._fanout.join(self)
        self._runtime.reconciler.join(self._fanout)
        self._start(self._greet)

    async def _leave(self) -> None:
        self._reading = None
        # Before the task is cancelled: the fan-out would send the next update to a browser that looks idle.
        self._fanout.drop(self)
        self._stop_waiting()
        if isinstance(self._busy, asyncio.Task):
            self._busy.cancel()
            await asyncio.wait([self._busy])
        self._runtime.leave_when_unused(self._fanout)

    async def _read_socket(self) -> None:
        try:
            while True:
                self._on_message(await self._receive())
        finally:
            await self._leave()

    def _on_attached_message(self, message: Mapping[str, Any]) -> None:
        if self._failure is None:
            try:
                self._on_message(message)
            except Exception as exc:
                self._fail(exc)

    async def _end_attached(self, failure: Exception) -> None:
        try:
            await self._leave()
        finally:
            self._peer.__exit__()
        raise failure

    # called by the process's connections

    def end(self, code: int, reason: str) -> None:
        self._fail(Closed(code, reason))

    def _fail(self, failure: Exception) -> None:
        if self._failure is not None:
            return
        if self._reading is not None:
            self._failure = failure
            self._reading.cancel()
        elif self._socket is not None:
            self._failure = failure
            self._socket.run(self._until_closed(self._end_attached(failure)))
