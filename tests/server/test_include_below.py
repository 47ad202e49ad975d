"""`path("ops/", include("broadcast.urls"))` moves pages, sockets and the addresses of producers alike."""

import json
import re

import pytest
from channels.routing import URLRouter
from channels.testing import WebsocketCommunicator
from django.conf.urls.i18n import i18n_patterns
from django.test import AsyncClient
from django.urls import include, path

from broadcast.asgi.mount import Mounted
from producers_api.asgi import application, websocket
from producers_api.middleware import EventsMiddleware
from tests.support.responses import content_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def below(settings, sticky):
    settings.ROOT_URLCONF = "tests.support.urls_below"


async def answer_of(served, address: str, **scope) -> str:
    """Return the first message of a socket, or how it was closed."""
    headers = [(b"origin", b"http://testserver"), (b"host", b"testserver")]
    socket = WebsocketCommunicator(served, address, headers=headers)
    socket.scope.update(scope)
    await socket.connect(timeout=60)
    message = await socket.receive_output(timeout=60)
    await socket.disconnect(timeout=60)
    return str(message.get("text") or message["code"])


async def test_the_page_names_paths_below_the_prefix():
    page = (await content_of(await AsyncClient().get("/ops/b/main/"))).decode()
    data = json.loads(re.findall(r'id="board-state">(.*?)</script>', page, re.DOTALL)[0])
    assert (data["socket_path"], data["state_path"]) == ("/ops/ws/board/main/", "/ops/api/state/main")
    assert 'data-events-path="/ops/api/events"' in page
    assert (await AsyncClient().get(data["state_path"])).status_code == 200


async def test_sockets_are_below_the_prefix():
    nested = URLRouter([path("ops/", websocket)])
    for served in (websocket, nested, application):
        assert "hello" in await answer_of(served, "/ops/ws/board/main/?protocol=2")
    assert "hello" not in await answer_of(websocket, "/ops/ws/produce/")


class Translated:
    urlpatterns = i18n_patterns(path("", include("broadcast.urls")))


@pytest.mark.parametrize("language", ["de", "en"])
async def test_the_prefix_may_be_a_language(settings, language):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    settings.LANGUAGE_CODE, settings.LANGUAGES, settings.USE_I18N = "en", [("en", "English"), ("de", "Deutsch")], True
    settings.ROOT_URLCONF, settings.LOGIN_URL = Translated, "/login/"
    page = (await content_of(await AsyncClient().get(f"/{language}/b/main/"))).decode()
    assert f'"socket_path":"/{language}/ws/board/main/"' in page
    assert "hello" in await answer_of(websocket, f"/{language}/ws/board/main/?protocol=2")


async def test_sockets_are_nowhere_else():
    socket = WebsocketCommunicator(websocket, "/ws/board/main/?protocol=2")
    assert (await socket.connect(timeout=60))[0] is False


async def test_a_proxys_prefix_precedes_that_of_include():
    scope = {"root_path": "/lab", "path": "/lab/ops/ws/board/main/"}
    assert "hello" in await answer_of(Mounted(websocket), "/lab/ops/ws/board/main/?protocol=2", **scope)


async def test_producers_are_authenticated_below_the_prefix():
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/ops/api/events", "root_path": "", "headers": []}
    await EventsMiddleware(None)(scope, None, send)  # without a token, no body is received
    assert sent[0]["status"] == 401
