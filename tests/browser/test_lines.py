"""Lines are zoomed by a drag and by keys, and pass axe."""

from tests.support.axe import barriers
from tests.support.chromium import chromium, needs_chromium

pytestmark = needs_chromium

IS_ZOOMED = "document.querySelector('.figure').classList.contains('is-zoomed')"


async def test_zooms_by_drag_and_keys(server):
    async with chromium(800, 900) as open_tab:
        tab = await open_tab(server, "/docs/widgets/?kind=lines")
        await tab.until("document.querySelector('.u-over')?.clientWidth > 0")
        await tab.has_painted()
        box = await tab.page.locator(".u-over").first.bounding_box()
        middle = box["y"] + box["height"] / 2
        await tab.page.mouse.move(box["x"] + 0.3 * box["width"], middle)
        await tab.page.mouse.down()
        await tab.page.mouse.move(box["x"] + 0.6 * box["width"], middle, steps=3)
        await tab.page.mouse.up()
        await tab.until(IS_ZOOMED)
        await tab.page.locator(".plot-frame").first.press("0")
        await tab.until(f"!{IS_ZOOMED}")
        await tab.page.locator(".plot-frame").first.press("+")
        await tab.until(IS_ZOOMED)
        await tab.page.mouse.dblclick(box["x"] + 0.5 * box["width"], middle)
        await tab.until(f"!{IS_ZOOMED}")
        assert await barriers(tab) == []
        assert tab.complaints == []
