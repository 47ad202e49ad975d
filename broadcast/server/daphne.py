"""Daphne with as many of the bounds as it lets in: `python -m broadcast.server.daphne -p 8000 mysite.asgi:application`.

Daphne reads bodies before it asks the application, and applies no backpressure. Its two protocols are replaced by
subclasses, as it has no option for either; docs/reference/server.md says what stays unbounded.
"""

# ruff: noqa: N802  # the names are Twisted's and Autobahn's

import time
from typing import Any

from daphne import http_protocol, ws_protocol
from daphne.cli import CommandLineInterface
from twisted.internet import reactor

from broadcast.conf import settings
from broadcast.server.gate import gate
from broadcast.server.limits import CONTROL_BURST, CONTROL_BYTES, CONTROL_PER_S, TokenBucket

WAITING = 64  # messages that the application has not taken; beyond, the socket is read no further
LOOK_S = 0.02
FRAMES_AFTER_CLOSE = 1000


class WebSocketProtocol(ws_protocol.WebSocketProtocol):
    """Daphne's, which parses no further than the application takes messages, and counts control frames."""

    state: int

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._control = TokenBucket(CONTROL_BURST, CONTROL_PER_S)
        self._after_close = 0
        self._is_waiting = False

    def consumeData(self) -> None:
        """Parse frame by frame, until enough messages wait."""
        if self.state not in (self.STATE_OPEN, self.STATE_CLOSING):
            super().consumeData()
            return
        while self.state != self.STATE_CLOSED and not self._must_wait() and self.processData():
            self._after_close += self.state == self.STATE_CLOSING
            if self._after_close > FRAMES_AFTER_CLOSE:
                self._drop("not_closed")

    def onPing(self, payload: bytes) -> None:
        """Answer a ping, within the bound."""
        if self._may_cost(payload):
            super().onPing(payload)

    def onPong(self, payload: bytes) -> None:
        """Take a pong, within the bound."""
        if self._may_cost(payload):
            super().onPong(payload)

    def _may_cost(self, payload: bytes) -> bool:
        may = self._control.take(1 + len(payload) / CONTROL_BYTES, time.monotonic())
        if not may:
            self._drop("control_frames")
        return may

    def _must_wait(self) -> bool:
        queue = getattr(self, "application_queue", None)
        if queue is None or queue.qsize() <= WAITING or self.state != self.STATE_OPEN:
            return False
        if not self._is_waiting:
            self._is_waiting = True
            self.transport.pauseProducing()
            reactor.callLater(LOOK_S, self._go_on)  # type: ignore[arg-type]
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
    """Daphne's, which writes no longer body into a file than the application could take."""

    def handleContentChunk(self, data: bytes) -> None:
        """Take a part of the body."""
        if self.content.tell() + len(data) > max(settings().MAX_MESSAGE_BYTES, settings().MAX_BODY_BYTES) + 1:
            gate.count_aborted("long_body", self.getClientIP() or "")
            self.channel.abortConnection()
        else:
            super().handleContentChunk(data)


def main() -> None:
    """Run Daphne's command line with its protocols replaced."""
    ws_protocol.WebSocketFactory.protocol = WebSocketProtocol
    http_protocol.WebRequest = WebRequest
    CommandLineInterface.entrypoint()


if __name__ == "__main__":
    main()
