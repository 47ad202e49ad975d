"""Responses of views and of servers."""

import urllib.error
import urllib.request
from typing import Any

from tests.support.server import Server


async def content_of(response: Any) -> bytes:
    if not response.streaming:
        return response.content
    return b"".join([part async for part in response])


def fetch(server: Server, path: str, token: str = "") -> tuple[int, bytes]:
    request = urllib.request.Request(server.http + path, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, exc.read()
