"""The page in Firefox: differences between browsers, on one Firefox and one server."""

import base64
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from dashboard_project.event_types import EVENT_TYPES
from tests.support.axe import Axe
from tests.support.built_server import BuiltServer
from tests.support.chromium import Tab
from tests.support.firefox import firefox_tab, launched_firefox, needs_firefox
from tests.support.scene_events import CATCH_MARKUP, publish
from tests.support.server import Server

pytestmark = needs_firefox

SHARES = {"benign": 0.4, "phishing": 0.3, "scan": 0.1, "beacon": 0.1, "upload": 0.06, "idle": 0.04}
EVENTS = [
    *({"type": kind.name, **(kind.example or {})} for kind in EVENT_TYPES),
    {"type": "phase_mix", "shares": SHARES},
    *({"type": "model_metric", "model": f"model-number-{n}", "macro_f1": n / 40} for n in range(40)),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def firefox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with launched_firefox(tmp_path_factory.mktemp("firefox")) as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(shared: BuiltServer) -> Server:
    shared.clear()
    await publish(shared, *EVENTS)
    return shared


async def pixels(tab: Tab, png: bytes) -> list[list[str]]:
    """Return a picture's rows of pixels as rrggbb, decoded by the browser."""
    text: str = await tab.page.evaluate(
        """async (encoded) => {
          const bytes = Uint8Array.from(atob(encoded), (sign) => sign.charCodeAt(0));
          const image = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
          const canvas = new OffscreenCanvas(image.width, image.height);
          const pen = canvas.getContext('2d');
          pen.drawImage(image, 0, 0);
          const { data } = pen.getImageData(0, 0, image.width, image.height);
          const hex = [];
          for (let at = 0; at < data.length; at += 4)
            hex.push(((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]).toString(16).padStart(6, '0'));
          return `${image.width} ${hex.join('')}`;
        }""",
        base64.b64encode(png).decode(),
    )
    width, _, hexadecimal = text.partition(" ")
    row = 6 * int(width)
    return [
        [hexadecimal[start + at : start + at + 6] for at in range(0, row, 6)]
        for start in range(0, len(hexadecimal), row)
    ]


async def pixels_of(tab: Tab, selector: str) -> list[list[str]]:
    return await pixels(tab, await tab.page.locator(selector).first.screenshot())


async def saved(tab: Tab, scene: str, kind: str) -> bytes:
    await tab.page.get_by_role("button", name=f"Menu of {scene}").click()
    async with tab.page.expect_download() as downloading:
        await tab.page.get_by_role("button", name=f"Save as {kind}").click()
    return Path(await (await downloading.value).path()).read_bytes()


async def test_paints_every_scene_live(firefox, filled):
    async with firefox_tab(firefox, filled) as tab:
        await tab.until("document.querySelectorAll('.scene[data-shown=body]').length === 7")
        await publish(filled, {"type": "model_metric", "model": "newest", "macro_f1": 0.5})
        await tab.until("document.querySelector('[data-scene=model_metric] .bars').innerText.includes('newest')")
        assert tab.complaints == []


async def test_passes_axe_in_both_themes(firefox, filled):
    async with firefox_tab(firefox, filled) as tab:
        for theme in ("dark", "light"):
            assert await tab.ask("document.documentElement.dataset.theme") == theme
            result = await Axe().run(tab.page)
            assert [each["id"] for each in result.response["violations"]] == []
            await tab.page.keyboard.press("t")


async def test_saves_csv_and_png_with_names(firefox, filled):
    async with firefox_tab(firefox, filled, before=CATCH_MARKUP) as tab:
        assert b"gbt,0.9" in await saved(tab, "Macro-F1 by model", "CSV")
        for scene, name in [("Macro-F1 by model", "gbt"), ("Totals", "lab-1"), ("Model performance", "gbt")]:
            image = await pixels(tab, await saved(tab, scene, "PNG"))
            assert len({colour for row in image for colour in row}) > 20
            markup = await tab.ask("window.markup")
            assert f">{name[:-4]}</div>" in markup
            assert "attr(" not in markup
        assert tab.complaints == []


async def test_hatches_phases_differently(firefox, filled):
    async with firefox_tab(firefox, filled, "/?scene=totals") as tab:
        await tab.until("document.querySelectorAll('.share-piece').length === 6")
        parts = await tab.ask("""[...document.querySelectorAll('.share-piece')].map((part) => {
          const [right, left] = part.style.clipPath.match(/[\\d.]+(?=%)/g).map(Number);
          const { width } = part.getBoundingClientRect();
          return [width * left / 100 + 2, width * (1 - right / 100) - 3];
        })""")
        rows = (await pixels_of(tab, ".share-bar"))[1:-1]
        shades = [Counter(colour for row in rows for colour in row[int(left) : int(right)]) for left, right in parts]
        marked = [1 - max(found.values()) / found.total() for found in shades]
        assert marked[0] < 0.05, marked
        assert min(marked[1:]) > 0.15, marked


async def test_draws_a_line_at_each_quarter(firefox, filled):
    async with firefox_tab(firefox, filled, "/?scene=9") as tab:
        box = await tab.page.locator("[data-scene=model_metric] .bar-scale").first.bounding_box()
        assert box
        left, width = int(box["x"]) - 2, int(box["width"])
        clip = {"x": left, "y": int(box["y"]) + 2, "width": width + 8, "height": 2}
        edge = (await pixels(tab, await tab.page.screenshot(clip=clip)))[0]
        back = max(set(edge), key=edge.count)
        starts = [x for x, colour in enumerate(edge) if colour != back and (x == 0 or edge[x - 1] == back)]
        lines = [(x - 2) / width for x in starts]
        assert [round(4 * place) for place in lines] == [0, 1, 2, 3, 4], lines


async def whole_page(tab):
    return await pixels(tab, await tab.page.screenshot())


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_colours_scroll_bars_by_theme(theme, firefox, filled):
    async with firefox_tab(firefox, filled, size=(1280, 720)) as tab:
        if theme == "light":
            await tab.page.keyboard.press("t")
            await tab.until("document.documentElement.dataset.theme === 'light'")
        thumb, track = await tab.ask("""(() => {
          const style = getComputedStyle(document.documentElement);
          const colour = (name) => style.getPropertyValue(name).trim().replace('#', '');
          return [colour('--line-strong'), colour('--page')];
        })()""")
        bars = "[data-scene=model_metric] .bars"
        await tab.until(
            f"(({{ scrollHeight, clientHeight }}) => scrollHeight > clientHeight)(document.querySelector('{bars}'))"
        )
        for take in (lambda: whole_page(tab), lambda: pixels_of(tab, bars)):
            for _ in range(20):  # Firefox draws the scroll bars of another theme some frames later
                edge = Counter(row[-3] for row in (await take())[8:-8])
                if edge[thumb] + edge[track] > 0.95 * edge.total():  # the rest are the thumb's round ends
                    break
            else:
                pytest.fail(str(edge))
