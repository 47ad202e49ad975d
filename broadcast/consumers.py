# Over 300 lines: everything here is the life of one socket and shares its state.
"""One browser's socket: joins its board's fan-out, sends the replay, and then every update.

Whatever a browser lacks, it is sent `since(position)` from the board's replica. The fan-out does that immediately for
every browser. If it cannot, because the socket is busy or the window is closed, one task per browser finishes the
blocked send and sends what was skipped. Our server calls `_on_message` with each acknowledgement, and an idle browser
has no coroutine; under other servers, the consumer's own coroutine reads them. Nothing passes through Channels'
`dispatch`, which switches to a thread for every message in order to close database connections that these paths never
open.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from asgiref.sync import sync_to_async
from channels.consumer import AsyncConsumer

from broadcast import close_codes
from broadcast.close_codes import Closed
from broadcast.delivery.browser_messages import RESUME_S, read_resume
from broadcast.delivery.compression import Payload, read_encoding
from broadcast.delivery.concurrency import begin
from broadcast.delivery.fanout import Fanout
from broadcast.delivery.flow_control import FlowControl, Window
from broadcast.delivery.updates import Update, check_protocol, read_cursor
from broadcast.errors import (
    InvalidCursor,
    LinkRefused,
    PermissionRequired,
    StoreError,
    UnknownBoard,
    UnsupportedEncoding,
    UnsupportedProtocol,
)
from broadcast.ops.client_shares import client_of, full_reason
from broadcast.ops.connections import BROWSER
from broadcast.permissions import function_of, is_public, may_view, permission_of, request_of
from broadcast.runtime import Runtime, runtime
from broadcast.server.attach import Socket, socket_of
from broadcast.shutdown import refuse
from broadcast.types import Cursors, Receive, Scope, Send

if TYPE_CHECKING:
    from broadcast.sharing.links import Opened

log = logging.getLogger("broadcast.consumers")

CURSOR_BYTES = 64  # of one keyspace, without its name

# Why a browser is sent what it lacks, besides deliveries: it connects, it is slow and skipped updates, or it wants few.
CONNECT, SLOW, PACED = "connect", "slow", "paced"

Work = Callable[[], Coroutine[Any, Any, None]]


def _query_of(scope: dict[str, Any]) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(scope["query_string"].decode("ascii", "replace")).items()}


async def _opened_by(token: str) -> "Opened | None":
    # Imported here, because server processes import this module before the apps are loaded, and links are models.
    from broadcast.sharing.links import opened_by

    return await opened_by(token)


def message_of(payload: Payload) -> dict[str, Any]:
    return {"type": "websocket.send", "bytes" if isinstance(payload, bytes) else "text": payload}


def _longest_message(names: Sequence[str]) -> int:
    """Return the maximum size of a browser's message: a cursor of every keyspace."""
    return 1024 + sum(2 * len(name.encode()) + CURSOR_BYTES for name in names)


