"""Bounds how many passwords are hashed at once: a hash takes a processor for most of a second, on purpose.

A request that may hash waits its turn here, before it has a thread. Beyond so many that wait it is refused.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.utils.decorators import async_only_middleware

from broadcast.asgi.threads import Thread

# Names of the addresses whose forms hash a password: the two logins, and what staff may do in the admin.
HASHING = frozenset({"login", "password_change", "auth_user_add", "auth_user_password_change"})
MAX_AT_ONCE = max(1, (os.cpu_count() or 1) // 2)  # the event loop needs a processor too
MAX_WAITING = 16  # at half a second each they wait no longer than most people do
RETRY_AFTER_S = 10
REFUSAL = "Too many people are logging in. Try again in a few seconds.\n"

Handler = Callable[[HttpRequest], Awaitable[HttpResponse]]


class Turns:
    """Lets a few run at once, each on a thread of its own, and a few more wait; first come, first served."""

    def __init__(self, at_once: int = MAX_AT_ONCE, waiting: int = MAX_WAITING) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._threads = [Thread() for _ in range(at_once)]
        self._room = waiting

    async def run(self, work: Callable[[], Awaitable[HttpResponse]]) -> HttpResponse | None:
        """Return the result, or None where too many wait already."""
        if self._places.locked() and not self._room:
            return None
        self._room -= 1
        try:
            await self._places.acquire()
        finally:
            self._room += 1
        # A thread cannot be stopped: it keeps its place even where the client has gone.
        return await asyncio.shield(asyncio.create_task(self._run(work)))

    async def _run(self, work: Callable[[], Awaitable[HttpResponse]]) -> HttpResponse:
        try:
            with next(thread for thread in self._threads if not thread.users):
                return await work()
        finally:
            self._places.release()


@async_only_middleware
def bounded_hashing(get_response: Handler) -> Handler:
    """Answer 503 where too many requests that hash a password wait already."""
    turns = Turns()

    async def bounded(request: HttpRequest) -> HttpResponse:
        if not hashes(request):
            return await get_response(request)
        response = await turns.run(lambda: get_response(request))
        return response or refusal()

    return bounded


def hashes(request: HttpRequest) -> bool:
    """Whether the answer to a request may take hashing a password."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return False
    try:
        return resolve(request.path_info).url_name in HASHING
    except Http404:
        return False


def refusal() -> HttpResponse:
    """Return the answer to a request that is refused."""
    headers = {"Retry-After": str(RETRY_AFTER_S), "Cache-Control": "no-store"}
    response = HttpResponse(REFUSAL, status=503, content_type="text/plain; charset=utf-8", headers=headers)
    response._has_been_logged = True  # noqa: SLF001  # or Django writes a line for each that a stranger sends
    return response
