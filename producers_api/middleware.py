"""Checks the token of a POST before its body is read, and limits the length of every body.

Django writes a body to a file before any view sees the request, so a client without a token could fill the
disk. This middleware wraps Django, in `asgi.py`:

    http = EventsMiddleware(get_asgi_application())

Other paths need no token, and have a limit of their own. The server discards the rest of a refused request.
Daphne reads a complete body before it calls the application.
"""

from typing import Any

from broadcast.asgi.sockets import own_path
from broadcast.conf import settings
from broadcast.errors import AccountsUnavailable, MessageTooLarge, NotAuthorised, StickyboardError
from broadcast.runtime import runtime
from broadcast.types import Application, Receive, Scope, Send
from producers_api.ingest import error_text
from producers_api.tokens import Authenticate, authenticate

URL_NAME = "events"
SENDER = "stickyboard.sender"  # the key of the authenticated sender in the scope
STATUS = {NotAuthorised: 401, MessageTooLarge: 413, AccountsUnavailable: 503}


class EventsMiddleware:
    """ASGI middleware that authenticates producers and limits bodies."""

    def __init__(self, application: Application, authenticate: Authenticate = authenticate) -> None:
        self._application, self._authenticate = application, authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        prefix = scope.get("root_path", "")  # of the whole application
        is_for_events = scope["method"] == "POST" and scope["path"].removeprefix(prefix) == own_path(URL_NAME)
        try:
            if is_for_events:
                scope = {**scope, SENDER: await self._authenticate(header_of(scope, b"authorization"))}
            await self._limit_body(scope, receive, send, "MAX_MESSAGE_BYTES" if is_for_events else "MAX_BODY_BYTES")
        except (NotAuthorised, MessageTooLarge, AccountsUnavailable) as exc:
            runtime().meters.refusals[exc.code] += 1
            await _refuse(send, exc)

    async def _limit_body(self, scope: Scope, receive: Receive, send: Send, setting: str) -> None:
        limit, size = getattr(settings(), setting), 0
        announced = int(header_of(scope, b"content-length") or 0)
        if announced > limit:
            raise MessageTooLarge(announced, limit, setting)

        async def receive_some() -> dict[str, Any]:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            # As if the client had disconnected: Django then closes the file of the body and sends no response.
            return message if size <= limit else {"type": "http.disconnect"}

        await self._application(scope, receive_some, send)
        if size > limit:
            raise MessageTooLarge(size, limit, setting)


async def _refuse(send: Send, error: StickyboardError) -> None:
    body = error_text(error).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if isinstance(error, NotAuthorised):
        headers.append((b"www-authenticate", b"Bearer"))
    if error.retry:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": STATUS[type(error)], "headers": headers})
    await send({"type": "http.response.body", "body": body})


def header_of(scope: Scope, name: bytes) -> str:
    """Return the value of a header; "" if it is missing."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name), "")
