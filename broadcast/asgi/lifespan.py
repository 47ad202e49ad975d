"""ASGI's lifespan: on shutdown the last tick is flushed.

Servers without it (Daphne) lose nothing, as what is not flushed was not acknowledged.
"""

import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from broadcast.runtime import runtime

log = logging.getLogger("broadcast.asgi.lifespan")

PROTOCOLS = ("broadcast.server.http", "broadcast.server.websocket")  # the server imports them before it starts


class Lifespan:
    """Answers the server's startup and shutdown."""

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                warn_of_a_bare_server()
                runtime().processes.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await runtime().publisher.close()
                await runtime().processes.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


def warn_of_a_bare_server() -> None:
    """Log that the process was started without the bounds on what a stranger's connection may cost."""
    if not all(name in sys.modules for name in PROTOCOLS):
        said = (
            "this server was started without bounds on its connections, so one client can stall it; start it with"
            ' "python manage.py serve", or with --http %s:HTTPProtocol --ws %s:WebSocketProtocol'
            " --ws-per-message-deflate false --timeout-graceful-shutdown 3"
        )
        log.warning(said, *PROTOCOLS)
