"""No address of a server returns anything of a board to those who may not view it, whatever its URLs will be."""

import re
from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.test import AsyncClient
from django.urls import URLPattern, get_resolver
from msgspec import Struct

import broadcast
from broadcast.events.board import Board
from broadcast.events.event_type import EventType
from broadcast.events.policies import snapshot
from tests.support.responses import content_of

pytestmark = pytest.mark.django_db(transaction=True)


class Note(Struct):
    words: str


EVENT_TYPES = [EventType(name, Note, snapshot(), title=f"Title of {name}") for name in ("stowed", "open", "strayed")]
BOARDS = [
    Board("status", scenes=["open"], permission="public"),
    Board("vault", "Vault title", ["stowed"], permission="stickyboard.view_keyspace"),
]
SECRETS = ("secret-stowed", "secret-strayed", "Title of stowed", "Title of strayed", "Vault title", '"stowed"')
VALUES = {
    "name": ("vault", "stowed"),
    "board": ("vault", "stowed"),
    "event_type": ("stowed", "strayed"),
    "token": ("sticky_share_x.y",),
    "object_id": ("1", "stowed"),
    "app_label": ("stickyboard", "stickyboard_producers"),
}
QUERY = "?keyspace=stowed&key=&q=stowed&cursor=stowed:x:0&scene=stowed&kind=stowed&next=/b/vault/"


def addresses(patterns=None, before: str = "/") -> Iterator[str]:
    """Yield each address of the project, with names of what is hidden in place of its arguments."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        for route in filled(before, str(pattern.pattern)):
            if isinstance(pattern, URLPattern):
                yield route
            else:
                yield from addresses(pattern.url_patterns, route)


def filled(before: str, route: str) -> list[str]:
    """Return a part of a route with every combination of values for its arguments."""
    names = re.findall(r"<(?:\w+:)?(\w+)>", route)
    found = [before + route.replace("^", "").replace("$", "").replace("(?P<url>.*)", "stowed")]
    for name in set(names) - {"url"}:
        found = [re.sub(rf"<(?:\w+:)?{name}>", value, each) for each in found for value in VALUES.get(name, ("1",))]
    return found


@pytest.mark.slow
async def test_no_address_reveals_a_board(settings, sticky):
    settings.BROADCAST = {
        "EVENT_TYPES": "tests.page.test_every_address.EVENT_TYPES",
        "BOARDS": BOARDS,
        "REQUIRE_LOGIN": True,
    }
    for kind in EVENT_TYPES:
        await broadcast.apublish(kind.name, words=f"secret-{kind.name}")
    client = AsyncClient(headers={"x-forwarded-for": "203.0.113.7", "if-none-match": "*"})
    # A member of staff without any permission reaches more addresses than an anonymous client.
    await client.aforce_login(await get_user_model().objects.acreate_user("clerk", is_staff=True))
    found = list(dict.fromkeys(addresses()))
    assert {"/api/state/vault", "/admin/stickyboard/keyspace/entries/", "/share/sticky_share_x.y/"} <= set(found)
    for address in found:
        response = await client.get(address + QUERY)
        text = (await content_of(response)).decode() + str(dict(response.headers))
        assert not [each for each in SECRETS if each in text], (address, response.status_code)
        assert response.status_code < 500, address
