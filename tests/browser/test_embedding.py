"""Boards inside a page with hostile styles and a strict policy: live, and neither side changes the other."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from dashboard_project.event_types import EVENT_TYPES
from stickyboard import Producer
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.firefox import PATH as FIREFOX
from tests.support.server import Server
from tests.support.tab import Tab

pytestmark = needs_chromium

LISTEN = """
addEventListener('stickyboard-ready', ({ detail }) => (window.boards ??= []).push(detail));
window.sockets = [];
window.WebSocket = class extends WebSocket { constructor(url) { super(url); window.sockets.push(url); } };
window.keys = [];
addEventListener('keydown', (event) => setTimeout(() => window.keys.push(event.defaultPrevented)));
"""
LIVE = "window.boards?.length === 2 && window.boards.every(({ connection }) => connection.state.name === 'live')"
PAINTED = "window.boards.every(({ stats }) => Object.values(stats.paints).every(Boolean))"
VIEWS = "[...document.querySelectorAll('div[data-stickyboard]')]"
# Of each kind of element in the first view, what the page's styles would change.
INSIDE = """(() => {
  const { shadowRoot } = document.querySelector('div[data-stickyboard]');
  const names = ['position', 'rotate', 'display', 'color', 'background-color', 'font-size', 'font-family',
    'letter-spacing', 'text-transform', 'padding', 'border-color', 'box-sizing'];
  return ['.scene', '.scene-title', '.scene-head .icon-button', '.scene-head svg', '.bars'].map((selector) => {
    const style = getComputedStyle(shadowRoot.querySelector(selector));
    return names.map((name) => style.getPropertyValue(name));
  });
})()"""
# Of the page's own elements, all of their style.
OUTSIDE = """[...document.querySelectorAll('h2, p, button, table, td')].map((element) => {
  const style = getComputedStyle(element);
  return Array.from(style, (name) => style.getPropertyValue(name)).join();
})"""
WITHOUT_SHEETS = "document.querySelectorAll('link[rel=stylesheet]').forEach((link) => link.remove())"
INKED = """(() => {
  const canvas = document.querySelectorAll('div[data-stickyboard]')[1].shadowRoot.querySelector('canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.some(Boolean);
})()"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.support.host.settings"}
    with BuiltServer(tmp_path_factory.mktemp("host"), has_apps=True, **settings) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(host: Server) -> AsyncIterator[Server]:
    async with Producer(f"{host.http}/ops", host.token) as producer:
        for kind in EVENT_TYPES:
            await producer.publish(kind.name, **(kind.example or {}))
        await producer.flush(timeout_s=20)
        yield host


async def opened(open_tab, server: Server, path: str = "/") -> Tab:
    tab: Tab = await open_tab(server, path, LISTEN)
    await tab.until(f"{LIVE} && {PAINTED}")
    return tab


async def test_two_boards_are_live_through_one_socket_each(filled):
    async with chromium(color_scheme="light") as open_tab, Producer(f"{filled.http}/ops", filled.token) as producer:
        tab = await opened(open_tab, filled)
        assert sorted(url.split("?")[0].split("/ops")[1] for url in await tab.ask("window.sockets")) == [
            "/ws/board/lab/",
            "/ws/board/other/",
        ]
        assert await tab.ask(f"{VIEWS}.length") == 4
        assert "Ask Ann for access." in await tab.ask("document.body.textContent")
        await producer.publish("model_metric", model="newest", macro_f1=0.5, wait=True)
        for index in (0, 3):  # the scene, and the board with it
            await tab.until(f"{VIEWS}[{index}].shadowRoot.textContent.includes('newest')")
        await tab.until(INKED)
        assert tab.complaints == []


async def test_neither_side_changes_the_other(filled):
    async with chromium(width=800, color_scheme="light") as open_tab:
        tab = await opened(open_tab, filled)
        inside, outside = await tab.ask(INSIDE), await tab.ask(OUTSIDE)
        await tab.page.route("**/embed.js", lambda route: route.abort())
        await tab.page.reload()
        assert await tab.ask(OUTSIDE) == outside
        await tab.page.unroute("**/embed.js")
        await tab.page.reload()
        await tab.until(f"{LIVE} && {PAINTED}")
        await tab.ask(WITHOUT_SHEETS)
        assert await tab.ask(INSIDE) == inside
        assert await tab.ask(OUTSIDE) != outside


async def test_the_page_keeps_its_keys(filled):
    async with chromium() as open_tab:
        tab = await opened(open_tab, filled)
        for key in ("t", "p", "/", "?", "9", " ", "Escape", "ArrowRight"):
            await tab.page.keyboard.press(key)
        await tab.until("window.keys.length === 8")
        assert not any(await tab.ask("window.keys"))
        assert await tab.ask("[location.search, document.documentElement.dataset.theme ?? '']") == ["", ""]


async def test_follows_the_theme_of_the_page(filled):
    theme = f"{VIEWS}[0].shadowRoot.querySelector('.embed-root').dataset.theme"
    async with chromium(color_scheme="light") as open_tab:
        tab = await opened(open_tab, filled)
        assert await tab.ask(theme) == "light"
        await tab.ask("document.body.classList.add('dark')")
        await tab.until(f"{theme} === 'dark'")


async def test_a_scene_has_its_height_and_its_menu(filled):
    async with chromium(width=390) as open_tab:
        tab = await opened(open_tab, filled)
        heights = await tab.ask(f"{VIEWS}.map(({{ offsetHeight }}) => offsetHeight)")
        assert heights[:3] == [220, 320, 200]  # the page's rem is 10 px
        assert await tab.ask("document.documentElement.scrollWidth <= innerWidth")
        await tab.page.get_by_label("Menu of Macro-F1 by model").first.click()
        await tab.page.get_by_role("button", name="Show as table").click()
        await tab.until(f"{VIEWS}[0].shadowRoot.querySelector('.scene').dataset.shown === 'table'")
        assert tab.complaints == []


async def test_why_the_connection_was_closed_covers_nothing(filled):
    boxes = """(() => {
      const inside = document.querySelector('div[data-stickyboard]').shadowRoot;
      const names = ['.embed-badge', '.scene-age', '.badge-icon', '.badge-text'];
      const [badge, age, icon, text] = names.map((name) => inside.querySelector(name).getBoundingClientRect());
      return [badge.width > 0 && badge.bottom <= age.top, text.left - icon.right >= 4];
    })()"""
    async with chromium(width=390, color_scheme="light") as open_tab:
        tab = await opened(open_tab, filled)
        why = "this account may not view this board; an administrator can grant its permission"
        await tab.ask(f"window.boards.forEach(({{ connection }}) => connection.close('{why}', 4503))")
        await tab.has_painted()
        assert await tab.ask(boxes) == [True, True]


@pytest.mark.skipif(FIREFOX is None, reason="Firefox is missing")
async def test_is_live_and_scoped_in_firefox(filled, firefox):
    context = await firefox.new_context(viewport={"width": 1280, "height": 900})
    tab = Tab(await context.new_page())
    await tab.page.add_init_script(LISTEN)
    await tab.page.goto(filled.http)
    await tab.until(f"{LIVE} && {PAINTED}")
    await tab.until(INKED)
    hostile = await tab.ask(INSIDE)
    await tab.ask(WITHOUT_SHEETS)
    assert await tab.ask(INSIDE) == hostile
    assert tab.complaints == []
    await context.close()
