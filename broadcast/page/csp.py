"""A Content-Security-Policy without `unsafe-*`: no inline code runs, and nothing loads from another origin."""

from collections.abc import Awaitable, Callable, Sequence

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

DIRECTIVES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy_of(*script_hashes: str, embedded_by: Sequence[str] = ()) -> str:
    """Return the policy, which allows inline scripts with these hashes and framing by these origins."""
    sources = {**DIRECTIVES, "script-src": " ".join([DIRECTIVES["script-src"], *script_hashes])}
    if embedded_by:
        sources["frame-ancestors"] = " ".join(embedded_by)
    return "; ".join(f"{directive} {source}" for directive, source in sources.items())


POLICY = policy_of()

Handler = Callable[[HttpRequest], HttpResponse] | Callable[[HttpRequest], Awaitable[HttpResponse]]


@sync_and_async_middleware
def content_security_policy(get_response: Handler) -> Handler:
    """Add the policy to every response without one."""
    if iscoroutinefunction(get_response):

        async def middleware(request: HttpRequest) -> HttpResponse:
            return _with_policy(await get_response(request))

        return middleware
    return lambda request: _with_policy(get_response(request))


def _with_policy(response: HttpResponse) -> HttpResponse:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    return response
