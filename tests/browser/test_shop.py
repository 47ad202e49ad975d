"""Scatter plots, feeds, texts, pictures and modules of another app, as a browser shows them."""

import asyncio
import struct
from base64 import b64encode
from collections.abc import Iterator

import pytest
from playwright.async_api import Route

from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import CATCH_MARKUP, TIP, opened, publish
from tests.support.server import Server

pytestmark = needs_chromium

SHOWN = "Object.fromEntries([...document.querySelectorAll('.scene')].map((s) => [s.dataset.scene, s.dataset.shown]))"
# Whether the first letter of a text that is cut is visible.
BEGINNING = """(() => {{
  const element = document.querySelector('{}'), range = new Range();
  range.setStart(element.firstChild, 0);
  range.setEnd(element.firstChild, 1);
  const [letter, box] = [range, element].map((each) => each.getBoundingClientRect());
  return element.scrollWidth > element.clientWidth && letter.left >= box.left && letter.right <= box.right + 1;
}})()"""
LINES = "document.querySelectorAll('.feed-line').length"
LAST = "document.querySelector('.feed-line:last-child .feed-text').innerText"
MORE = "[...document.querySelectorAll('.feed-more:not([hidden])')].map((button) => button.innerText).join()"
STOCK = "document.querySelector('[data-scene=stock]')"
PICTURE = "document.querySelector('.picture img')"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADElEQVR42mNg+A+EAAYAAf+tLDclAAAAAElFTkSuQmCC"


def broken_png(side: int) -> str:
    """Return a picture with a header only."""
    return b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", side, side) + bytes(20)).decode()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.support.shop.settings"}
    with BuiltServer(tmp_path_factory.mktemp("shop"), has_apps=True, **settings) as server:
        yield server


async def test_follows_the_newest_line_unless_scrolled_away(shop):
    lines = [{"type": "line", "message": f"line {n}", "level": "error" if n % 10 == 0 else "info"} for n in range(130)]
    await publish(shop, *lines)
    async with chromium() as open_tab:
        tab = await opened(open_tab, shop, "/?scene=line")
        await tab.until(f"{LINES} > 20 && {LINES} < 130")
        assert "line 129" in await tab.page.locator(".feed-line:last-child").inner_text()
        await tab.page.locator(".feed-line:last-child").hover()
        await publish(shop, {"type": "line", "message": "line 130", "level": "error"})
        await tab.until(f"{LAST} === 'line 130' && {LINES} < 130")
        assert await tab.ask("document.querySelector('.feed-log').scrollTop") == 0

        await tab.page.mouse.wheel(0, -300)
        await tab.until("document.querySelector('.feed-log').scrollTop < -100")
        await tab.until(f"{LINES} === 131")
        await publish(shop, *({"type": "line", "message": f"late {n}"} for n in range(3)))
        await tab.until(f"{MORE}.startsWith('3 new lines')")
        assert await tab.ask(LAST) == "line 130"
        await tab.page.locator(".feed-more").click()
        await tab.until(f"{LAST} === 'late 2' && {MORE} === '' && {LINES} < 130")

        await tab.page.get_by_label("Filter the lines by level").select_option("error")
        await tab.until(f"{LINES} === 14")
        await tab.page.get_by_label("Filter the lines by text").fill("LINE 13")
        await tab.until(f"{LINES} === 1 && {LAST} === 'line 130'")
        assert tab.complaints == []


async def test_builds_markdown_without_html(shop):
    body = "# Plan\n<img src=x onerror=window.hacked=1> [bank.example](https://other.example/x) [a](javascript:alert)"
    await publish(shop, {"type": "note", "body": body})
    async with chromium() as open_tab:
        tab = await opened(open_tab, shop)
        await tab.until("document.querySelector('.text h3')?.innerText === 'Plan'")
        links = "[...document.querySelectorAll('.text a')].map(({href, rel, title}) => [href, rel, title])"
        assert await tab.ask(links) == [["https://other.example/x", "noopener noreferrer", "other.example"]]
        assert await tab.ask("document.querySelectorAll('.text img').length") == 0
        assert await tab.ask("window.hacked") is None


async def test_decodes_a_picture_and_refuses_a_huge_one(shop):
    await publish(shop, {"type": "photo", "image": PNG})
    async with chromium() as open_tab:
        tab = await open_tab(shop, "/?scene=photo", CATCH_MARKUP)
        await tab.is_live()
        await tab.until(f"{PICTURE}?.naturalWidth === 2 && {PICTURE}.alt === 'Picture of 2 \u00d7 2 pixels'")
        await tab.page.get_by_role("button", name="Menu of Photo").click()
        async with tab.page.expect_download():
            await tab.page.get_by_role("button", name="PNG").click()
        assert "data:image/png;base64" in await tab.ask("window.markup")

        await publish(shop, {"type": "photo", "image": broken_png(30_000)})
        await tab.until("document.querySelector('.picture-problem').innerText.includes('30,000 \u00d7 30,000')")
        await tab.until(f"{PICTURE}.hidden")
        await publish(shop, {"type": "photo", "image": broken_png(2)})
        await tab.until("document.querySelector('.picture-problem').innerText.includes('decoded')")
        await publish(shop, {"type": "photo", "image": PNG})
        await tab.until(f"!{PICTURE}.hidden && document.querySelector('.picture-problem').innerText === ''")
        assert tab.complaints == []


