"""During a pause, everything that displays or saves data uses the state from its beginning."""

from pathlib import Path

from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import opened, publish
from tests.support.tab import Tab

pytestmark = needs_chromium

BARS = "document.querySelectorAll('.bars .bar').length"


def metric(model: str, macro_f1: float = 0.5) -> dict:
    return {"type": "model_metric", "model": model, "macro_f1": macro_f1}


async def choose(tab: Tab, item: str, scene: str = "Macro-F1 by model") -> None:
    await tab.page.get_by_role("button", name=f"Menu of {scene}").click()
    await tab.page.locator("#scene-menu").get_by_text(item).click()


async def csv_of(tab: Tab, scene: str = "Macro-F1 by model") -> str:
    async with tab.page.expect_download() as downloading:
        await choose(tab, "Save as CSV", scene)
    return Path(await (await downloading.value).path()).read_text()


async def paused(tab: Tab, server, *events: dict) -> None:
    """Begin a pause, and send events that the page has received when this returns."""
    await tab.page.locator("#pause").click()
    await publish(server, *events)
    await tab.until(f"document.querySelector('#pause-count').textContent === 'paused +{len(events)}'")


async def test_shows_one_moment_in_table_csv_and_chart(server):
    await publish(server, metric("gbt", 0.25))
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        await paused(tab, server, metric("mlp"), metric("gbt", 0.75))
        assert "gbt,0.25" in await csv_of(tab)
        assert "mlp" not in await csv_of(tab)
        await choose(tab, "Show as table")
        table = tab.page.locator("[data-scene=model_metric] table")
        assert "0.25" in await table.inner_text()
        assert "mlp" not in await table.inner_text()
        await choose(tab, "Show as chart")
        await tab.until(f"{BARS} === 1")

        await tab.page.locator("#pause").click()
        await tab.until(f"{BARS} === 2")
        assert "gbt,0.75" in await csv_of(tab)


async def test_applies_a_choice_to_the_paused_state(server):
    await publish(server, metric("gbt"))
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        await paused(tab, server, metric("mlp"))
        await tab.page.get_by_role("button", name="Menu of Macro-F1 by model").click()
        await tab.page.locator("#scene-menu input:not(:checked)").first.check()
        await tab.page.keyboard.press("Escape")
        await tab.has_painted()
        assert await tab.ask(BARS) == 1


async def test_paints_the_paused_state_when_visible(server):
    async with chromium() as open_tab:
        tab = await opened(open_tab, server, "/?scene=13")
        await tab.until("window.stickyboard.stats.paints.model_metric >= 1")  # with nothing to show yet
        await publish(server, metric("gbt"))
        await tab.until("window.stickyboard.mirror.count('model_metric') === 1")
        await paused(tab, server, metric("mlp"))
        await tab.page.keyboard.press("9")
        await tab.until(f"{BARS} > 0")
        assert await tab.ask(BARS) == 1
