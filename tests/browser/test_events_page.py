"""The page of event types is accessible at every width, and its examples can be copied."""

import json

from dashboard_project.event_types import EVENT_TYPES
from tests.support.axe import violations
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium

pytestmark = needs_chromium

# The names of links to boards that do not fit into the window or their list, or that something covers.
HIDDEN_LINKS = """[...document.querySelectorAll('.boards a')].filter((link) => {
  const { left, right, top, bottom } = link.getBoundingClientRect();
  const at = [left + 2, right - 2].map((x) => document.elementFromPoint(x, (top + bottom) / 2));
  return left < 0 || right > innerWidth || at.some((element) => element !== link);
}).map((link) => link.textContent)"""


async def test_passes_axe_at_every_width_and_theme(server):
    async with chromium() as open_tab:
        tab = await open_tab(server, "/docs/events/")
        await tab.until("document.querySelector('[data-copies]:not([hidden])') !== null")
        await tab.ask("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
        for width, scheme in ((1280, "dark"), (360, "light")):
            await tab.resize(width, 900)
            await tab.page.emulate_media(color_scheme=scheme)
            await tab.until(f"document.documentElement.dataset.theme === '{scheme}'")
            assert await violations(tab) == []
            assert await tab.ask("document.documentElement.scrollWidth <= innerWidth")
        assert tab.complaints == []


async def test_leads_to_the_boards_and_widgets_and_switches_the_theme(server):
    async with chromium() as open_tab:
        tab = await open_tab(server, "/docs/events/")
        button = tab.page.get_by_role("button", name="Switch to the light theme")
        await button.click()
        await tab.until("document.documentElement.dataset.theme === 'light'")
        await tab.page.get_by_role("link", name="Widgets").click()
        await tab.page.wait_for_url("**/docs/widgets/")
        assert await tab.ask("document.documentElement.dataset.theme") == "light"
        await tab.page.get_by_role("link", name="Event types").click()
        assert await tab.page.get_by_role("navigation", name="Boards").count() == 0, "there is only one"
        await tab.page.get_by_role("link", name="Stickyboard, main board").click()
        await tab.is_live()
        assert tab.complaints == []


async def test_links_to_every_board_at_every_width(tmp_path):
    names = ("main", "quality", "machines", "runs", "a-board-of-a-long-name", "talk")
    boards = {name: ["model_metric"] for name in names}
    with BuiltServer(tmp_path, TEST_BROADCAST=json.dumps({"BOARDS": boards})) as server:
        async with chromium() as open_tab:
            tab = await open_tab(server, "/docs/events/")
            assert await tab.ask("document.querySelectorAll('.boards a').length") == len(boards)
            for width in (320, 390, 719, 1280):
                await tab.resize(width, 700)
                assert await tab.ask(HIDDEN_LINKS) == [], width
                assert await tab.ask("document.documentElement.scrollWidth <= innerWidth"), width
                title = "document.querySelector('.board-title')"
                assert await tab.ask(f"{title}.scrollWidth <= {title}.clientWidth"), width
                assert await violations(tab) == []
            await tab.resize(320, 700)
            await tab.ask("scrollTo(0, 900)")
            await tab.has_painted()
            assert await tab.ask("document.querySelector('.page-head').getBoundingClientRect().bottom <= 0")
            await tab.page.get_by_role("navigation", name="Boards").get_by_role("link", name="Runs").click()
            await tab.is_live()
            assert tab.complaints == []


async def test_copies_an_example(server):
    async with chromium() as open_tab:
        tab = await open_tab(server, "/docs/events/#model_metric")
        await tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await tab.page.locator("#model_metric [data-copies]").click()
        await tab.page.locator("#model_metric button", has_text="Copied").wait_for()
        copied = json.loads(await tab.ask("navigator.clipboard.readText()"))
        (kind,) = [kind for kind in EVENT_TYPES if kind.name == "model_metric"]
        assert copied == {"type": "model_metric", **kind.example}
        assert tab.complaints == []
