"""`GET /metrics`: off until `BROADCAST["METRICS_TOKEN"]` is set, and then for those who show it."""

import asyncio
import logging
import secrets

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from broadcast.errors import StoreError
from broadcast.ops.processes import reports
from broadcast.runtime import Runtime, runtime

log = logging.getLogger("broadcast.metrics")


@require_safe
async def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of all processes and of the store, in Prometheus' text format."""
    token = runtime().settings.METRICS_TOKEN
    if not token:
        raise Http404('there are no metrics; set BROADCAST["METRICS_TOKEN"]')
    if not _bears(request, token):
        said = 'send "Authorization: Bearer <BROADCAST["METRICS_TOKEN"]>"\n'
        return _text(said, status=401, headers={"WWW-Authenticate": "Bearer"})
    try:
        # Late, as the package that it needs comes with an extra.
        from broadcast.ops import prometheus
    except ModuleNotFoundError as exc:
        return _text(f'{exc.name} is missing; pip install "stickyboard[metrics]"\n', status=501)
    shared = runtime()
    try:
        # First, so that what this process counted up to now is in the answer, and in everybody's next one.
        await shared.processes.report()
        body = await asyncio.to_thread(_read, shared)
    except StoreError as exc:
        log.error("there are no metrics, as the store failed: %s", exc)
        return _text(f"{exc.public}\n", status=503)
    return HttpResponse(body, content_type=prometheus.CONTENT_TYPE, headers={"Cache-Control": "no-store"})


def _read(shared: Runtime) -> bytes:
    from broadcast.ops import prometheus

    return prometheus.exposition(reports(shared.store), shared.store.heads(), shared.store.holdings())


def _bears(request: HttpRequest, token: str) -> bool:
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    return scheme.lower() == "bearer" and secrets.compare_digest(shown.strip().encode(), token.encode())


def _text(said: str, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    return HttpResponse(said, status=status, content_type="text/plain; charset=utf-8", headers=headers)
