"""The page of event types is accessible at every width, and its examples can be copied."""

import json

from dashboard_project.event_types import EVENT_TYPES
from tests.support.axe import violations
from tests.support.chromium import chromium, needs_chromium

pytestmark = needs_chromium


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
        await tab.page.get_by_role("navigation", name="Boards").get_by_role("link", name="Main").click()
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
