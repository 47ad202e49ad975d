"""`POST /api/events`: accepts what the socket accepts, and more formats; responds after the commit."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from broadcast.conf import settings
from broadcast.errors import (
    InvalidMessage,
    MessageTooLarge,
    PostRequired,
    StickyboardError,
    StoreError,
    TooFast,
    UnsupportedEncoding,
)
from broadcast.ops.log_format import unlogged
from broadcast.runtime import runtime
from producers_api import middleware
from producers_api.ingest import Ingest, PendingAnswer, error_facts
from producers_api.messages import seq_of
from producers_api.post_body import message_in, unpacked
from producers_api.rate_limit import rate_limit_of
from producers_api.tokens import Sender, authenticate

STATUS = {**middleware.STATUS, PostRequired: 405, UnsupportedEncoding: 415, TooFast: 429, StoreError: 503}


@csrf_exempt  # another site's page cannot send the token
async def events(request: HttpRequest) -> JsonResponse:
    """Accept an event, an array, NDJSON, CloudEvents or a numbered batch (its producer in `?producer=`)."""
    body = b""
    try:
        _check_method(request)
        sender = await _sender(request)
        body = _body(request)
        answer = await _take(request, sender, body)
        accepted, refused = await answer.settle()
    except StickyboardError as exc:
        runtime().meters.refusals[exc.code] += 1
        return _refusal(exc, seq_of(body) or _seq(request))
    errors = [error_facts(error, answer.seq, index) for index, error in refused]
    return JsonResponse(
        {"op": "ack", "accepted": accepted, "errors": errors}, status=200 if accepted or not errors else 422
    )


def _check_method(request: HttpRequest) -> None:
    if request.method != "POST":
        raise PostRequired(request.method or "")


async def _sender(request: HttpRequest) -> Sender:
    # `EventsMiddleware` has already authenticated the request.
    known: Sender | None = getattr(request, "scope", {}).get(middleware.SENDER)
    return known or await authenticate(request.headers.get("Authorization", ""))


async def _take(request: HttpRequest, sender: Sender, body: bytes) -> PendingAnswer:
    conf, seq, kind = settings(), _seq(request), request.headers.get("Content-Type", "")
    if seq is None:
        raise InvalidMessage(f'expected a whole number, got "{request.GET["seq"][:80]}" at ?seq=')
    message = message_in(body, kind, seq, conf.MAX_MESSAGE_BYTES, conf.MAX_BATCH_EVENTS)
    rate_limit = rate_limit_of(sender.token_id, conf.MAX_EVENTS_PER_S)
    return await Ingest(runtime(), sender, request.GET.get("producer", ""), rate_limit).take_message(message, len(body))


def _body(request: HttpRequest) -> bytes:
    limit = settings().MAX_MESSAGE_BYTES
    body = request.read(limit + 1)  # not all that there is, because a project may not use `EventsMiddleware`
    if len(body) > limit:
        raise MessageTooLarge(len(body), limit)
    return unpacked(body, request.headers.get("Content-Encoding", ""), limit)


def _seq(request: HttpRequest) -> int | None:
    """Return the sequence number in the query string; 0 if it is missing, None if it is not a number."""
    text = request.GET.get("seq", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else None


def _refusal(error: StickyboardError, seq: int | None) -> JsonResponse:
    status = next((number for kind, number in STATUS.items() if isinstance(error, kind)), 400)
    response = JsonResponse(error_facts(error, seq), status=status)
    if error.retry:
        response["Retry-After"] = "1"
    if isinstance(error, PostRequired):
        response["Allow"] = "POST"
    return unlogged(response)
