"""Daphne with the limits that it supports: `python -m broadcast.server.daphne -p 8000 mysite.asgi:application`.

Daphne reads request bodies before it calls the application, and applies no backpressure. It has no option for either,
so its two protocols are replaced by subclasses. docs/reference/server.md lists what remains unlimited.
"""

# ruff: noqa: N802, N815  # the names are Twisted's and Autobahn's

import time
from collections.abc import Sequence
from typing import Any

from daphne import http_protocol, ws_protocol
from daphne.cli import CommandLineInterface
from daphne.utils import parse_x_forwarded_for
from twisted.internet import reactor
from twisted.web.http_headers import Headers

from broadcast.conf import settings
from broadcast.server.connection_gate import gate
from broadcast.server.limits import CLOSE_S, CONTROL_BURST, CONTROL_BYTES, CONTROL_PER_S, TokenBucket

MAX_QUEUED = 64  # messages that the application has not received; above it, the socket is not read
RECHECK_S = 0.02
FRAMES_AFTER_CLOSE = 1000


class WebSocketProtocol(ws_protocol.WebSocketProtocol):
    """Daphne's protocol, but it parses only as fast as the application receives, and limits control frames."""

    state: int
    closeHandshakeTimeout = CLOSE_S

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._control = TokenBucket(CONTROL_BURST, CONTROL_PER_S)
        self._after_close = 0
        self._is_waiting = False

    def consumeData(self) -> None:
        """Parse frame by frame until enough messages are queued."""
        if self.state not in (self.STATE_OPEN, self.STATE_CLOSING):
            super().consumeData()
            return
        while self.state != self.STATE_CLOSED and not self._must_wait() and self.processData():
            self._after_close += self.state == self.STATE_CLOSING
            if self._after_close > FRAMES_AFTER_CLOSE:
                # A reset would take the close frame from a peer that is still sending.
                self.transport.pauseProducing()
                return

    def onCloseHandshakeTimeout(self) -> None:
        if self.state != self.STATE_CLOSED:
            gate.count_aborted("not_closed", getattr(self.transport.getPeer(), "host", ""))
        super().onCloseHandshakeTimeout()

    def onPing(self, payload: bytes) -> None:
        if self._is_within_limit(payload):
            super().onPing(payload)

    def onPong(self, payload: bytes) -> None:
        if self._is_within_limit(payload):
            super().onPong(payload)

    def _is_within_limit(self, payload: bytes) -> bool:
        is_within = self._control.take(1 + len(payload) / CONTROL_BYTES, time.monotonic())
        if not is_within:
            self._drop("control_frames")
        return is_within

    def _must_wait(self) -> bool:
        queue = getattr(self, "application_queue", None)
        if queue is None or queue.qsize() <= MAX_QUEUED or self.state != self.STATE_OPEN:
            return False
        if not self._is_waiting:
            self._is_waiting = True
            self.transport.pauseProducing()
            reactor.callLater(RECHECK_S, self._go_on)
        return True

    def _go_on(self) -> None:
        self._is_waiting = False
        if self.state != self.STATE_CLOSED:
            self.transport.resumeProducing()
            self.consumeData()

    def _drop(self, cause: str) -> None:
        if self.state != self.STATE_CLOSED:
            gate.count_aborted(cause, getattr(self.transport.getPeer(), "host", ""))
            self.dropConnection(abort=True)


class WebRequest(http_protocol.WebRequest):
    """Daphne's request, but it aborts a body that is larger than the application accepts."""

    def handleContentChunk(self, data: bytes) -> None:
        if self.content.tell() + len(data) > max(settings().MAX_MESSAGE_BYTES, settings().MAX_BODY_BYTES) + 1:
            gate.count_aborted("long_body", self.getClientIP() or "")
            self.channel.abortConnection()
        else:
            super().handleContentChunk(data)


def parse_forwarded(headers: Any, address_header: str | None, *others: Any) -> Any:
    """Return the address that the proxy appended itself; with `--proxy-headers`, Daphne would use the first one."""
    named = dict(headers.getAllRawHeaders()) if isinstance(headers, Headers) else headers
    wanted = (address_header or "").lower().encode()
    own = {name: _last_address(value) if name.lower() == wanted else value for name, value in named.items()}
    return parse_x_forwarded_for(own, address_header, *others)


def _last_address(value: bytes | Sequence[bytes]) -> bytes:
    text = value if isinstance(value, bytes) else value[-1]
    return text.rpartition(b",")[2].strip()


def main() -> None:
    """Run Daphne's command line with the replaced protocols."""
    http_protocol.parse_x_forwarded_for = ws_protocol.parse_x_forwarded_for = parse_forwarded
    ws_protocol.WebSocketFactory.protocol = WebSocketProtocol
    http_protocol.WebRequest = WebRequest
    CommandLineInterface.entrypoint()


if __name__ == "__main__":
    main()
