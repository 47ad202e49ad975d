"""Responses with a shared compressed text between a head and a tail, streamed without copying the text."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping

from django.http import HttpRequest, StreamingHttpResponse
from django.utils.cache import patch_vary_headers

from broadcast.delivery.compression import Deflated

ACCEPTS_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")


def streamed(
    request: HttpRequest,
    text: Deflated,
    content_type: str,
    headers: Mapping[str, str],
    head: bytes = b"",
    tail: bytes = b"",
) -> StreamingHttpResponse:
    """Return the response, gzipped if the client accepts it."""
    if accepts_gzip(request):
        pieces = text.gzip(head, tail)
        response = StreamingHttpResponse(_each(iter(pieces)), content_type=content_type, headers=headers)
        response["Content-Encoding"] = "gzip"
        response["Content-Length"] = str(sum(map(len, pieces)))
    else:
        response = StreamingHttpResponse(_plain(head, text, tail), content_type=content_type, headers=headers)
        response["Content-Length"] = str(len(head) + text.size_bytes + len(tail))
    if "ETag" in response and "Content-Encoding" in response:
        response["ETag"] = f"W/{response['ETag']}"  # the same state in different bytes
    patch_vary_headers(response, ("Accept-Encoding",))
    return response


def accepts_gzip(request: HttpRequest) -> bool:
    return bool(ACCEPTS_GZIP.search(request.headers.get("Accept-Encoding", "")))


async def _plain(head: bytes, text: Deflated, tail: bytes) -> AsyncIterator[bytes]:
    yield head
    async for piece in _each(text.text()):
        yield piece
    yield tail


async def _each(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)  # otherwise a fast client would monopolise the event loop
