"""What an operator does reaches open browsers: from another process soon, from the admin at once."""

import asyncio
import http.cookiejar
import json
import re
import urllib.parse
import urllib.request

from stickyboard import Producer
from tests.support.server import Server, until
from tests.support.socket_browser import SocketBrowser


async def watching(server: Server, models: list[str]) -> SocketBrowser:
    """Return a browser that shows these models."""
    async with Producer(server.http, server.token) as producer:
        for model in models:
            await producer.publish("model_metric", model=model, macro_f1=0.5, wait=True)
    browser = SocketBrowser(server)
    browser.start()
    await browser.caught_up.wait()
    assert shown(browser) == models
    return browser


def shown(browser: SocketBrowser) -> list[str]:
    return list(browser.look().copies["model_metric"].entries)


async def test_every_command_reaches_an_open_browser(server):
    """Once it did not: a descriptor of the file, closed in the server, let a command delete the log in use."""
    browser = await watching(server, ["gbt", "mlp", "knn"])
    for gone, left in (("mlp", ["gbt", "knn"]), ("gbt", ["knn"])):
        await asyncio.to_thread(server.manage, "clear_sticky", "model_metric", "--key", gone, "--noinput")
        await until(lambda left=left: shown(browser) == left)
    await asyncio.to_thread(server.manage, "clear_sticky", "--all", "--noinput")
    await until(lambda: shown(browser) == [])
    async with Producer(server.http, server.token) as producer:
        await producer.publish("model_metric", model="gru", macro_f1=0.5, wait=True)
    await until(lambda: shown(browser) == ["gru"])
    assert '"gru"' in await asyncio.to_thread(server.manage, "show_sticky", "--entries", "--format", "json")
    await browser.leave()


class AdminSession:
    """An operator's browser, as far as forms go."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())).open

    def read(self, path: str) -> str:
        """Fetch a page."""
        return self._open(self._server.http + path, timeout=10).read().decode()

    def submit(self, path: str, **fields: str) -> str:
        """Fetch a page, fill in its form, and post it to its own address."""
        address = self._server.http + path
        page = self._open(address, timeout=10).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token, page
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        return self._open(address, body, timeout=10).read().decode()


async def test_the_admin_reaches_open_browsers_at_once(tmp_path):
    """The comparison with the store's heads is an hour away here, so it is not what does it."""
    with Server(tmp_path, TEST_BROADCAST=json.dumps({"HEADS_S": 3600})) as server:
        server.environment["DJANGO_SUPERUSER_PASSWORD"] = "a long enough secret"
        server.manage("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.org")
        browser = await watching(server, ["gbt", "mlp"])
        admin = AdminSession(server)
        await asyncio.to_thread(
            admin.submit, "/admin/login/?next=/admin/", username="ada", password="a long enough secret"
        )
        await asyncio.to_thread(admin.submit, "/admin/stickyboard/keyspace/remove/?keyspace=model_metric&key=gbt")
        await until(lambda: shown(browser) == ["mlp"])
        await asyncio.to_thread(admin.submit, "/admin/stickyboard/keyspace/clear/?keyspace=model_metric")
        await until(lambda: shown(browser) == [])
        await browser.leave()
