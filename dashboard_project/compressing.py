"""Pages are sent compressed to browsers that take it: a board's state is mostly digits and repeated names."""

import asyncio
import re

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.text import compress_string

TAKES_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
# Bytes that come at random, so that the length tells nothing of what stands in the page beside what was asked for.
# Source: "Heal the BREACH: a countermeasure", as Django's own GZipMiddleware does it.
RANDOM_BYTES = 100


def takes_gzip(request: HttpRequest) -> bool:
    """Whether the browser takes gzip."""
    return bool(TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")))


async def compress(request: HttpRequest, response: HttpResponse) -> None:
    """Compress an answer's content where the browser takes gzip.

    In a thread: zlib lets go of the interpreter meanwhile, and the event loop goes on.
    """
    patch_vary_headers(response, ("Accept-Encoding",))
    if not takes_gzip(request):
        return
    response.content = await asyncio.to_thread(compress_string, response.content, max_random_bytes=RANDOM_BYTES)
    response["Content-Encoding"] = "gzip"
