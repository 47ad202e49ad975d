"""If boards need a login, the probes tell anonymous clients only whether the process is healthy."""

import http.client
import json
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.http import HttpRequest
from django.test import AsyncClient, AsyncRequestFactory

from broadcast import views
from broadcast.asgi.loopback import FORWARDED, is_from_this_machine
from broadcast.errors import StoreError
from dashboard_project.event_types import EVENT_TYPES
from tests.support.server import Server

database = pytest.mark.django_db(transaction=True)
NAMES = [kind.name for kind in EVENT_TYPES]


@pytest.fixture(autouse=True)
def behind_a_login(settings: Any) -> None:
    settings.BROADCAST = {**settings.BROADCAST, "REQUIRE_LOGIN": True}


def request_from(client: Any = ("127.0.0.1", 4000), host: str = "localhost:8000", **more: Any) -> HttpRequest:
    http_version, headers = more.pop("http_version", "1.1"), more.pop("headers", {})
    request = AsyncRequestFactory().get("/healthz", headers=headers)
    request.META["HTTP_HOST"] = host
    request.scope.update(client=client, http_version=http_version, **more)
    return request


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_a_program_on_this_machine_is_one(address: str, host: str) -> None:
    assert is_from_this_machine(request_from((address, 1), host))


@pytest.mark.parametrize(
    "address", ["192.0.2.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1", "", "unix:", "0.0.0.0"]
)
def test_another_machine_is_none(address: str) -> None:
    assert not is_from_this_machine(request_from((address, 1)))


def test_over_a_unix_socket_nothing_is_known() -> None:
    assert not is_from_this_machine(request_from(None))


@pytest.mark.parametrize("header", FORWARDED)
@pytest.mark.parametrize("value", ["127.0.0.1", "for=127.0.0.1", "1.1 proxy"])
def test_a_proxied_request_is_never_from_this_machine(header: str, value: str) -> None:
    assert not is_from_this_machine(request_from(headers={header: value}))


@pytest.mark.parametrize("more", [{"host": "board.example"}, {"host": "localhost.example"}, {"http_version": "1.0"}])
def test_a_proxy_that_adds_no_header_is_found_out_by_the_rest(more: Any) -> None:
    assert not is_from_this_machine(request_from(**more))


@database
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_stranger_gets_the_bare_status(sticky: Any, path: str) -> None:
    answer = await AsyncClient().get(path)  # of host `testserver`
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@database
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_stranger_gets_no_reason_either(sticky: Any, monkeypatch: Any, path: str) -> None:
    async def fail(self: Any, batches: Any) -> None:
        raise StoreError("secret")

    monkeypatch.setattr(type(sticky), "aapply", fail)
    answer = await AsyncClient().get(path)
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


@database
async def test_whoever_is_logged_in_gets_the_details(sticky: Any) -> None:
    client = AsyncClient()
    await client.aforce_login(await get_user_model().objects.acreate_user("ada"))
    assert list((await client.get("/healthz")).json()["keyspaces"]) == NAMES


@database
async def test_it_answers_while_the_accounts_cannot_be_asked(sticky: Any, monkeypatch: Any) -> None:
    async def fail(request: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(HttpRequest, "auser", fail, raising=False)
    request = request_from(("192.0.2.1", 1))
    request.auser = fail.__get__(request)  # type: ignore[attr-defined]
    answer = await views.healthz(request)
    assert (answer.status_code, json.loads(answer.content)) == (200, {"status": "ok"})


@database
@pytest.mark.parametrize("path", ["/metrics", "/api/state/main", "/api/state/none", "/docs/events/", "/", "/b/none/"])
async def test_nothing_else_names_an_event_type_to_a_stranger(sticky: Any, path: str) -> None:
    answer = await AsyncClient().get(path)
    assert answer.status_code in (302, 401, 404)
    assert not [name for name in NAMES if name in answer.content.decode()]


def test_details_are_for_this_machine_and_not_via_a_proxy(tmp_path: Any) -> None:
    with Server(tmp_path, STICKYBOARD_PUBLIC="0", STICKYBOARD_HOSTS="*") as server:

        def fields(**headers: str) -> set[str]:
            link = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            link.request("GET", "/healthz", headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = json.load(link.getresponse())
            link.close()
            return set(answer)

        assert "keyspaces" in fields()
        for header in ({"X_Forwarded_For": "127.0.0.1"}, {"Forwarded": "for=[::1]"}, {"Host": "board.example"}):
            assert fields(**header) == {"status"}
