"""HTTP endpoints for machines: health probes, a board's state by cursor, and metrics."""

import asyncio
import contextlib
import hashlib
import logging
import secrets
from functools import cache
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.defaults import page_not_found

from broadcast.asgi.loopback import is_from_this_machine
from broadcast.checks.runserver import HINT, NO_SOCKETS
from broadcast.conf import boards, event_types
from broadcast.delivery.state_cache import State
from broadcast.errors import (
    GetRequired,
    LinkRefused,
    LoginRequired,
    PermissionRequired,
    StickyboardError,
    StoreError,
    UnknownBoard,
    UnknownEventType,
    UnknownPath,
)
from broadcast.ops.command_names import as_typed
from broadcast.ops.log_format import unlogged
from broadcast.ops.processes import reports
from broadcast.page.compressed_response import streamed
from broadcast.permissions import Viewer, is_public, needs_login, viewer_of
from broadcast.runtime import runtime

log = logging.getLogger("broadcast.views")

EDGE_S = 1  # how long a shared cache may serve the state of a public board
NO_STORE = {"Cache-Control": "no-store"}
PLAIN_SOCKET = "a socket was requested without a WebSocket handshake"
NOT_FOUND = (LinkRefused, UnknownBoard, UnknownEventType, UnknownPath)
STATUSES = {LoginRequired: 401, PermissionRequired: 403, GetRequired: 405, **dict.fromkeys(NOT_FOUND, 404)}
EMPTY = {"entries": 0, "epoch": "", "revision": 0}


@require_safe
async def livez(request: HttpRequest) -> HttpResponse:
    """Report that the event loop runs, and nothing else, so that no other failure restarts the process."""
    return JsonResponse({"status": "ok"}, headers=NO_STORE)


@require_safe
async def readyz(request: HttpRequest) -> HttpResponse:
    """Report whether to route new connections here: 503 while the process drains or the store is unusable."""
    if runtime().drain.is_begun:
        answer = {"status": "draining", "reason": "the process is shutting down"}
        return JsonResponse(answer, status=503, headers=NO_STORE)
    return await _health(request, "code", "reason")


@require_safe
async def healthz(request: HttpRequest) -> HttpResponse:
    """Try a transaction and read from the store: 200 with the size of each keyspace, or 503 with the reason.

    Details are for those who may watch, and for this machine; everyone else gets the status.
    """
    return await _health(request)


async def _health(request: HttpRequest, *only: str) -> HttpResponse:
    shared = runtime()
    health = await shared.probe.health()
    if health.error:
        facts: dict[str, Any] = {"status": "unavailable", "code": health.error.code, "reason": health.error.public}
    else:
        facts = {
            "status": "ok",
            "probe_ms": round(health.took_s * 1000, 3),
            "tick_ms": round(shared.publisher.tick_s * 1000, 3),
            "browsers": len(shared.reconciler),
            "keyspaces": {name: health.keyspaces.get(name, EMPTY) for name in shared.event_types},
        }
    visible = await _visible_types(request)
    if not visible:
        facts = {"status": facts["status"]}
    elif only:
        facts = {name: fact for name, fact in facts.items() if name in ("status", *only)}
    if "keyspaces" in facts:
        facts["keyspaces"] = {name: size for name, size in facts["keyspaces"].items() if name in visible}
    status = 503 if health.error else 200
    return unlogged(JsonResponse(facts, status=status, json_dumps_params={"indent": 2}, headers=NO_STORE))


async def _visible_types(request: HttpRequest) -> set[str]:
    """Return the event types of which a client sees details; none for a client that may view no board."""
    if is_from_this_machine(request):
        return set(event_types())
    try:
        return (await viewer_of(request)).event_types
    except DatabaseError as exc:  # of the accounts; the probe is about the store
        log.warning("an account could not be looked up for a probe: %s", exc)
        return set()


@csrf_exempt  # a POST changes nothing, and is answered with the error instead of a page
async def state(request: HttpRequest, board: str, event_type: str | None = None) -> HttpResponseBase:
    """Return the state of a board, or of one of its event types, as one update with an ETag from its cursor."""
    if request.method not in ("GET", "HEAD"):
        response = error_response(GetRequired(request.method or ""))
        response["Allow"] = "GET, HEAD"
        return response
    try:
        found = await _state_of(await viewer_of(request), board, event_type)
    except StickyboardError as exc:
        if isinstance(exc, StoreError) and not exc.is_logged:
            log.error("the state of board %s could not be read: %s", board, exc)
        return error_response(exc)
    # A browser revalidates each time. A shared cache asks once a second for all of its clients; a client that gets
    # an older state catches up from its cursor. Behind a login, only browsers may store the response.
    caching = "private, no-cache" if not is_public(board) else f"public, max-age=0, s-maxage={EDGE_S}"
    return state_response(request, found, caching)


