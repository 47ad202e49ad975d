"""Answers a request for a host that is not in ALLOWED_HOSTS with a page and a log line that name the setting.

Django's own answer is empty, and its log line is a traceback for each request.
"""

import logging

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.decorators import sync_and_async_middleware

from broadcast import conf
from broadcast.asgi.origins import printable
from broadcast.ops.log_format import OncePerCause, unlogged
from broadcast.page.csp import POLICY, Handler

log = logging.getLogger("broadcast.page.unknown_host")
log.addFilter(OncePerCause())


@sync_and_async_middleware
def refuse_unknown_host(get_response: Handler) -> Handler:
    """Answer 400 if the host is unknown. First in MIDDLEWARE, because others ask for the host too."""
    if iscoroutinefunction(get_response):

        async def checked(request: HttpRequest) -> HttpResponse:
            return refusal_of(request) or await get_response(request)

        return checked
    return lambda request: refusal_of(request) or get_response(request)


def refusal_of(request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a request for an unknown host, None for any other request."""
    try:
        request.get_host()
    except DisallowedHost:
        setting = conf.name_of_setting("ALLOWED_HOSTS")
        host = request._get_raw_host()  # noqa: SLF001  # the value that get_host() refused, forwarded or not
        log.warning("refused a request for the host %s; to serve it, add it to %s", printable(host), setting)
        page = render_to_string("stickyboard/unknown_host.html", {"setting": setting})
        headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY}
        return unlogged(HttpResponse(page, status=400, headers=headers))
    return None
