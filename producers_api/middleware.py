"""Looks at a POST's token and length before its body is read, and reads no more than a message may have.

Django writes a body to a file before any view sees the request, whatever its address, so whoever has
no token could fill the disk. This stands in front of Django, in `asgi.py`:

    http = EventsGuard(get_asgi_application())

At other addresses nobody is asked for a token, and bodies have a limit of their own. What a refused
request still sends is dropped by the server as it comes. Daphne reads a body whole before it asks anybody.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from channels.db import aclose_old_connections

from broadcast.conf import settings
from broadcast.errors import AccountsUnavailable, MessageTooLarge, NotAuthorised, StickyboardError
from broadcast.runtime import runtime
from producers_api.ingest import error_text
from producers_api.tokens import authenticate

PATH = "/api/events"
SENDER = "stickyboard.sender"  # in the scope: who was let through
STATUS = {NotAuthorised: 401, MessageTooLarge: 413, AccountsUnavailable: 503}

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class EventsGuard:
    """An ASGI application that passes on to another what it does not refuse.

    Args:
        application: takes what is let through.
        path: the address that is guarded.
    """

    def __init__(self, application: Application, path: str = PATH) -> None:
        self._application, self._path = application, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        is_guarded = scope["method"] == "POST" and self._is_guarded(scope)
        try:
            await (self._take_events if is_guarded else self._pass_on)(scope, receive, send)
        except (NotAuthorised, MessageTooLarge, AccountsUnavailable) as exc:
            runtime().meters.refusals[exc.code] += 1
            await _refuse(send, exc)

    async def _take_events(self, scope: Scope, receive: Receive, send: Send) -> None:
        await aclose_old_connections()
        sender = await authenticate(_header(scope, b"authorization"))
        body = await _read(receive, _announced(scope))
        if body is not None:
            await self._application({**scope, SENDER: sender}, _again(body, receive), send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit, announced, size = settings().MAX_BODY_BYTES, _announced(scope), 0
        if announced > limit:
            raise MessageTooLarge(announced, limit, "MAX_BODY_BYTES")

        async def receive_some() -> dict[str, Any]:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            # As if the client had gone: Django then closes the body's file, and answers nothing.
            return message if size <= limit else {"type": "http.disconnect"}

        await self._application(scope, receive_some, send)
        if size > limit:
            raise MessageTooLarge(size, limit, "MAX_BODY_BYTES")

    def _is_guarded(self, scope: Scope) -> bool:
        prefix: str = scope.get("root_path", "")  # where the whole application is mounted below an address
        return bool(scope["path"].removeprefix(prefix) == self._path)


async def _read(receive: Receive, announced: int) -> bytes | None:
    """Return the body, or None where the client went before its end."""
    limit = settings().MAX_MESSAGE_BYTES
    if announced > limit:
        raise MessageTooLarge(announced, limit)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > limit:
            raise MessageTooLarge(len(body), limit)
        if not message.get("more_body"):
            return bytes(body)


def _announced(scope: Scope) -> int:
    return int(_header(scope, b"content-length") or 0)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives the body once, and then whatever else comes."""
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def give() -> dict[str, Any]:
        return parts.pop() if parts else await receive()

    return give


async def _refuse(send: Send, error: StickyboardError) -> None:
    body = error_text(error).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if isinstance(error, NotAuthorised):
        headers.append((b"www-authenticate", b"Bearer"))
    if error.retry:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": STATUS[type(error)], "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")
