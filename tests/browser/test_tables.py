"""Tables in a browser: only some of the rows exist, and mouse and keyboard reach all of them."""

from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import opened, publish

pytestmark = needs_chromium
ROWS = 3000
TABLE = "[data-scene=prediction] .data-table"
LAST = f"[...document.querySelectorAll('{TABLE} tr[aria-rowindex]')].at(-1)"


async def test_scrolls_sorts_and_filters_thousands_of_rows(server):
    events = ({"type": "prediction", "episode_id": f"e-{n:04}", "window_idx": 0, "label": "dos"} for n in range(ROWS))
    await publish(server, *events)
    async with chromium(1280, 900) as open_tab:
        tab = await opened(open_tab, server, "/?scene=8")
        await tab.page.get_by_role("button", name="Menu of Predictions").click()
        await tab.page.get_by_role("button", name="Show as table").click()
        await tab.until(f"document.querySelector('{TABLE} table')?.getAttribute('aria-rowcount') === '{ROWS + 1}'")
        assert await tab.ask(f"document.querySelectorAll('{TABLE} tr').length") < 150

        await tab.page.locator(TABLE).focus()
        await tab.page.keyboard.press("End")
        await tab.until(f"{LAST}.getAttribute('aria-rowindex') === '{ROWS + 1}'")
        bottom = f"document.querySelector('{TABLE}').getBoundingClientRect().bottom"
        await tab.until(f"{LAST}.getBoundingClientRect().bottom <= {bottom} + 1")

        heading = tab.page.locator(f"{TABLE} th[scope=col]").first
        await heading.get_by_role("button").focus()
        for direction in ("ascending", "descending", "none"):
            await tab.page.keyboard.press("Enter")
            await tab.until(
                f"document.querySelector('{TABLE} th[scope=col]').getAttribute('aria-sort') === '{direction}'"
            )

        await tab.page.locator("[data-scene=prediction] input[type=search]").fill("E-2999")
        await tab.until(f"document.querySelectorAll('{TABLE} tr[aria-rowindex]').length === 2")
        assert "e-2999" in await tab.ask(f"{LAST}.innerText")
        assert tab.complaints == []
