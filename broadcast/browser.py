"""What one browser of a board is sent, and when.

Whatever a browser lacks, it is sent `since(position)` from the board's replica. The fan-out does that immediately for
every browser. If it cannot, because the socket is busy or the window is closed, one task per browser finishes the
blocked send and sends what was skipped.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Literal

from broadcast import close_codes
from broadcast.close_codes import Closed
from broadcast.delivery.compression import Payload
from broadcast.delivery.concurrency import begin
from broadcast.delivery.fanout import Fanout
from broadcast.delivery.flow_control import FlowControl
from broadcast.delivery.updates import Update
from broadcast.errors import StoreError
from broadcast.runtime import Runtime
from broadcast.server.attach import Socket
from broadcast.types import Cursors, Send

# Why a browser is sent what it lacks, besides deliveries: it connects, it is slow and skipped updates, or it wants few.
CONNECT, SLOW, PACED = "connect", "slow", "paced"

Work = Callable[[], Coroutine[Any, Any, None]]


def asgi_message(payload: Payload) -> dict[str, Any]:
    return {"type": "websocket.send", "bytes" if isinstance(payload, bytes) else "text": payload}


class Browser:
    """A browser that has joined a fan-out. A subclass connects it, and ends it in `_fail`."""

    position: Cursors
    _send: Send
    _is_compressed: bool
    _socket: Socket | None = None  # of our server
    _busy: "asyncio.Task[None] | Literal[True] | None" = None  # True until the work first blocks

    def _set_state(self, fanout: Fanout, shared: Runtime) -> None:
        """Set the state of a browser that was sent nothing yet."""
        self._fanout = fanout
        self._runtime, self._deflater = shared, shared.deflater
        self._flow = FlowControl(fanout.names, shared.settings.WINDOW_UPDATES, shared.settings.WINDOW_BYTES)
        self._is_behind = False  # whether it skipped an update
        self._due: asyncio.TimerHandle | None = None  # when the pace permits the next update
        self._failure: BaseException | None = None

    def _on_message(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "websocket.disconnect":
            raise Closed
        pace = self._flow.max_per_s
        if mismatch := self._flow.take(message.get("text") or "", self._runtime.clock()):
            self._runtime.mismatches.add(self.board, mismatch.type, mismatch.expected, mismatch.found)
        if self._flow.max_per_s != pace:
            self._stop_waiting()
        self._resume()

    # called by the process's connections

    @property
    def board(self) -> str:
        return self._fanout.board

    @property
    def is_lagging(self) -> bool:
        return self._is_behind and self._flow.max_per_s is None

    @property
    def updates_sent(self) -> int:
        return self._flow.updates_sent

    @property
    def bytes_sent(self) -> int:
        return self._flow.bytes_sent

    def facts(self) -> dict[str, Any]:
        facts = {"board": self.board, "is_lagging": self.is_lagging}
        return {**facts, "updates": self.updates_sent, "bytes": self.bytes_sent}

    # called by the fan-out

    def on_change(self, now: float) -> None:
        """Send what is new, if this browser can receive it."""
        is_paced = self._flow.max_per_s is not None
        if self._busy is not None or not self._flow.is_open or (is_paced and not self._is_due()):
            # No queue may grow for a browser that does not keep up.
            self._is_behind = True
            return
        replica = self._fanout.replica
        update, self.position, self._is_behind = replica.since(self.position), replica.heads, False
        if not update.heads:
            return
        if self._is_compressed:
            self._send_compressed(update, now)
        else:  # with few calls, because this is done for each browser and update
            self._flow.record_sent(update.size_bytes, now)
            self._send_now(update.text)

    def on_round(self) -> None:
        self._resume(is_probe=self._flow.permits_probe)

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
        if self._is_behind and self._busy is None and (self._flow.is_open or is_probe) and self._is_due():
            self._start(self._catch_up)

    def _start(self, work: Work) -> None:
        """Begin the work at once, because it mostly does not block, and finish it in a task if it does."""
        self._busy = True  # so that no update overtakes it
        rest = begin(self._work(work))
        if rest is not None:
            self._busy = asyncio.create_task(self._finish(rest))

    async def _work(self, work: Work) -> None:
        try:
            await work()
            while self._is_behind and self._flow.is_open and self._is_due():
                await self._catch_up()
        except Exception as exc:
            self._fail(exc)
        finally:
            # Not in a callback: an update that is delivered before the callback runs would be skipped and never sent.
            self._busy = None

    async def _greet(self) -> None:
        await self._fanout.is_member()
        try:
            hello = await self._fanout.greeting()
        except StoreError as exc:
            raise Closed(close_codes.STORE_UNAVAILABLE, exc.public) from None
        self._runtime.meters.catch_ups[CONNECT] += 1
        self._is_behind = False
        replay = self._fanout.replica.replay(self.position)
        self.position = self._fanout.replica.heads
        payload = await self._payload_of(replay)
        if self._socket is None or not self._socket.send_both_now(hello, payload):
            await self._send(asgi_message(hello))
            await self._send(asgi_message(payload))

    async def _catch_up(self) -> None:
        replica = self._fanout.replica
        update, self.position, self._is_behind = replica.since(self.position), replica.heads, False
        if update.heads:
            self._runtime.meters.catch_ups[SLOW if self._flow.max_per_s is None else PACED] += 1
            await self._finish_update(update)

    async def _finish(self, rest: Awaitable[None]) -> None:
        await rest

    # sending

    def _send_compressed(self, update: Update, now: float) -> None:
        """Send an update without a task, unless it must be compressed first."""
        payload = self._deflater.payload_now(update)
        if payload is None:
            self._start(partial(self._finish_update, update))
        else:
            self._record(update, payload, now)
            self._send_now(payload)

    async def _finish_update(self, update: Update) -> None:
        await self._send(asgi_message(await self._payload_of(update)))

    async def _payload_of(self, update: Update) -> Payload:
        """Return what is to be sent, and record it."""
        payload = await self._deflater.payload(update) if self._is_compressed else update.text
        self._record(update, payload, self._runtime.clock())
        return payload

    def _record(self, update: Update, payload: Payload, now: float) -> None:
        self._flow.record_sent(len(payload) if isinstance(payload, bytes) else update.size_bytes, now)

    def _send_now(self, payload: Payload) -> None:
        """Send without a task; if that blocks, a task finishes it."""
        try:
            if self._socket is not None and self._socket.send_now(payload):
                return
            rest = begin(self._send(asgi_message(payload)))
        except asyncio.CancelledError:
            self._fail(Closed())  # the server cancelled this socket; the running task belongs to all browsers
        except Exception as exc:
            self._fail(exc)
        else:
            if rest is not None:
                self._start(partial(self._finish, rest))

    def _fail(self, failure: Exception) -> None:
        """End the connection from outside its own coroutine, which is waiting for the socket or has returned."""
        raise NotImplementedError
