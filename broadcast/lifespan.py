"""ASGI's lifespan: on shutdown the last tick is flushed.

Servers without it (Daphne) lose nothing, as what is not flushed was not acknowledged.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from broadcast.runtime import runtime


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
                runtime().presence.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await runtime().publisher.close()
                await runtime().presence.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return
