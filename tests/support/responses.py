"""What a response contains, whether or not it is streamed."""

from typing import Any


async def content_of(response: Any) -> bytes:
    if not response.streaming:
        return response.content
    return b"".join([part async for part in response])
