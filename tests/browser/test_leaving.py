"""Menus and tooltips open inside the window, and one press closes one of them."""

import pytest

from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import TIP, opened, publish
from tests.support.tab import Tab

pytestmark = needs_chromium

IS_OPEN = "document.querySelector('#scene-menu').matches(':popover-open')"
CELLS = [{"type": "prediction", "episode_id": "e-1", "window_idx": window, "label": "benign"} for window in range(3)]
# What of the menu cannot be seen however it is scrolled, in px.
CUT_OFF = """(() => {
  const menu = document.querySelector('#scene-menu');
  const items = [...menu.querySelectorAll('.menu-item')].filter((item) => item.checkVisibility()); // phones: no sizes
  const cut = items.map((item) => {
    item.scrollIntoView({ block: 'nearest' });
    const { left, top, right, bottom } = item.getBoundingClientRect();
    const box = menu.getBoundingClientRect();
    return Math.max(-left, -top, right - innerWidth, bottom - innerHeight, bottom - box.bottom, box.top - top);
  });
  return Math.max(...cut);
})()"""


async def open_menu(tab: Tab, scene: str) -> None:
    await tab.page.get_by_role("button", name=f"Menu of {scene}").click()
    await tab.until(IS_OPEN)


async def scenes(tab: Tab) -> int:
    return await tab.ask("document.querySelectorAll('.scene:not([hidden])').length")


async def open_menu_with_focus_on(tab: Tab, place: str) -> None:
    await open_menu(tab, "Macro-F1 by model")
    if place == "an item":
        await tab.page.keyboard.press("ArrowDown")
    if place == "a choice":
        await tab.page.locator("#scene-menu input").first.focus()


async def test_closes_the_menu_before_the_scene(server):
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        for place in ("the button", "an item", "a choice"):
            await tab.page.keyboard.press("9")
            await tab.until("location.search === '?scene=9'")
            await open_menu_with_focus_on(tab, place)
            await tab.page.keyboard.press("Escape")
            await tab.until(f"!{IS_OPEN}")
            assert await scenes(tab) == 1, place
            await tab.page.keyboard.press("Escape")
            assert await scenes(tab) == 7, place


async def test_closes_a_tooltip_until_the_pointer_moves_on(server):
    await publish(server, *CELLS)
    async with chromium() as open_tab:
        tab = await opened(open_tab, server, "/?scene=8")
        canvas = tab.page.locator("[data-scene=prediction] canvas")
        box = await canvas.bounding_box()
        assert box
        place = await tab.ask("innerWidth / 2")
        for x in range(int(box["x"]), int(place), 32):
            await tab.point_at(x, box["y"] + 60)
            if await tab.ask(f"{TIP}.length"):
                break
        assert len(await tab.ask(TIP)) == 1
        await tab.page.keyboard.press("Escape")
        assert await tab.ask(TIP) == []
        assert await scenes(tab) == 1
        await publish(server, {**CELLS[0], "label": "phishing"})  # painted anew, with the pointer where it was
        await tab.until(
            "window.stickyboard.mirror.entries('prediction').some(({ value }) => value.label === 'phishing')"
        )
        await tab.has_painted()
        assert await tab.ask(TIP) == []
        await tab.point_at(box["x"] + 1, box["y"] + box["height"] - 1)
        await tab.point_at(x + 4, box["y"] + 60)
        await tab.until(f"{TIP}.length === 1")
        await tab.page.keyboard.press("Escape")
        await tab.page.keyboard.press("Escape")
        assert await scenes(tab) == 7


async def test_leaves_full_screen_but_not_the_scene(server):
    async with chromium() as open_tab:
        tab = await opened(open_tab, server, "/?scene=9")
        await tab.page.keyboard.press("f")
        await tab.until("document.fullscreenElement !== null")
        await tab.page.keyboard.press("Escape")
        await tab.until("document.fullscreenElement === null")
        assert await scenes(tab) == 1


async def test_closes_only_the_help(server):
    async with chromium() as open_tab:
        tab = await opened(open_tab, server, "/?scene=9")
        await tab.page.keyboard.press("?")
        await tab.ask("document.activeElement.blur()")
        await tab.page.keyboard.press("Escape")
        await tab.until("!document.querySelector('#help').open")
        assert await scenes(tab) == 1


async def test_closes_the_menu_with_a_digit(server):
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        for place in ("the button", "an item", "a choice"):
            await tab.page.keyboard.press("9")
            await tab.until("location.search === '?scene=9'")
            await open_menu_with_focus_on(tab, place)
            await tab.page.keyboard.press("7")
            await tab.until("location.search === '?scene=7'")
            assert not await tab.ask(IS_OPEN), place


async def test_closes_the_menu_on_going_back(server):
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        await tab.page.keyboard.press("9")
        await open_menu(tab, "Macro-F1 by model")
        await tab.ask("history.back()")
        await tab.until("location.search === ''")
        await tab.until(f"!{IS_OPEN}")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844), (320, 256)])
async def test_keeps_every_menu_item_reachable(width, height, server):
    async with chromium(width, height) as open_tab:
        tab = await opened(open_tab, server)
        buttons = tab.page.get_by_role("button", name="Menu of")
        assert await buttons.count() == 7
        for index in range(7):
            for share in (0.05, 0.5, 0.95):  # of the window's height, where the page can be scrolled so far
                await buttons.nth(index).evaluate(
                    "(button, share) => scrollBy(0, button.getBoundingClientRect().top - share * innerHeight)", share
                )
                await buttons.nth(index).evaluate("(button) => button.click()")
                assert await tab.ask(IS_OPEN)
                assert await tab.ask(CUT_OFF) < 1, (index, share)
                await tab.page.keyboard.press("Escape")
