"""If a login is required, pages, sockets and states are refused without one."""

import asyncio
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from http.cookiejar import CookieJar
from types import SimpleNamespace

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.test import AsyncClient
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from broadcast import close_codes
from broadcast.permissions import may_view, needs_login
from tests.support.responses import content_of
from tests.support.server import Server


@pytest.mark.parametrize(
    ("wanted", "debug", "needed"),
    [(None, False, True), (None, True, False), (False, False, False), (True, True, True)],
)
def test_requires_a_login_by_setting_or_without_debug(settings, wanted, debug, needed):
    settings.DEBUG = debug
    settings.BROADCAST = {**settings.BROADCAST, "REQUIRE_LOGIN": wanted}
    assert needs_login() is needed


@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_lets_anonymous_users_watch_public_boards_only(settings, user):
    settings.BROADCAST = {**settings.BROADCAST, "REQUIRE_LOGIN": True}
    request = SimpleNamespace(user=user)
    assert not may_view("main", request)
    settings.BROADCAST = {**settings.BROADCAST, "REQUIRE_LOGIN": False}
    assert may_view("main", request)


@pytest.mark.django_db(transaction=True)
async def test_redirects_pages_and_refuses_the_state(settings, sticky):
    settings.BROADCAST = {**settings.BROADCAST, "REQUIRE_LOGIN": True}
    client = AsyncClient()
    page = await client.get("/b/main/?scene=9")
    assert (page.status_code, page["Location"]) == (302, "/login/?next=/b/main/%3Fscene%3D9")
    state = await client.get("/api/state/main")
    assert (state.status_code, state.json()["code"]) == (401, "login_required")
    assert (await client.get("/api/state/nowhere")).status_code == 401, "it revealed which boards exist"

    user = await get_user_model().objects.acreate_user("watcher", password="correct horse")
    await client.aforce_login(user)
    page = await client.get("/b/main/")
    assert page.status_code == 200
    assert "Logged in as watcher" in (await content_of(page)).decode()
    state = await client.get("/api/state/main")
    assert (state.status_code, state["Cache-Control"]) == (200, "private, no-cache")


def test_disconnects_a_user_who_logs_out(tmp_path):
    with Server(tmp_path, STICKYBOARD_PUBLIC="0", DJANGO_SUPERUSER_PASSWORD="correct horse") as server:
        server.manage("createsuperuser", "--username", "watcher", "--email", "", "--noinput")
        jar = CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        assert asyncio.run(first_message(server, "")) == close_codes.LOGIN_REQUIRED

        form = opener.open(f"{server.http}/").read().decode()
        post(opener, f"{server.http}/login/", form, username="watcher", password="correct horse")
        cookie = "; ".join(f"{each.name}={each.value}" for each in jar)
        assert '"op":"hello"' in asyncio.run(first_message(server, cookie))

        page = opener.open(f"{server.http}/").read().decode()
        log_out = partial(post, opener, f"{server.http}/logout/", page)
        assert asyncio.run(code_of_an_open_socket_after(log_out, server, cookie)) == close_codes.DISCONNECTED
        assert asyncio.run(first_message(server, cookie)) == close_codes.LOGIN_REQUIRED


def post(opener: urllib.request.OpenerDirector, url: str, page: str, **fields: str) -> None:
    (token,) = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page))
    body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token})
    opener.open(url, body.encode())


async def code_of_an_open_socket_after(log_out: Callable[[], None], server: Server, cookie: str) -> int:
    origin, headers = server.http, {"Cookie": cookie}
    async with connect(
        f"{server.websocket}/ws/board/main/?protocol=2", origin=origin, additional_headers=headers
    ) as socket:
        assert '"op":"hello"' in await socket.recv()
        await asyncio.to_thread(log_out)
        async with asyncio.timeout(20):
            await socket.wait_closed()
        return socket.close_code


async def first_message(server: Server, cookie: str) -> str | int:
    """Return the first text that the board's socket sends, or the code it is closed with."""
    headers = {"Cookie": cookie} if cookie else {}
    async with connect(
        f"{server.websocket}/ws/board/main/?protocol=2", origin=server.http, additional_headers=headers
    ) as socket:
        try:
            return await socket.recv()
        except ConnectionClosedError as closed:
            return closed.rcvd.code
