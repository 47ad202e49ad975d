"""uvicorn's HTTP protocol with limits on a request: `--http broadcast.server.http:HTTPProtocol`."""

import asyncio
from http import HTTPStatus
from typing import Any, ClassVar, Final
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.utils import is_ssl

from broadcast.conf import settings
from broadcast.server.connection_gate import SILENT, Gate, gate, log
from broadcast.server.handshake import HandshakeRefused, accept_key, joined, subprotocols
from broadcast.server.limits import (
    MAX_CHUNKS,
    MAX_FRAMING_BYTES,
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_PIPELINED,
    MAX_URL_BYTES,
)
from broadcast.server.transport import BoundedTransport, Deadline, address_of, bounded

FORWARDED_FOR: Final = b"x-forwarded-for"


class Refused(Exception):
    """Raised during parsing, to answer a request with a status and close the connection."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


class HTTPProtocol(HttpToolsProtocol):
    """One connection; it refuses requests that are too large, too slow or too many with a short response."""

    gate: ClassVar[Gate] = gate
    transport: BoundedTransport  # type: ignore[assignment]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = log
        self.headers = []
        self._deadline = Deadline(self.loop.call_later)
        self._refusal: HTTPStatus | None = None
        self._framing_bytes = self._head_bytes = self._chunks = 0
        self._has_head = False
        self._running: RequestResponseCycle | None = None  # `cycle` is the newest pipelined request

    @property
    def state(self) -> str:
        if self._deadline.is_set:
            return "receiving"
        return "responding" if self._is_responding() else "idle"

    def _is_responding(self) -> bool:
        return self._running is not None and not self._running.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept a connection unless there are too many, in total or from its address."""
        self.transport = bounded(transport, self.loop, self.gate, self)
        self.flow = FlowControl(self.transport)  # type: ignore[arg-type]
        # Not by uvicorn's functions, which make an object of the socket each time.
        self.client = self.transport.client
        self.server = address_of(transport, "sockname") or (transport.get_extra_info("sockname"), None)
        self.scheme = "https" if is_ssl(transport) else "http"
        self.connections.add(self)
        peer = self.transport.peer
        if self.gate.is_full():
            self.transport.drop("process_full")
        elif self.gate.has_too_many(peer) and not self._is_proxy(peer):
            self.transport.drop("address_full")
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.clear()
        self._unset_keepalive_if_required()
        self.pipeline.clear()
        self._disconnect()
        super().connection_lost(exc)
        self.transport.lost()

    def data_received(self, data: bytes) -> None:
        """Parse received data; nothing that a peer sends raises."""
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._watch()
        self._framing_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
        except httptools.HttpParserError:
            self._refuse(self._refusal or HTTPStatus.BAD_REQUEST)
        else:
            if self._framing_bytes > (MAX_FRAMING_BYTES if self._has_head else MAX_HEAD_BYTES):
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    # callbacks of the parser

    def on_message_begin(self) -> None:
        self._framing_bytes = self._head_bytes = self._chunks = 0
        self._has_head, self._refusal = False, None
        self._watch()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MAX_URL_BYTES:
            self._raise(HTTPStatus.REQUEST_URI_TOO_LONG)
        if not url.isascii():
            self._raise(HTTPStatus.BAD_REQUEST)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header; trailers are counted and ignored, because the application already has the headers."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD_BYTES or len(self.headers) >= MAX_HEADERS:
            self._raise(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if not self._has_head:
            super().on_header(name, value.strip(b" \t"))  # the parser keeps trailing whitespace

    def on_headers_complete(self) -> None:
        """Start the application unless the address of a proxy's client has too many connections."""
        self._has_head = True
        self._trust_only_the_last_address()
        if len(self.pipeline) >= MAX_PIPELINED or self._is_of_a_full_address():
            self._raise(HTTPStatus.TOO_MANY_REQUESTS)
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """Count a chunk, because a body in chunks of one byte costs a thousand times its size."""
        self._chunks += 1
        if self._chunks > MAX_CHUNKS:
            self._raise(HTTPStatus.BAD_REQUEST)

    def on_body(self, body: bytes) -> None:
        """Add a part of the body, whose size the application limits."""
        self._framing_bytes -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._deadline.clear()
        super().on_message_complete()

    # the rest of uvicorn's protocol

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection to a WebSocket protocol, or refuse the handshake."""
        self._deadline.clear()
        headers = joined(self.headers)
        try:
            key = accept_key(self.scope["method"], self.scope["http_version"], headers)
        except HandshakeRefused as refusal:
            self._refuse(HTTPStatus.BAD_REQUEST, str(refusal))
            return
        self.connections.discard(self)
        make: Any = self.ws_protocol_class
        protocol = make(self.config, self.server_state, self.app_state, self.loop)
        protocol.connection_made(self.transport)
        protocol.start_application(self._websocket_scope(subprotocols(headers)), key)
        self.transport.set_protocol(protocol)

    def shutdown(self) -> None:
        """Close an incomplete request immediately, because a slow sender would delay the shutdown."""
        if self._deadline.is_set:
            self.transport.close()
        else:
            super().shutdown()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.transport.stalls()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.transport.flows()

    def _watch(self) -> None:
        self._deadline.set(settings().REQUEST_S, self._is_late)

    def _is_late(self) -> None:
        if self.flow.read_paused and self._is_responding():
            self._watch()  # the application is the one that does not read
        elif self._framing_bytes:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.drop(SILENT)

    def _websocket_scope(self, offered: list[str]) -> dict[str, Any]:
        path, _, query = self.url.partition(b"?")
        scope: dict[str, Any] = {
            **self.scope,
            "type": "websocket",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "scheme": "wss" if self.scheme == "https" else "ws",
            "path": self.root_path + unquote(path.decode("ascii")),
            "raw_path": self.root_path.encode("ascii") + path,
            "query_string": query,
            "subprotocols": offered,
            "extensions": {"websocket.http.response": {}},
        }
        del scope["method"]
        return scope

    def _raise(self, status: HTTPStatus) -> None:
        self._refusal = status
        raise Refused(status)

    def _refuse(self, status: HTTPStatus, reason: str = "") -> None:
        """Answer with a status and close; where an answer has begun already, only close."""
        self.gate.count_aborted(f"status_{status.value}", self.transport.peer)
        if self._running is None or self._running.response_complete or not self._running.response_started:
            body = f"{reason or status.phrase}\n".encode()
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
            self.transport.write(f"{head}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        self._disconnect()
        self.transport.close()

    def _disconnect(self) -> None:
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _is_proxy(self, peer: str) -> bool:
        return peer in self._trusted

    @property
    def _trusted(self) -> Any:
        # uvicorn's own outermost middleware has the list.
        return getattr(self.config.loaded_app, "trusted_hosts", ())

    def _trust_only_the_last_address(self) -> None:
        """Under "*", remove the addresses that the proxy did not append itself; uvicorn would use the first one."""
        if getattr(self._trusted, "always_trust", False) and (forwarded := self._forwarded_for()):
            self.headers[:] = [header for header in self.headers if header[0] != FORWARDED_FOR]
            self.headers.append((FORWARDED_FOR, forwarded.rpartition(b",")[2].strip()))

    def _forwarded_for(self) -> bytes:
        return b", ".join(value for name, value in self.headers if name == FORWARDED_FOR)

    def _is_of_a_full_address(self) -> bool:
        """Count the connection for the address that a trusted proxy names, and compare that with its share."""
        peer = self.transport.peer
        if not self._is_proxy(peer):
            return False
        address, _ = self._trusted.get_trusted_client_address(self._forwarded_for().decode("latin-1"))
        self.gate.move(self.transport, address or peer)
        return self.gate.has_too_many(address or peer)
