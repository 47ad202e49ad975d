"""`POST /api/events`: the same bodies as the socket takes, answered when they are committed."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from broadcast.errors import (
    InvalidJSON,
    MessageRefused,
    MessageTooLarge,
    NotAuthorised,
    StickyboardError,
    StoreError,
    TooFast,
)
from broadcast.runtime import runtime
from producers_api.auth import authenticate
from producers_api.ingest import Ingest, error_facts
from producers_api.messages import seq_of
from producers_api.rate import budget_of

STATUS = {NotAuthorised: 401, MessageTooLarge: 413, TooFast: 429, StoreError: 503}


@csrf_exempt  # a token in a header is nothing that another site's page could send along
@require_POST
async def events(request: HttpRequest) -> JsonResponse:
    """Take an event, an array of events, or a numbered batch (its producer in `?producer=`)."""
    body = b""
    try:
        sender = await authenticate(request.headers.get("Authorization", ""))
        shared = runtime()
        budget = budget_of(sender.token_id, shared.settings.MAX_EVENTS_PER_S)
        ingest = Ingest(shared, sender, request.GET.get("producer", ""), budget)
        body = _body(request)
        receipt = await ingest.take(body)
        accepted, refused = await receipt.settle()
    except (NotAuthorised, MessageRefused, InvalidJSON, StoreError) as exc:
        return _refusal(exc, seq_of(body))
    errors = [error_facts(error, receipt.seq, index) for index, error in refused]
    return JsonResponse(
        {"op": "ack", "accepted": accepted, "errors": errors}, status=200 if accepted or not errors else 422
    )


def _body(request: HttpRequest) -> bytes:
    limit = runtime().settings.MAX_MESSAGE_BYTES
    announced = int(request.headers.get("Content-Length") or 0)
    if announced > limit:
        raise MessageTooLarge(announced, limit)
    body: bytes = request.read(limit + 1)
    return body


def _refusal(error: StickyboardError, seq: int | None) -> JsonResponse:
    status = next((number for kind, number in STATUS.items() if isinstance(error, kind)), 400)
    response = JsonResponse(error_facts(error, seq), status=status)
    if error.retry:
        response["Retry-After"] = "1"
    return response
