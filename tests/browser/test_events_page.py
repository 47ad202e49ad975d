"""The page of event types as a person meets it: readable by all, narrow and wide, and with an event to copy."""

import json

import pytest
from axe_playwright_python.async_playwright import Axe

from dashboard_project.event_types import EVENT_TYPES
from tests.browser.chromium import chromium, needs_chromium

pytestmark = needs_chromium


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (360, "light")])
async def test_nothing_keeps_anybody_from_reading_it(server, width, scheme):
    async with chromium(width, 900, scheme) as open_tab:
        tab = await open_tab(server, "/docs/events/")
        await tab.until("document.querySelector('[data-copies]:not([hidden])') !== null")
        for details in await tab.page.locator("summary").all():
            await details.click()
        found = await Axe().run(tab.page)
        assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found.response["violations"]] == []
        assert await tab.ask("document.documentElement.scrollWidth <= innerWidth")
        assert tab.complaints == []


async def test_an_example_is_copied(server):
    async with chromium() as open_tab:
        tab = await open_tab(server, "/docs/events/#model_metric")
        await tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await tab.page.locator("#model_metric [data-copies]").click()
        await tab.page.locator("#model_metric button", has_text="Copied").wait_for()
        copied = json.loads(await tab.ask("navigator.clipboard.readText()"))
        (kind,) = [kind for kind in EVENT_TYPES if kind.name == "model_metric"]
        assert copied == {"type": "model_metric", **kind.example}
        assert tab.complaints == []
