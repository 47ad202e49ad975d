"""A complete board below a prefix, behind a real proxy: every link works, and the socket is live."""

import asyncio
import html
import json
import re
import urllib.error
import urllib.request
from urllib.parse import urljoin

import pytest

from dashboard_project.settings import SECURE_REDIRECT_EXEMPT
from stickyboard import Producer, Watcher
from tests.support.proxy import below_prefix, needs_nginx
from tests.support.server import Server

PREFIX = "/board"
SLOW, CHAOS = pytest.mark.slow, pytest.mark.chaos
# Each server, way and proxy with one of the others in `make test`, and all together in the chaos tests.
WAYS = [
    ("uvicorn", "root-path", True),
    pytest.param("uvicorn", "root-path", False, marks=CHAOS),
    pytest.param("uvicorn", "script-name", True, marks=CHAOS),
    pytest.param("uvicorn", "script-name", False, marks=SLOW),
    pytest.param("daphne", "root-path", True, marks=SLOW),
    pytest.param("daphne", "root-path", False, marks=CHAOS),
    pytest.param("daphne", "script-name", False, marks=CHAOS),
]
LINK = re.compile(r'(?:href|src|action)="([^"#][^"]*)"')


def answer(address: str) -> tuple[int, str, str]:
    """Return the status, the address after redirects, and the text."""
    try:
        with urllib.request.urlopen(address, timeout=60) as response:
            return response.status, response.url, response.read().decode()
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, exc.url, ""


def links_of(page: str, address: str) -> set[str]:
    """Return the URLs in a page: links, scripts, styles and the import map."""
    found = {urljoin(address, html.unescape(link)) for link in LINK.findall(page)}
    for import_map in re.findall(r'<script type="importmap">(.*?)</script>', page, re.DOTALL):
        found |= {urljoin(address, target) for target in json.loads(import_map)["imports"].values()}
    return found


@needs_nginx
@pytest.mark.parametrize(("kind", "way", "strips"), WAYS)
async def test_a_board_below_a_path_is_whole(tmp_path, kind, way, strips):
    with below_prefix(tmp_path, kind, way, strips) as (server, board):
        pages = [f"{board}/", f"{board}/b/main/", f"{board}/docs/events/", f"{board}/login/", f"{board}/admin/"]
        met = {}
        for address in pages:
            status, reached, page = await asyncio.to_thread(answer, address)
            assert (status, reached.startswith(f"{board}/")) == (200, True), address
            for link in links_of(page, reached):
                met.setdefault(link, address)
        outside = {link: page for link, page in met.items() if not link.startswith(f"{board}/")}
        assert outside == {}
        assert any("/static/stickyboard/" in link for link in met)
        assert any("/static/admin/" in link for link in met)
        broken = {link: page for link, page in met.items() if (await asyncio.to_thread(answer, link))[0] != 200}
        assert {link for link in broken if not link.endswith("/logout/")} == set()

        async with Producer(board, server.token) as producer, Watcher(board) as watcher:
            await producer.publish("total_alerts", alerts=1, wait=True)
            await watcher.until(lambda seen: bool(seen.values("total_alerts")), timeout_s=20)
            socket_path = json.loads(
                re.findall(r'(?s)id="board-state">(.*?)</script>', (await asyncio.to_thread(answer, pages[0]))[2])[0]
            )["socket_path"]
            assert watcher.url.endswith(socket_path)
        for path in ("/livez", "/readyz", "/healthz", "/api/state/main", "/api/state/main/total_alerts"):
            assert (await asyncio.to_thread(answer, board + path))[0] == 200, path
        status, reached, _ = await asyncio.to_thread(answer, f"{board}/favicon.ico")
        assert (status, reached) == (200, f"{board}/static/stickyboard/page/icon.svg")
        assert "Traceback" not in server.log.read_text()


@needs_nginx
@pytest.mark.slow
async def test_files_that_were_collected_are_found_below_a_path(tmp_path):
    collected = Server(tmp_path, STICKYBOARD_COLLECTED="1")
    await asyncio.to_thread(collected.manage, "collectstatic", "--noinput", "-v0", "--ignore=admin")
    with below_prefix(tmp_path, "uvicorn", "root-path", True, STICKYBOARD_COLLECTED="1") as (_, board):
        _, _, page = await asyncio.to_thread(answer, f"{board}/")
        targets = links_of(page, f"{board}/")
        assert sum(bool(re.search(r"\.[0-9a-f]{12}\.js$", link)) for link in targets) >= 3  # a bundle
        assert {link for link in targets if (await asyncio.to_thread(answer, link))[0] != 200} == set()
        for text in re.findall(r'<script type="importmap">(.*?)</script>', page, re.DOTALL):  # without a bundle
            assert all(plain.startswith("/board/static/") for plain in json.loads(text)["imports"])


@needs_nginx
async def test_a_login_leads_back_below_the_path(tmp_path):
    with below_prefix(tmp_path, "uvicorn", "root-path", True, STICKYBOARD_PUBLIC="0") as (_, board):
        _, reached, page = await asyncio.to_thread(answer, f"{board}/b/main/?scene=9")
        assert reached == f"{board}/login/?next=/board/b/main/%3Fscene%3D9"
        assert 'name="next" value="/board/b/main/?scene=9"' in page


@needs_nginx
async def test_a_post_without_a_token_is_refused_below_a_prefix(tmp_path):
    with below_prefix(tmp_path, "uvicorn", "root-path", False) as (_, board):
        request = urllib.request.Request(f"{board}/api/events", data=b"{}", method="POST")
        with pytest.raises(urllib.error.HTTPError) as refused:
            await asyncio.to_thread(urllib.request.urlopen, request)
        assert refused.value.code == 401
        refused.value.close()


@pytest.mark.parametrize(
    ("path", "is_exempt"),
    [
        ("livez", True),
        ("board/livez", True),
        ("a/b/api/events", True),
        ("api/state/metrics", False),
        ("board/api/state/main/metrics", False),
        ("board/livez/", False),
        ("", False),
    ],
)
def test_probes_below_a_prefix_are_not_redirected_to_https(path, is_exempt):
    assert any(re.search(pattern, path) for pattern in SECURE_REDIRECT_EXEMPT) is is_exempt
