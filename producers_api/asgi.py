"""The ASGI application: browsers and producers have separate doors, with separate guards."""

import atexit
import gc
from collections.abc import Awaitable, Callable
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path, re_path

django_http = get_asgi_application()

from broadcast.asgi.lifespan import Lifespan  # noqa: E402
from broadcast.asgi.mount import Mounted  # noqa: E402
from broadcast.asgi.origins import SameOrigin  # noqa: E402
from broadcast.asgi.threads import SharedThreads  # noqa: E402
from broadcast.consumers import BoardConsumer  # noqa: E402
from broadcast.permissions import needs_login  # noqa: E402  # needs Django set up
from producers_api.consumers import ProduceConsumer  # noqa: E402
from producers_api.middleware import EventsGuard  # noqa: E402


async def refuse(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Close a socket whose address is none; as it was not accepted, servers answer HTTP 403."""
    await receive()  # websocket.connect
    await send({"type": "websocket.close"})


# Producers are no browsers: they send no Origin, and a token instead.
# Whom a session belongs to is looked up only where that matters: it costs a query per connection.
watch = AuthMiddlewareStack(BoardConsumer.as_asgi()) if needs_login() else BoardConsumer.as_asgi()
websocket = URLRouter(
    [
        path("ws/board/<str:board>/", SameOrigin(watch)),
        path("ws/produce/", ProduceConsumer.as_asgi()),
        re_path("", refuse),  # without it the router raises, and each stray request is a traceback in the log
    ]
)

# A full collection walks all that lives, with 1,000 browsers for 50 to 140 ms, and nobody is served
# meanwhile. What stands here lives as long as the process, so it is walked no more; and as updates
# leave nothing behind that would have to be walked, collecting in larger steps costs little memory.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 20, 20)

# Daphne ends with tasks pending, and Python 3.11 can crash when its last collection closes them.
atexit.register(gc.freeze)

application = ProtocolTypeRouter(
    {"http": Mounted(EventsGuard(SharedThreads(django_http))), "websocket": Mounted(websocket), "lifespan": Lifespan()}
)
