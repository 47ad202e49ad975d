"""Limits concurrent password hashing: by design, a hash takes most of a second of processor time.

A request that may hash a password waits here before it gets a thread. If too many requests wait, it is refused.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.utils.decorators import async_only_middleware

from broadcast.asgi.threads import Thread
from broadcast.ops.log_format import unlogged

# URL names of the forms that hash a password: the two logins, and the admin's pages for users.
HASHING = frozenset({"login", "password_change", "auth_user_add", "auth_user_password_change"})
MAX_AT_ONCE = max(1, (os.cpu_count() or 1) // 2)  # the event loop needs a processor too
MAX_WAITING = 16  # at half a second each, the last one waits 8 s on one processor
RETRY_AFTER_S = 10
REFUSAL = "Too many people are logging in. Try again in a few seconds.\n"

Handler = Callable[[HttpRequest], Awaitable[HttpResponse]]


class HashingQueue:
    """Runs a limited number of requests, each on its own thread, and queues a few more in order of arrival."""

    def __init__(self, at_once: int = MAX_AT_ONCE, waiting: int = MAX_WAITING) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._threads = [Thread() for _ in range(at_once)]
        self._free = waiting

    async def run(self, work: Callable[[], Awaitable[HttpResponse]]) -> HttpResponse | None:
        """Return the response, or None if the queue is full."""
        if self._slots.locked() and not self._free:
            return None
        self._free -= 1
        try:
            await self._slots.acquire()
        finally:
            self._free += 1
        # A thread cannot be stopped, so it keeps its slot even if the client has disconnected.
        return await asyncio.shield(asyncio.create_task(self._run(work)))

    async def _run(self, work: Callable[[], Awaitable[HttpResponse]]) -> HttpResponse:
        try:
            with next(thread for thread in self._threads if not thread.users):
                return await work()
        finally:
            self._slots.release()


@async_only_middleware
def bounded_hashing(get_response: Handler) -> Handler:
    """Respond with 503 if too many requests that hash a password are waiting."""
    queue = HashingQueue()

    async def bounded(request: HttpRequest) -> HttpResponse:
        if not hashes(request):
            return await get_response(request)
        response = await queue.run(lambda: get_response(request))
        return response or refusal()

    return bounded


def hashes(request: HttpRequest) -> bool:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return False
    try:
        return resolve(request.path_info).url_name in HASHING
    except Http404:
        return False


def refusal() -> HttpResponse:
    headers = {"Retry-After": str(RETRY_AFTER_S), "Cache-Control": "no-store"}
    return unlogged(HttpResponse(REFUSAL, status=503, content_type="text/plain; charset=utf-8", headers=headers))