def state_response(request: HttpRequest, found: State, caching: str) -> HttpResponseBase:
    """Return a state with an ETag from its cursor, or 304 if the client has it."""
    cursor = ",".join(f"{name}:{epoch}:{revision}" for name, (epoch, revision) in found.heads.items())
    etag = f'"{hashlib.sha256(cursor.encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": caching}
    if has_etag(request.headers.get("If-None-Match", ""), etag):
        return HttpResponse(status=304, headers=headers)
    return streamed(request, found.text, "application/json", headers)


async def _state_of(viewer: Viewer, board: str, event_type: str | None) -> State:
    if board not in viewer.boards:
        if viewer.is_anonymous and (needs_login() or board in boards()):
            raise LoginRequired
        raise PermissionRequired if board in boards() else UnknownBoard(board, viewer.boards)
    names = boards()[board]
    if event_type is not None and event_type not in names:
        raise UnknownEventType(event_type, names)
    return await runtime().states.of(names if event_type is None else (event_type,))


def has_etag(if_none_match: str, etag: str) -> bool:
    """Whether the client has this state already; a proxy that compresses a response weakens its ETag.

    Source: RFC 9110, section 13.1.2.
    """
    known = [tag.removeprefix("W/") for tag in parse_etags(if_none_match)]
    return etag in known or known == ["*"]


def error_response(error: StickyboardError) -> JsonResponse:
    facts = {"op": "error", "code": error.code, "message": error.public, "retry": error.retry}
    headers = {**NO_STORE, **({"Retry-After": "1"} if error.retry else {})}
    return unlogged(JsonResponse(facts, status=STATUSES.get(type(error), 503), headers=headers))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown path below `/api/` with an error, and any other with the page; see Django's `handler404`."""
    state_path = reverse("state", args=["BOARD"])
    if not request.path.startswith(state_path.removesuffix("state/BOARD")):
        return page_not_found(request, exception)
    known = [state_path]
    with contextlib.suppress(NoReverseMatch):  # a project without producers
        known.insert(0, reverse("events"))
    return error_response(UnknownPath(request.path, known))


@require_safe
async def plain_socket(request: HttpRequest, **_: str) -> HttpResponse:
    """Refuse a socket that arrived as plain HTTP, and log once what to change."""
    _log_plain_socket(is_wsgi=isinstance(request, WSGIRequest))
    return unlogged(_text(f"{PLAIN_SOCKET}\n", status=400, headers=NO_STORE))


@cache
def _log_plain_socket(*, is_wsgi: bool) -> None:
    if is_wsgi:
        log.warning("%s. %s", NO_SOCKETS, as_typed(HINT))
    else:
        log.warning('%s; let the proxy forward the headers "Upgrade" and "Connection"', PLAIN_SOCKET)


@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of all processes and of the store, in the Prometheus text format."""
    shared = runtime()
    if not (token := shared.settings.METRICS_TOKEN):
        raise Http404('there are no metrics; set BROADCAST["METRICS_TOKEN"]')
    if not _has_bearer(request, token):
        message = 'send "Authorization: Bearer <BROADCAST["METRICS_TOKEN"]>"\n'
        return _text(message, status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        # Imported here, because it needs the package of an extra.
        from broadcast.ops.prometheus import CONTENT_TYPE, exposition
    except ModuleNotFoundError as exc:
        return _text(f'{exc.name} is missing; pip install "stickyboard[metrics]"\n', status=501)
    store = shared.store
    try:
        # The other processes' last reports, and the current counts of this one, because a GET must not write.
        own = shared.processes.snapshot()
        body = await asyncio.to_thread(lambda: exposition(reports(store, own), store.heads(), store.stats()))
    except StoreError as exc:
        log.error("there are no metrics, because the store failed: %s", exc)
        return _text(f"{exc.public}\n", status=503)
    return HttpResponse(body, content_type=CONTENT_TYPE, headers=NO_STORE)


def _has_bearer(request: HttpRequest, token: str) -> bool:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(value.strip().encode(), token.encode())


def _text(message: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(message, status=status, content_type="text/plain; charset=utf-8", headers=headers)