class BoardConsumer(AsyncConsumer):
    """Serves one browser, under any ASGI server and over any channel layer.

    The socket's URL names a board, which the user must be permitted to view, or contains the token of a share link.
    """

    link_id: int | None = None  # of a browser with a share link
    _socket: Socket | None = None  # of our server
    _busy: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        await receive()  # websocket.connect
        if runtime().drain.is_begun:
            await refuse(scope, send)
            return
        route = scope["url_route"]["kwargs"]
        self._opened = await _opened_by(route["token"]) if "token" in route else None
        names = self._opened.event_types if self._opened else runtime().boards.get(route.get("board", ""), ())
        await send({"type": "websocket.accept", "max_message_bytes": _longest_message(names)})
        await self._until_closed(self._serve(scope, runtime()))

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
        conf, query = shared.settings, _query_of(scope)
        check_protocol(query.get("protocol"))
        self._is_compressed = read_encoding(query.get("encoding"))
        if "token" not in scope["url_route"]["kwargs"]:
            await self._check_permission(scope)
        elif self._opened is None:
            raise Closed(close_codes.NOT_AUTHORISED, str(LinkRefused()))
        owners = tuple(filter(None, [client_of(scope)]))
        if reason := full_reason(shared.connections, BROWSER, owners, conf.MAX_BROWSERS, conf):
            raise Closed(close_codes.FULL, reason)
        self._set_state(self._fanout_of(scope, shared), shared)
        self._peer = shared.connections.open(BROWSER, scope, self, owners)
        self._peer.__enter__()
        try:
            await self._stay(scope, query)
        finally:
            if self._socket is None:
                self._peer.__exit__()

    def _set_state(self, fanout: Fanout, shared: Runtime) -> None:
        """Set the state of a browser that was sent nothing yet."""
        self._fanout = fanout
        self._runtime, self._deflater = shared, shared.deflater
        self._window = Window(shared.settings.WINDOW_UPDATES, shared.settings.WINDOW_BYTES)
        self._flow = FlowControl(fanout.names, self._window)
        self._is_behind = False  # whether it skipped an update
        self._due: asyncio.TimerHandle | None = None  # when the pace permits the next update
        self._failure: BaseException | None = None

    def _fanout_of(self, scope: dict[str, Any], shared: Runtime) -> Fanout:
        opened = self._opened
        if opened is None:
            return shared.fanout_of(scope["url_route"]["kwargs"]["board"])
        self.link_id = opened.link_id
        if opened.is_whole:
            return shared.fanout_of(opened.board)
        return shared.fanout_of(opened.board, opened.name, opened.event_types)

    async def _check_permission(self, scope: dict[str, Any]) -> None:
        board = scope["url_route"]["kwargs"]["board"]
        if not is_public(board):
            request = request_of(scope)
            if not await sync_to_async(may_view)(board, request):
                is_anonymous = not request.user.is_authenticated
                reason = "log in to view this board" if is_anonymous else str(PermissionRequired())
                raise Closed(close_codes.LOGIN_REQUIRED, reason)
            if function_of(permission_of(board)):
                self.request = request  # for `SessionWatch`
        if board not in runtime().boards:
            raise UnknownBoard(board, filter(is_public, runtime().boards))

    async def _stay(self, scope: dict[str, Any], query: dict[str, str]) -> None:
        """Return when the browser has disconnected, or when the server has a function for its messages."""
        task = self._reading = asyncio.current_task()
        try:
            self.position: Cursors = await self._position_of(query)
            self._join()
            self._socket = socket_of(scope)
            if self._socket is None:
                await self._read_socket()
            else:
                self._send, self._reading = self._socket.send, None
                self._socket.attach(self._on_attached_message)
        except asyncio.CancelledError:
            if self._failure is None or task is None:
                raise
            task.uncancel()
            raise self._failure from None
        finally:
            self._reading = None
            del self._receive

    async def _position_of(self, query: dict[str, str]) -> Cursors:
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
        if not len(self._fanout):
            self._runtime.reconciler.leave(self._fanout)
        if self._busy is not None:
            self._busy.cancel()
            await asyncio.wait([self._busy])
        await self._fanout.leave(self)

    async def _read_socket(self) -> None:
        try:
            while True:
                self._on_message(await self._receive())
        finally:
            await self._leave()

    def _on_message(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "websocket.disconnect":
            raise Closed
        pace = self._flow.max_per_s
        if mismatch := self._flow.take(message.get("text") or "", self._runtime.clock()):
            self._runtime.mismatches.add(self.board, mismatch.type, mismatch.expected, mismatch.found)
        if self._flow.max_per_s != pace:
            self._stop_waiting()
        self._resume()

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

    @property
    def board(self) -> str:
        return self._fanout.board

    @property
    def is_lagging(self) -> bool:
        return self._is_behind and self._flow.max_per_s is None

    @property
    def updates_sent(self) -> int:
        return self._window.updates_sent

    @property
    def bytes_sent(self) -> int:
        return self._window.bytes_sent

    def facts(self) -> dict[str, Any]:
        facts = {"board": self.board, "is_lagging": self.is_lagging}
        return {**facts, "updates": self.updates_sent, "bytes": self.bytes_sent}

    def end(self, code: int, reason: str) -> None:
        self._fail(Closed(code, reason))

    # called by the fan-out

    def on_change(self, now: float) -> None:
        """Send what is new, if this browser can receive it."""
        is_paced = self._flow.max_per_s is not None
        if self._busy is not None or not self._window.is_open or (is_paced and not self._is_due()):
            # No queue may grow for a browser that does not keep up.
            self._is_behind = True
            return
        # `_take` and `_send_update` in one, because this is done for each browser and update.
        replica = self._fanout.replica
        update, self.position, self._is_behind = replica.since(self.position), replica.heads, False
        if not update.spans:
            return
        if self._is_compressed or is_paced:
            self._send_update(update, now)
        else:
            self._window.record_sent(update.size_bytes, now)
            self._send_now(update.text)

    def on_round(self) -> None:
        self._resume(is_probe=self._window.permits_probe)

    def on_heartbeat(self, text: str) -> None:
        """Send a heartbeat unless another send is in progress; close a socket that has been silent for too long."""
        silent_s = self._flow.silent_s(self._runtime.clock(), is_sending=self._busy is not None)
        if silent_s > self._runtime.settings.SILENT_S:
            self._fail(Closed(close_codes.SLOW, "no acknowledgement for too long; reconnect with the cursor"))
        if self._busy is None:
            self._send_now(text)

    # the requested pace

    def _is_due(self) -> bool:
        """Return whether the pace permits an update now; if not, send it when it does."""
        wait_s = self._flow.wait_s(self._runtime.clock())
        if wait_s > 0 and self._due is None:
            self._due = asyncio.get_running_loop().call_later(wait_s, self._on_due)
        return wait_s <= 0

    def _on_due(self) -> None:
        self._due = None
        self._resume()

    def _stop_waiting(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    # the one task, for sends that block

    def _resume(self, *, is_probe: bool = False) -> None:
        """Send what this browser skipped, if it can receive it."""
        if self._is_behind and self._busy is None and (self._window.is_open or is_probe) and self._is_due():
            self._start(self._catch_up)

    def _start(self, work: Work) -> None:
        self._busy = asyncio.create_task(self._work(work))

    async def _work(self, work: Work) -> None:
        try:
            await work()
            while self._is_behind and self._window.is_open and self._is_due():
                await self._catch_up()
        except Exception as exc:
            self._fail(exc)
        finally:
            # Not in a callback: an update that is delivered before the callback runs would be skipped and never sent.
            self._busy = None

    async def _greet(self) -> None:
        await self._fanout.is_member()
        await self._send(message_of(self._fanout.hello()))
        try:
            await self._fanout.refresh()
        except StoreError as exc:
            raise Closed(close_codes.STORE_UNAVAILABLE, exc.public) from None
        self._runtime.meters.catch_ups[CONNECT] += 1
        self._is_behind = False
        replay = self._fanout.replica.replay(self.position)
        self.position = self._fanout.replica.heads
        await self._finish_update(replay)

    async def _catch_up(self) -> None:
        if update := self._take():
            self._runtime.meters.catch_ups[SLOW if self._flow.max_per_s is None else PACED] += 1
            await self._finish_update(update)

    async def _finish(self, rest: Awaitable[None]) -> None:
        await rest

    # sending

    def _take(self) -> Update | None:
        """Advance to the newest position and return the update to send; None if this browser has everything."""
        self._is_behind = False
        update = self._fanout.replica.since(self.position)
        self.position = self._fanout.replica.heads
        return update if update.spans else None

    def _send_update(self, update: Update, now: float) -> None:
        """Send an update without a task, unless it must be compressed first."""
        payload = self._deflater.payload_now(update) if self._is_compressed else update.text
        if payload is None:
            self._start(partial(self._finish_update, update))
        else:
            self._record(update, payload, now)
            self._send_now(payload)

    async def _finish_update(self, update: Update) -> None:
        payload = await self._deflater.payload(update) if self._is_compressed else update.text
        self._record(update, payload, self._runtime.clock())
        await self._send(message_of(payload))

    def _record(self, update: Update, payload: Payload, now: float) -> None:
        self._flow.record_sent(len(payload) if isinstance(payload, bytes) else update.size_bytes, now)

    def _send_now(self, payload: Payload) -> None:
        """Send without a task; if that blocks, a task finishes it."""
        try:
            if self._socket is not None and self._socket.send_now(payload):
                return
            rest = begin(self._send(message_of(payload)))
        except asyncio.CancelledError:
            self._fail(Closed())  # the server cancelled this socket; the running task belongs to all browsers
        except Exception as exc:
            self._fail(exc)
        else:
            if rest is not None:
                self._start(partial(self._finish, rest))

    def _fail(self, failure: Exception) -> None:
        """End the connection from outside its own coroutine, which is waiting for the socket or has returned."""
        if self._failure is not None:
            return
        if self._reading is not None:
            self._failure = failure
            self._reading.cancel()
        elif self._socket is not None:
            self._failure = failure
            self._socket.run(self._until_closed(self._end_attached(failure)))
