"""ASGI's lifespan protocol: flushes the last tick on shutdown.

Under a server that does not support it (Daphne) nothing is lost, because unflushed events are not acknowledged.
"""

import asyncio
import logging
import sys

from broadcast.runtime import runtime
from broadcast.types import Receive, Scope, Send

log = logging.getLogger("broadcast.asgi.lifespan")

PROTOCOLS = ("broadcast.server.http", "broadcast.server.websocket")  # imported by the server before it starts


class Lifespan:
    """Handles the server's startup and shutdown."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                warn_if_unbounded()
                runtime().processes.start()
                runtime().reconciler.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                runtime().reconciler.stop()
                await runtime().publisher.close()
                await runtime().processes.stop()
                await asyncio.to_thread(runtime().store.shut_down)
                await send({"type": "lifespan.shutdown.complete"})
                return


def warn_if_unbounded() -> None:
    """Log a warning if the server runs without the limits on what a connection may cost."""
    if not all(name in sys.modules for name in PROTOCOLS):
        template = (
            "this server was started without limits on its connections, so one client can stall it; start it with"
            ' "python manage.py serve", or with --http %s:HTTPProtocol --ws %s:WebSocketProtocol'
            " --ws-per-message-deflate false --timeout-graceful-shutdown 3"
        )
        log.warning(template, *PROTOCOLS)
