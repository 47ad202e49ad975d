"""What machines ask for: whether the store works, and a board's state by cursor."""

import asyncio
import hashlib
import logging
import secrets
import time
from typing import NamedTuple
from weakref import WeakKeyDictionary

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from broadcast.asgi.loopback import is_from_this_machine
from broadcast.delivery.state_cache import State
from broadcast.errors import LoginRequired, StickyboardError, StoreError, UnknownBoard, UnknownEventType
from broadcast.events.policies import latest
from broadcast.ops.queries import counts
from broadcast.page.streamed import streamed
from broadcast.permissions import may_watch, needs_login
from broadcast.runtime import Runtime, runtime
from broadcast.types import Batch, Write

log = logging.getLogger("broadcast.views")

PROBE = "_health"
PROBE_EVERY_S = 1.0  # so that asking often costs no more than asking once
EDGE_S = 1  # how old a public board's state may be when a shared cache gives it


class Health(NamedTuple):
    """What a probe found, and when: seconds of the monotonic clock."""

    found_at: float
    status: int
    answer: dict[str, object]


_probes: "WeakKeyDictionary[Runtime, asyncio.Task[Health]]" = WeakKeyDictionary()


@require_safe
async def livez(request: HttpRequest) -> HttpResponse:
    """Answer that the event loop runs; looks at nothing else, so that no other failure has it restarted."""
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@require_safe
async def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether new connections should come here: 503 while the process drains, or the store cannot be used."""
    shared = runtime()
    if shared.drain.is_begun:
        answer: dict[str, object] = {"status": "draining", "reason": "the process is about to end"}
        return JsonResponse(answer, status=503, headers={"Cache-Control": "no-store"})
    health = await asyncio.shield(_probe_of(shared))
    shown = ("status", "code", "reason") if await _may_see_details(request) else ("status",)
    answer = {name: health.answer[name] for name in shown if name in health.answer}
    return _quietly(JsonResponse(answer, status=health.status, headers={"Cache-Control": "no-store"}))


@require_safe
async def healthz(request: HttpRequest) -> HttpResponse:
    """Write and read the store; 200 with what each keyspace holds, or 503 with the reason.

    Only whoever may watch, or is on this machine, gets more than the status.
    """
    # Shielded: one request that is given up must not take the answer from the others.
    health = await asyncio.shield(_probe_of(runtime()))
    answer = health.answer if await _may_see_details(request) else {"status": health.answer["status"]}
    headers = {"Cache-Control": "no-store"}
    return _quietly(JsonResponse(answer, status=health.status, json_dumps_params={"indent": 2}, headers=headers))


async def _may_see_details(request: HttpRequest) -> bool:
    if not needs_login() or is_from_this_machine(request):
        return True
    try:
        return may_watch(await request.auser())
    except DatabaseError as exc:  # of accounts; the probe is about the store
        log.warning("an account could not be looked up for a probe: %s", exc)
        return False


@require_safe
async def state(request: HttpRequest, board: str, event_type: str | None = None) -> HttpResponseBase:
    """Return a board's state, or that of one of its event types, as one update; the ETag is made of its cursor."""
    if needs_login() and not may_watch(await request.auser()):
        error = LoginRequired()
        return _error(error, str(error), status=401)
    try:
        found = await _state_of(runtime(), board, event_type)
    except (UnknownBoard, UnknownEventType) as exc:
        return _error(exc, str(exc), status=404)
    except StoreError as exc:
        if not exc.is_logged:
            log.error("the state of board %s could not be read: %s", board, exc)
        return _error(exc, exc.public, status=503)
    cursor = ",".join(f"{span.keyspace}:{span.epoch}:{span.to_revision}" for span in found.spans)
    etag = f'"{hashlib.sha256(cursor.encode()).hexdigest()[:32]}"'
    # A browser asks each time, for a 304; what stands in front of many asks once a second for all of them, and
    # whoever was given an older state is brought up to date by its cursor. Behind a login only browsers keep it.
    kept = "private, no-cache" if needs_login() else f"public, max-age=0, s-maxage={EDGE_S}"
    headers = {"ETag": etag, "Cache-Control": kept}
    if is_known(request.headers.get("If-None-Match", ""), etag):
        return HttpResponse(status=304, headers=headers)
    return streamed(request, found.text, "application/json", headers)


async def _state_of(shared: Runtime, board: str, event_type: str | None) -> State:
    names = shared.types_of(board)
    if event_type is not None and event_type not in names:
        raise UnknownEventType(event_type, names)
    return await shared.states.of(names if event_type is None else (event_type,))


def _error(error: StickyboardError, message: str, status: int) -> JsonResponse:
    facts = {"op": "error", "code": error.code, "message": message, "retry": error.retry}
    headers = {"Cache-Control": "no-store", **({"Retry-After": "1"} if error.retry else {})}
    return _quietly(JsonResponse(facts, status=status, headers=headers))


def _quietly(response: HttpResponse) -> HttpResponse:
    # Django logs each 503 of an outage, and whoever probes asks every second; the store's log says it once.
    response._has_been_logged = True  # noqa: SLF001
    return response


def is_known(if_none_match: str, etag: str) -> bool:
    """Whether the asker has this state already; a proxy that compressed it has weakened the tag.

    Source: RFC 9110, section 13.1.2.
    """
    known = [tag.removeprefix("W/") for tag in parse_etags(if_none_match)]
    return etag in known or known == ["*"]


def _probe_of(shared: Runtime) -> "asyncio.Task[Health]":
    """Return the probe that is under way or that ended just now; begin one where there is none."""
    probe = _probes.get(shared)
    if probe is None or (probe.done() and not _is_fresh(probe)):
        probe = _probes[shared] = asyncio.create_task(_probe(shared), name="sticky-probe")
    return probe


def _is_fresh(probe: "asyncio.Task[Health]") -> bool:
    failed = probe.cancelled() or probe.exception() is not None
    return not failed and time.monotonic() - probe.result().found_at < PROBE_EVERY_S


async def _probe(shared: Runtime) -> Health:
    started = time.perf_counter()
    try:
        await _write_and_read(shared)
        keyspaces = await asyncio.to_thread(counts, shared.store)
    except StoreError as exc:
        if not exc.is_logged:
            log.error("the store failed its probe: %s", exc)
        return Health(time.monotonic(), 503, {"status": "unavailable", "code": exc.code, "reason": exc.public})
    answer = {
        "status": "ok",
        "probe_ms": round((time.perf_counter() - started) * 1000, 3),
        "tick_ms": round(shared.publisher.tick_s * 1000, 3),
        "browsers": len(shared.reconciler),
        "keyspaces": {
            name: keyspaces.get(name, {"entries": 0, "epoch": "", "revision": 0}) for name in shared.event_types
        },
    }
    return Health(time.monotonic(), 200, answer)


async def _write_and_read(shared: Runtime) -> None:
    mark = f'"{secrets.token_hex(8)}"'
    await shared.store.aapply([Batch(PROBE, latest().bounds, [Write("", value=mark)])])
    delta = (await shared.store.asince({PROBE: None}))[PROBE]
    # Another process's probe may have come in between; what counts is that a mark is there.
    if not delta.entries:
        raise StoreError("what was written could not be read back")
