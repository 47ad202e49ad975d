"""A request without a token, or with a long body, is refused before its body is read."""

import json

import pytest
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler

from broadcast.conf import settings as broadcast_settings
from broadcast.errors import NotAuthorised
from producers_api.middleware import SENDER, EventsMiddleware
from producers_api.tokens import Sender

LIMIT = 1_048_576
KNOWN = Sender(1, "lab", frozenset())


async def authenticate(authorization):
    if authorization != "Bearer good":
        raise NotAuthorised
    return KNOWN


class Exchange:
    """One request to a guarded application that notes what it was given."""

    def __init__(self, *parts: bytes, path="/api/events", method="POST", token="good", length=None, leaves=False):
        announced = [] if length is None else [(b"content-length", str(length).encode())]
        headers = [(b"authorization", f"Bearer {token}".encode()), *announced]
        self.scope = {"type": "http", "method": method, "path": path, "headers": headers}
        end = {"type": "http.disconnect"} if leaves else {"type": "http.request", "body": b"", "more_body": False}
        self.parts = [*({"type": "http.request", "body": part, "more_body": True} for part in parts), end]
        self.read = 0
        self.sent, self.passed_on, self.body = [], None, None

    async def run(self):
        await EventsMiddleware(self.application, authenticate)(self.scope, self.receive, self.send)
        return self

    async def receive(self):
        self.read += 1
        return self.parts[self.read - 1]

    async def send(self, message):
        self.sent.append(message)

    async def application(self, scope, receive, send):
        self.passed_on = scope
        self.body = (await receive()).get("body")

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def answer(self):
        return json.loads(self.sent[1]["body"])


class DjangoExchange(Exchange):
    """A request that Django reads, until its end or until the client has gone."""

    async def application(self, scope, receive, send):
        self.passed_on = scope
        try:
            file = await ASGIHandler.read_body(None, receive)
        except RequestAborted:
            return
        with file:
            self.body = file.read()


async def test_a_bad_token_is_refused_unread():
    exchange = await Exchange(b"x" * 100, token="bad").run()
    assert (exchange.status, exchange.answer["code"], exchange.read) == (401, "not_authorised", 0)
    assert (b"www-authenticate", b"Bearer") in exchange.sent[0]["headers"]
    assert exchange.passed_on is None


async def test_a_length_above_the_limit_is_refused_unread():
    assert broadcast_settings().MAX_MESSAGE_BYTES == LIMIT
    exchange = await Exchange(b"x", length=LIMIT + 1).run()
    assert (exchange.status, exchange.answer["code"], exchange.read) == (413, "message_too_large", 0)


async def test_the_token_is_looked_at_before_the_length():
    assert (await Exchange(token="bad", length=LIMIT + 1).run()).status == 401


async def test_a_body_of_no_announced_length_is_read_up_to_the_limit():
    exchange = await DjangoExchange(*[b"x" * 500_000] * 9).run()
    assert (exchange.status, exchange.read) == (413, 3)


async def test_an_accepted_body_arrives_whole_and_with_its_sender():
    exchange = await DjangoExchange(b"one ", b"two", length=7).run()
    assert (exchange.body, exchange.passed_on[SENDER], exchange.sent) == (b"one two", KNOWN, [])


async def test_a_client_that_goes_is_not_answered():
    exchange = await DjangoExchange(b"one", leaves=True).run()
    assert (exchange.body, exchange.sent) == (None, [])


async def test_it_protects_an_application_below_a_prefix():
    exchange = Exchange(token="bad", path="/board/api/events")
    exchange.scope["root_path"] = "/board"
    assert (await exchange.run()).status == 401


@pytest.mark.parametrize("other", [{"path": "/api/state/main"}, {"method": "GET"}])
async def test_other_requests_pass_untouched(other):
    exchange = await Exchange(b"one", token="bad", **other).run()
    assert exchange.passed_on is exchange.scope
    assert exchange.body == b"one"


@pytest.mark.parametrize("other", [{"path": "/"}, {"path": "/nowhere", "method": "PUT"}])
async def test_nobody_fills_the_disk_at_another_address(other):
    exchange = await DjangoExchange(*[b"x" * 500_000] * 9, token="bad", **other).run()
    assert (exchange.status, exchange.answer["code"], exchange.read) == (413, "message_too_large", 3)
    assert 'BROADCAST["MAX_BODY_BYTES"]' in exchange.answer["message"]
    assert exchange.body is None

    announced = await DjangoExchange(b"x", token="bad", length=LIMIT + 1, **other).run()
    assert (announced.status, announced.read, announced.passed_on) == (413, 0, None)


async def test_a_project_that_takes_uploads_allows_larger_bodies(settings):
    settings.BROADCAST = {**settings.BROADCAST, "MAX_BODY_BYTES": 3 * LIMIT}
    exchange = await DjangoExchange(b"x" * (2 * LIMIT), path="/upload/").run()
    assert (len(exchange.body), exchange.sent) == (2 * LIMIT, [])


async def test_a_body_up_to_the_limit_reaches_another_address_whole():
    exchange = await DjangoExchange(b"x" * LIMIT, path="/login/", length=LIMIT).run()
    assert (len(exchange.body), exchange.sent) == (LIMIT, [])
