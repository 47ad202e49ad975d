"""Runs the synchronous parts of requests on a few shared threads; Django's own handler starts a thread per request.

    http = SharedThreads(get_asgi_application())

A request stays on one thread, as Django requires. A slow synchronous part delays the other requests of its thread, so
slow work has its own threads (`broadcast.page.password_hashing`).
"""

from typing import Any

from asgiref.sync import SyncToAsync, ThreadSensitiveContext

from broadcast.types import Application, Scope

THREADS = 8


class Thread:
    """A thread that starts at its first use and runs one piece of work at a time."""

    def __init__(self) -> None:
        self.users = 0
        self._context = ThreadSensitiveContext()

    def __enter__(self) -> None:
        self.users += 1
        # Django's handler uses the outermost context. This one is never exited, so its thread stays alive.
        SyncToAsync.thread_sensitive_context.set(self._context)

    def __exit__(self, *_: object) -> None:
        self.users -= 1


class SharedThreads:
    """ASGI middleware that runs an application's synchronous parts on a fixed number of threads."""

    def __init__(self, application: Application, threads: int = THREADS) -> None:
        self._application = application
        self._threads = [Thread() for _ in range(threads)]

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        with min(self._threads, key=lambda thread: thread.users):
            await self._application(scope, receive, send)
