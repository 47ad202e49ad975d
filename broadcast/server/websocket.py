"""uvicorn's WebSocket protocol, one frame at a time: `--ws broadcast.server.websocket:WebSocketProtocol`.

uvicorn parses everything that a read returns, a quarter of a megabyte or forty thousand pings, before anything else
runs. This protocol leaves data unparsed until the application has received the previous message, and counts each
frame before it is parsed.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from uvicorn.protocols.utils import ClientDisconnected
from websockets.exceptions import InvalidState
from websockets.frames import CloseCode, Opcode
from websockets.protocol import State

from broadcast.conf import settings
from broadcast.server.attachable import Attachable
from broadcast.server.connection_gate import Gate, gate, log
from broadcast.server.frames import frames, take_text
from broadcast.server.handshake import response_head
from broadcast.server.limits import (
    CLOSE_S,
    CONTROL_BURST,
    CONTROL_PER_S,
    DROPPED_BYTES,
    FRAME_BYTES,
    MESSAGE_BYTES,
    TokenBucket,
    frame_header,
)
from broadcast.server.transport import BoundedTransport, Deadline, bounded


class WebSocketProtocol(Attachable):
    """One WebSocket.

    Messages are limited to `MESSAGE_BYTES` until the application has identified the peer and allows longer ones, with
    two keys that other servers ignore:
    `{"type": "websocket.accept", "max_message_bytes": 1_000_000, "max_message_s": 60.0}`.
    """

    gate: ClassVar[Gate] = gate
    transport: BoundedTransport  # type: ignore[assignment]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.close_timeout = CLOSE_S
        self._max_message_bytes = min(MESSAGE_BYTES, self.config.ws_max_size)
        self._message_s = settings().REQUEST_S
        self._unread = bytearray()
        self._rest = 0  # bytes of the current frame that have not arrived
        self._control = TokenBucket(CONTROL_BURST, CONTROL_PER_S)
        self._pong = b""  # the newest one that is due to a peer that does not read
        self._dropped = 0
        self._is_closed_by_application = False
        self._is_ready = False  # see `_can_write`
        self._deadline = Deadline(self.loop.call_later)

    @property
    def state(self) -> str:
        if self.close_sent:
            return "closing"
        return "receiving" if self._deadline.is_set else "websocket"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not uvicorn's, which looks up the addresses, although the scope has them.
        self.transport = bounded(transport, self.loop, self.gate, self)
        self.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.clear()
        self._unread.clear()
        self.frames = []
        super().connection_lost(exc)
        self.transport.lost()

    def data_received(self, data: bytes) -> None:
        """Parse received data; nothing that a peer sends raises."""
        try:
            self._unread += data
            self._read_on()
        except Exception as exc:
            log.warning("received data could not be parsed: %r", exc)
            self.transport.drop("parser_failed")

    def _read_on(self) -> None:
        """Parse frame by frame until a message is ready for the application."""
        while self._unread and not self.transport.is_closing():
            if self.close_sent:
                self._look_for_close()
                return
            if self.read_paused or self._head or not self.handshake_complete:
                self.transport.pause_reading()
                break
            conn = self._conn
            is_between_messages = not self._rest and (
                conn is None or (conn.current_size is None and conn.state is State.OPEN)
            )
            if is_between_messages and (text := take_text(self._unread, self._max_message_bytes)) is not None:
                self.curr_msg_data_type, self.frames = "text", [text]
                self.send_receive_event_to_app()
                continue
            if not self._rest and not self._begin_frame():
                break
            part = self._unread[: self._rest]
            del self._unread[: self._rest]
            self._rest -= len(part)
            super().data_received(part)  # type: ignore[arg-type]  # a bytearray works
        self._watch()

    def _begin_frame(self) -> bool:
        header = frame_header(self._unread)
        if header is None:
            return False
        self._rest = header.size
        if not (is_permitted := self._control.take(header.cost, self.loop.time())):
            self.transport.drop("control_frames")
        return is_permitted

    def _watch(self) -> None:
        """Limit the time of an unfinished message, except while the application makes it wait."""
        is_fragmented = self._conn is not None and self._conn.current_size is not None
        is_unfinished = self._rest or self._unread or is_fragmented
        if not is_unfinished or self.read_paused or self.close_sent or not self.handshake_complete:
            self._deadline.clear()
        else:
            self._deadline.set(self._message_s, self.transport.drop, "slow_message")

    def _look_for_close(self) -> None:
        """Discard frames until the peer's close frame; stop reading after `DROPPED_BYTES`."""
        while self._unread:
            if not self._rest:
                header = frame_header(self._unread)
                if header is None:
                    return
                if header.opcode == Opcode.CLOSE:
                    if self.close_timer is not None:
                        self.close_timer.cancel()
                    self.transport.close()
                    return
                self._rest = header.size
                self._dropped += FRAME_BYTES
            dropped = min(self._rest, len(self._unread))
            del self._unread[:dropped]
            self._rest -= dropped
            self._dropped += dropped
            if self._dropped > DROPPED_BYTES:
                self._unread.clear()
                self.transport.pause_reading()

    # called by uvicorn

    def handle_ping(self) -> None:
        """Answer a ping; for a peer that does not read, answer only the newest one when it reads again."""
        pong = b"".join(self.conn.data_to_send())
        if self.writable.is_set():
            self.transport.write(pong)
        else:
            self._pong = pong

    def pause_writing(self) -> None:
        super().pause_writing()
        self._is_ready = False
        self.transport.stalls()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._is_ready = self._can_write()
        self.transport.flows()
        pong, self._pong = self._pong, b""
        if pong and not self.close_sent and not self.transport.is_closing():
            self.transport.write(pong)

    def send_receive_event_to_app(self) -> None:
        """Queue a complete message, and stop reading until the application has received it."""
        data, self.frames = b"".join(self.frames), []
        self._deadline.clear()
        if self.close_sent:
            return
        if self.curr_msg_data_type == "text":
            try:
                text = data.decode()
            except UnicodeDecodeError:
                self.conn.fail(CloseCode.INVALID_DATA, "invalid UTF-8")
                self.handle_parser_exception()
                return
            self.queue.put_nowait({"type": "websocket.receive", "text": text})
        else:
            self.queue.put_nowait({"type": "websocket.receive", "bytes": data})
        if not self.is_attached:
            self.read_paused = True  # the transport reads on until more arrives
        elif self._unread:  # other connections come first
            self.read_paused = True
            self.loop.call_soon(self.read_next)

    def handle_parser_exception(self) -> None:
        """Count a protocol error and close as the parser requests."""
        self.gate.aborted["protocol_error"] += 1
        super().handle_parser_exception()

    def shutdown(self) -> None:
        self.write_head()
        if self.close_sent and not self.transport.is_closing():
            return  # the peer's answer or the timer ends it; a reset would take the close frame from the peer
        try:
            super().shutdown()
        except InvalidState:  # the peer has closed it at the same moment
            self.transport.close()

    async def receive(self) -> Any:
        message = await self.queue.get()
        if self.queue.empty():
            self.read_next()
        return message

    def read_next(self) -> None:
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self._go_on()

    def _go_on(self) -> None:
        self._read_on()
        if not self.read_paused and not self.transport.is_closing() and self._dropped <= DROPPED_BYTES:
            self.transport.resume_reading()

    async def send(self, message: Any) -> None:
        """Send a message of the application.

        Raises:
            ClientDisconnected: the peer has disconnected, or the server has disconnected it.
        """
        self.write_head()
        if message["type"] == "websocket.send" and self.send_now(_payload_of(message)):
            return
        await self.writable.wait()
        if self.transport.is_closing() or (self.close_sent and not self._is_closed_by_application):
            raise ClientDisconnected
        if message["type"] == "websocket.accept" and not self.handshake_complete and self.initial_response is None:
            self._accept(message)
            return
        try:
            await super().send(message)
        except InvalidState:
            raise ClientDisconnected from None
        if message["type"] == "websocket.close":
            self._is_closed_by_application, self._is_ready = True, False
            self._deadline.clear()
            self._go_on()
        elif message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True  # uvicorn logs an error for each refused handshake otherwise

    def send_now(self, payload: str | bytes) -> bool:
        # As few calls as possible, because this is done for each browser and update.
        transport = self.transport
        if not self._is_ready or transport.is_closing():
            return False
        transport.inner.write(frames.frame if payload is frames.payload else frames.frame_of(payload))
        return True

    def send_both_now(self, first: str | bytes, second: str | bytes) -> bool:
        if not (self._is_ready or self._head) or self.transport.is_closing():
            return False
        write = self.write_head if self._head else self.transport.inner.writelines
        write([frames.frame_of(first), frames.frame_of(second)])
        return True

    def write_head(self, messages: Sequence[bytes] = ()) -> None:
        head, self._head = self._head, b""
        if head and not self.transport.is_closing():
            self.transport.inner.writelines([head, *messages])
            self._is_ready = self._can_write()
            self._go_on()

    def _can_write(self) -> bool:
        """Whether messages can be written as they are, while the transport is not closing.

        Whatever ends the connection also closes the transport at once, except for the application.
        """
        is_open = self.handshake_complete and not self._head and not self.close_sent
        return is_open and (self._conn is None or self._conn.state is State.OPEN) and self.writable.is_set()

    def _accept(self, message: Mapping[str, Any]) -> None:
        """Complete the handshake, and permit messages as the application does."""
        wanted = max(message.get("max_message_bytes", 0), MESSAGE_BYTES)
        self._max_message_bytes = min(wanted, self.config.ws_max_size)
        self._message_s = message.get("max_message_s", self._message_s)
        chosen = message.get("subprotocol")
        protocol = [(b"sec-websocket-protocol", chosen.encode("latin-1"))] if chosen else []
        headers = [*self.default_headers, *message.get("headers", ()), *protocol]
        self._head = response_head(self._key, headers)
        del self._key
        self.handshake_complete = True
        self.start_keepalive()
        self.loop.call_soon(self.write_head)  # with what the application sends in this iteration


def _payload_of(message: Any) -> Any:
    return message["text"] if (binary := message.get("bytes")) is None else binary
