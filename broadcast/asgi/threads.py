"""Requests share a few threads for their synchronous parts; Django's own handler starts a thread for each request.

    http = SharedThreads(get_asgi_application())

A request stays on one thread, as Django requires. A synchronous part that takes long holds up the other requests of
its thread, so what is known to take long has threads of its own (`broadcast.page.password_hashing`).
"""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import SyncToAsync, ThreadSensitiveContext

THREADS = 8

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


class Thread:
    """A thread that is started at its first use; all that runs inside it runs one after the other."""

    def __init__(self) -> None:
        self.users = 0
        self._context = ThreadSensitiveContext()

    def __enter__(self) -> None:
        self.users += 1
        # Django's handler takes the outermost context. This one is never left, so its thread remains.
        SyncToAsync.thread_sensitive_context.set(self._context)

    def __exit__(self, *_: object) -> None:
        self.users -= 1


class SharedThreads:
    """An ASGI application that runs another one on a fixed number of threads.

    Args:
        application: takes all requests.
    """

    def __init__(self, application: Application, threads: int = THREADS) -> None:
        self._application = application
        self._threads = [Thread() for _ in range(threads)]

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        with min(self._threads, key=lambda thread: thread.users):
            await self._application(scope, receive, send)
