"""The ASGI application: separate entry points for browsers and producers."""

import atexit
import gc

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

django_http = get_asgi_application()

from broadcast.asgi.lifespan import Lifespan  # noqa: E402
from broadcast.asgi.mount import Mounted  # noqa: E402
from broadcast.asgi.origins import SameOrigin  # noqa: E402
from broadcast.asgi.sockets import BOARD_SOCKET, PRODUCER_SOCKET, SHARE_SOCKET, Sockets  # noqa: E402
from broadcast.asgi.threads import SharedThreads  # noqa: E402
from broadcast.consumers import BoardConsumer  # noqa: E402
from broadcast.permissions import is_public  # noqa: E402  # needs Django set up
from broadcast.types import Receive, Scope, Send  # noqa: E402
from producers_api.consumers import ProduceConsumer  # noqa: E402
from producers_api.middleware import EventsMiddleware  # noqa: E402

public_board = BoardConsumer.as_asgi()
other_board = AuthMiddlewareStack(public_board)


async def watch(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a board's socket. The session is looked up only for boards that are not public: it costs a query."""
    is_open = is_public(scope["url_route"]["kwargs"]["board"])
    await (public_board if is_open else other_board)(scope, receive, send)


# Producers send a token and no Origin.
websocket = Sockets(
    {
        BOARD_SOCKET: SameOrigin(watch),
        SHARE_SOCKET: SameOrigin(public_board),  # its token needs no session
        PRODUCER_SOCKET: ProduceConsumer.as_asgi(),
    }
)

# A full garbage collection stops the process for 50 to 140 ms with 1,000 browsers. Everything that exists here
# lives as long as the process, so freeze it. Updates create no cycles, so larger thresholds cost little memory.
gc.collect()
gc.freeze()
gc.set_threshold(5_000, 20, 20)

# Daphne ends with tasks pending, and Python 3.11 can crash when its last collection closes them.
atexit.register(gc.freeze)

application = ProtocolTypeRouter(
    {
        "http": Mounted(EventsMiddleware(SharedThreads(django_http))),
        "websocket": Mounted(websocket),
        "lifespan": Lifespan(),
    }
)
