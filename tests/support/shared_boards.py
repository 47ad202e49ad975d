"""Two boards for tests of share links, and what a client without an account receives."""

from django.test import AsyncClient
from msgspec import Struct

import broadcast
from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType
from broadcast.events.policies import snapshot
from tests.support.responses import content_of


class Note(Struct):
    text: str


NAMES = ("left", "right", "other")
EVENT_TYPES = [EventType(name, Note, snapshot()) for name in NAMES]
PAIR = Board("pair", "Secret title", ["left", Scene("right", name="right_one")], permission="stickyboard.view_keyspace")
BOARDS = [PAIR, Board("lone", "Other title", ["other"], permission="stickyboard.view_keyspace")]


async def publish_all() -> None:
    for name in NAMES:
        await broadcast.apublish(name, text=f"secret-{name}")


def found_in(text: str) -> set[str]:
    return {name for name in NAMES if f"secret-{name}" in text}


async def get(path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Return the status, the text and the headers that a client without a cookie receives."""
    response = await AsyncClient().get(path, headers=headers)
    return response.status_code, (await content_of(response)).decode(), dict(response.headers)