async def test_reads_a_point_next_to_the_pointer_at_every_zoom(shop):
    corners = [(0, 100), (50, 300), (100, 500)]
    await publish(shop, *({"type": "house", "area": x, "price": y, "town": "Ghent"} for x, y in corners))
    async with chromium() as open_tab:
        tab = await opened(open_tab, shop, "/?scene=house")
        await tab.until("document.querySelector('.legend-name') !== null")
        await tab.has_painted()
        area = await tab.page.locator(".canvas-frame canvas").bounding_box()
        middle = (area["x"] + area["width"] / 2, area["y"] + area["height"] / 2)
        for zoom in range(2):
            for dx in range(-60, 61, 10):
                await tab.point_at(middle[0] + dx, middle[1] - dx / 4)
                if await tab.ask(f"{TIP}.join().includes('m² 50')"):
                    break
            await tab.until(f"{TIP}.join().includes('m² 50')")
            assert "price 300" in (await tab.ask(TIP))[0], zoom
            await tab.page.get_by_label("Zoom in").click()
        assert tab.complaints == []


async def test_paints_a_scene_off_screen_when_its_module_is_loaded(shop):
    await publish(shop, {"type": "stock", "count": 3})
    may_load = asyncio.Event()

    async def load_late(route: Route) -> None:
        await may_load.wait()
        await route.continue_()

    async with chromium(1280, 300) as open_tab:
        tab = await opened(open_tab, shop)
        await tab.page.route("**/shop/stock*.js", load_late)
        await tab.page.reload()
        await tab.is_live()
        await tab.until(f"{STOCK}.innerText.includes('Loading')")
        may_load.set()
        await tab.until(f"{STOCK}.innerText.includes('3 boxes') && !{STOCK}.innerText.includes('Loading')")
        # Later changes are painted when the scene is visible.
        await publish(shop, {"type": "stock", "count": 4})
        await tab.until("window.stickyboard.mirror.entries('stock')[0].value.count === 4")
        await tab.has_painted()
        assert "3 boxes" in await tab.ask(f"{STOCK}.innerText")
        assert await tab.ask(f"{STOCK}.getBoundingClientRect().top > innerHeight")
        await tab.ask(f"{STOCK}.scrollIntoView()")
        await tab.until(f"{STOCK}.innerText.includes('4 boxes')")
        await tab.page.unroute_all()
        assert tab.complaints == []


# The last one, because its faulty events remain.
async def test_a_tile_has_room_for_points_and_no_controls(shop):
    await publish(shop, *({"type": "house", "area": n, "price": n, "town": f"t{n}"} for n in range(20)))
    async with chromium(1280, 900) as open_tab:
        tab = await opened(open_tab, shop, "/b/tiles/")
        await tab.until("document.querySelector('.tile[data-kind=scatter] canvas')?.clientHeight > 90")
        await tab.has_painted()
        controls = "document.querySelectorAll('.tile[data-kind=scatter] :is(.legend, .zoom-buttons)')"
        assert await tab.ask(f"[...{controls}].map(({{offsetHeight}}) => offsetHeight)") == [0, 0]
        assert await tab.ask("document.querySelector('.tile-more').textContent") == ""
        assert tab.complaints == []


async def test_confines_faulty_modules_of_apps_to_their_scenes(shop):
    counts = ({"type": name, "count": 3} for name in ("stock", "faulty", "slow"))
    await publish(shop, *counts, {"type": "note", "body": "fine"})
    async with chromium() as open_tab:
        tab = await opened(open_tab, shop)
        await tab.until("document.querySelector('.shop-stock')?.innerText === '3 boxes'")
        # Of a model that threw, the page does not know whether it has alerts.
        await publish(shop, {"type": "throwing", "count": 101})
        await tab.until("document.querySelector('[data-scene=throwing]').innerText.includes('too many boxes')")
        await tab.until("document.querySelector('[data-scene=note] .scene-age').innerText.endsWith('s ago')")
        await publish(shop, {"type": "throwing", "count": 3})
        await tab.until("document.querySelector('[data-scene=throwing]').innerText.includes('no stock today')")
        await tab.until(f"['faulty', 'throwing'].every((name) => {SHOWN}[name] === 'error')")
        shown = await tab.ask(SHOWN)
        assert [name for name, part in shown.items() if part == "error"] == ["faulty", "throwing"]
        assert "Loading" in await tab.ask("document.querySelector('[data-scene=slow]').innerText")
        assert await tab.ask("getComputedStyle(document.querySelector('.shop-stock')).letterSpacing") == "3px"
        assert await tab.ask(BEGINNING.format("[data-scene=throwing] .scene-title"))
        await publish(shop, {"type": "stock", "count": 4})
        await tab.until("document.querySelector('.shop-stock').innerText === '4 boxes'")
        await tab.page.goto(f"{shop.http}/b/tiles/")
        await tab.until("document.querySelector('.tile:nth-child(3) .tile-text')?.innerText.includes('no stock today')")
        await tab.until("document.querySelector('.tile[data-kind=feed] .feed-text') !== null")
        assert await tab.ask(BEGINNING.format(".tile:nth-child(3) .tile-title"))
