"""What tests of the admin share: its addresses, and a store with something in it."""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from typing import Any
from urllib.parse import quote

from django.urls import reverse

from broadcast.stores.base import StickyCache
from tests.support.server import Server
from tests.support.tab import Tab

OPERATOR, PASSWORD, METRICS_TOKEN = "ada", "a long enough secret", "only prometheus knows"


def keep(store: StickyCache, keyspace: str = "model_metric", **values: Any) -> None:
    """Write entries, by default two models."""
    for key, value in (values or {"gbt": {"macro_f1": 0.9}, "mlp": {"macro_f1": 0.8}}).items():
        store.set(f"{keyspace}:{key}", value)


def url(page: str, **query: str) -> str:
    """Return a page's address."""
    asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return reverse(f"admin:stickyboard_keyspace_{page}") + (f"?{asked}" if asked else "")


def text_of(response: Any) -> str:
    """Return a page's HTML."""
    return response.content.decode()


LOOKS = (lambda: url("changelist"), lambda: url("entries", keyspace="model_metric"))
REMOVALS = (
    lambda: url("remove", keyspace="model_metric", key="gbt"),
    lambda: url("clear", keyspace="model_metric"),
    lambda: url("clear_all"),
)


class AdminSession:
    """An operator's browser, as far as forms go."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())).open

    def read(self, path: str) -> str:
        """Fetch a page."""
        return self._open(self._server.http + path, timeout=60).read().decode()

    def submit(self, path: str, **fields: str) -> str:
        """Fetch a page, fill in its form, and post it to its own address."""
        address = self._server.http + path
        page = self._open(address, timeout=60).read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert token, page
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}).encode()
        return self._open(address, body, timeout=60).read().decode()


async def log_in(tab: Tab) -> None:
    """Fill in the admin's login as the operator."""
    await tab.page.fill("#id_username", OPERATOR)
    await tab.page.fill("#id_password", PASSWORD)
    await tab.page.click("[type=submit]")
    await tab.page.wait_for_selector("#content-main")
