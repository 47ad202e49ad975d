"""Results, refusals and invalid input are shown on the page and announced."""

import pytest

from tests.support.axe import barriers
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import opened, publish
from tests.support.tab import Tab

pytestmark = needs_chromium

ALLOW = "navigator.clipboard.writeText = async (text) => { window.copied = text; };"
REFUSE = "navigator.clipboard.writeText = async () => { throw new Error('not by this page'); };"


async def notice(tab: Tab) -> str:
    toast = tab.page.locator("#toast")
    await toast.wait_for(state="visible")
    return await toast.inner_text()


@pytest.mark.parametrize(
    ("clipboard", "shown"), [(ALLOW, "Copied the command"), (REFUSE, "Could not copy the command: not by this page")]
)
async def test_reports_whether_a_command_was_copied(clipboard, shown, server):
    async with chromium() as open_tab:
        tab = await open_tab(server, before=clipboard)
        await tab.page.get_by_role("button", name="Copy the command").first.click()
        assert await notice(tab) == shown
        await tab.until(f"document.querySelector('#announcements').textContent.includes('{shown}')")
        assert tab.complaints == []
        if clipboard == ALLOW:
            assert await barriers(tab) == []


async def test_reports_the_result_of_a_menu_item(server):
    await publish(server, {"type": "model_metric", "model": "gbt", "macro_f1": 0.5})
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        for item, before, shown in (
            ("Copy link", ALLOW, "Copied the link to Macro-F1 by model"),
            ("Copy link", REFUSE, "Copy link failed: not by this page"),
            ("Save as CSV", "", "Saved main-model_metric-"),
            (
                "Save as PNG",
                "HTMLCanvasElement.prototype.toBlob = (take) => take(null);",
                "Save as PNG failed: no picture of",
            ),
        ):
            await tab.ask(f"{before} null")
            await tab.page.get_by_role("button", name="Menu of Macro-F1 by model").click()
            await tab.page.get_by_role("button", name=item).click()
            await tab.until(f"document.querySelector('#toast').innerText.startsWith('{shown}')")


async def test_reports_an_invalid_address_until_it_changes(server):
    async with chromium() as open_tab:
        for search, shown in (
            ("?scene=99", "This board has no scene “99”. Its scenes are totals, 7, 8, 9, 11, 12, 13."),
            ("?present=true", "Invalid value “present=true”"),
            ("?present=1&scene=99", "This board has no scene “99”"),
            ("?layout=13.99*w", "The layout names the scene “99”, which this board does not have. Its scenes are"),
            ("?fliter=lab", "Unknown parameter “fliter” in the address; did you mean “filter”?"),
        ):
            await check_notice(await opened(open_tab, server, f"/{search}"), shown)


async def check_notice(tab: Tab, shown: str) -> None:
    assert (await notice(tab)).startswith(shown)
    if shown.startswith("Invalid"):
        assert await barriers(tab, "dark") == []
    await tab.page.keyboard.press("9")
    await tab.page.locator("#toast").wait_for(state="hidden")
    await tab.page.go_back()
    assert (await notice(tab)).startswith(shown)
    await tab.page.keyboard.press("Escape")
    await tab.page.locator("#toast").wait_for(state="hidden")


async def test_announces_an_invalid_address_and_that_the_page_is_live(server):
    async with chromium() as open_tab:
        tab = await open_tab(server, "/?scene=99")
        spoken = "document.querySelector('#announcements').textContent"
        await tab.until(f"{spoken}.startsWith('This board has no scene “99”') && {spoken}.endsWith('Connection: live')")


async def test_links_from_an_unknown_board_to_the_others(server):
    async with chromium(390, 844) as open_tab:
        tab = await open_tab(server, "/b/nothere/")
        assert "There is no board “nothere”" in await tab.page.locator("main").inner_text()
        assert await barriers(tab) == []
        await tab.page.get_by_role("link", name="Main").click()
        await tab.page.locator("#connection[data-state=live]").wait_for()


async def test_scrolls_a_legend_by_keyboard(server):
    classes = ({"type": "prediction", "episode_id": "e", "window_idx": n, "label": f"class-{n:03}"} for n in range(80))
    await publish(server, *classes)
    async with chromium(1280, 720) as open_tab:
        tab = await opened(open_tab, server)
        legend = "document.querySelector('[data-scene=prediction] .legend')"
        await tab.until(f"{legend}.tabIndex === 0")
        assert await tab.ask(f"{legend}.scrollHeight > {legend}.clientHeight + 1")
        await tab.page.get_by_role("button", name="Menu of Predictions").focus()
        while not await tab.ask(f"document.activeElement === {legend}"):
            await tab.page.keyboard.press("Tab")
            assert await tab.ask("document.activeElement !== document.body")
        await tab.page.keyboard.press("ArrowDown")
        await tab.until(f"{legend}.scrollTop > 0")
        assert await barriers(tab, "dark") == []
