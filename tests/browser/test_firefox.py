"""The page in Firefox: differences between browsers, on one Firefox and one server."""

import base64
from collections import Counter
from pathlib import Path

import pytest
import pytest_asyncio

from dashboard_project.event_types import EVENT_TYPES
from tests.support.axe import SCHEMES, violations
from tests.support.built_server import BuiltServer
from tests.support.firefox import firefox_tab, needs_firefox
from tests.support.scene_events import CATCH_MARKUP, publish
from tests.support.server import Server
from tests.support.tab import Tab

pytestmark = needs_firefox

SHARES = {"benign": 0.4, "phishing": 0.3, "scan": 0.1, "beacon": 0.1, "upload": 0.06, "idle": 0.04}
EVENTS = [
    *({"type": kind.name, **(kind.example or {})} for kind in EVENT_TYPES),
    {"type": "phase_mix", "shares": SHARES},
    *({"type": "model_metric", "model": f"model-number-{n}", "macro_f1": n / 40} for n in range(40)),
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(shared: BuiltServer) -> Server:
    shared.clear()
    await publish(shared, *EVENTS)
    return shared


# Of a picture that the browser decodes.
PIXELS = """async (encoded) => {
  const bytes = Uint8Array.from(atob(encoded), (sign) => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
  const pen = new OffscreenCanvas(image.width, image.height).getContext('2d');
  pen.drawImage(image, 0, 0);
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  const hex = [];
  for (let at = 0; at < data.length; at += 4)
    hex.push(((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]).toString(16).padStart(6, '0'));
  return { width: image.width, hex };
}"""
ROWS = f"""async (encoded) => {{
  const {{ width, hex }} = await ({PIXELS})(encoded);
  return `${{width}} ${{hex.join('')}}`;
}}"""
COLOURS = f"async (encoded) => [...new Set((await ({PIXELS})(encoded)).hex)].slice(0, 50)"


def encoded(png: bytes) -> str:
    return base64.b64encode(png).decode()


async def pixels(tab: Tab, png: bytes) -> list[list[str]]:
    """Return a picture's rows of pixels as rrggbb."""
    width, _, hexadecimal = (await tab.page.evaluate(ROWS, encoded(png))).partition(" ")
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


async def test_paints_every_scene_live_and_passes_axe(firefox, filled):
    async with firefox_tab(firefox, filled) as tab:
        await tab.until("document.querySelectorAll('.scene[data-shown=body]').length === 7")
        await publish(filled, {"type": "model_metric", "model": "newest", "macro_f1": 0.5})
        await tab.until("document.querySelector('[data-scene=model_metric] .bars').innerText.includes('newest')")
        assert tab.complaints == []
        for scheme, options in SCHEMES.items():
            await tab.until(f"document.documentElement.dataset.theme === '{scheme}'")
            assert await violations(tab, **options) == []
            await tab.page.keyboard.press("t")


async def test_saves_csv_and_png_with_names(firefox, filled):
    async with firefox_tab(firefox, filled, before=CATCH_MARKUP) as tab:
        assert b"gbt,0.9" in await saved(tab, "Macro-F1 by model", "CSV")
        for scene, name in [("Macro-F1 by model", "gbt"), ("Totals", "lab-1"), ("Model performance", "gbt")]:
            assert len(await tab.page.evaluate(COLOURS, encoded(await saved(tab, scene, "PNG")))) > 20
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


async def right_edge(tab: Tab, box: dict[str, float]) -> Counter[str]:
    """Return the colours in the middle of a scroll bar at the right of a box."""
    column = {"x": box["x"] + box["width"] - 3, "y": box["y"] + 8, "width": 1, "height": box["height"] - 16}
    return Counter(row[0] for row in await pixels(tab, await tab.page.screenshot(clip=column)))


async def test_colours_scroll_bars_by_theme(firefox, filled):
    async with firefox_tab(firefox, filled, size=(1280, 720)) as tab:
        bars = "[data-scene=model_metric] .bars"
        await tab.until(
            f"(({{ scrollHeight, clientHeight }}) => scrollHeight > clientHeight)(document.querySelector('{bars}'))"
        )
        for theme in ("dark", "light"):
            await tab.until(f"document.documentElement.dataset.theme === '{theme}'")
            thumb, track = await tab.ask("""(() => {
              const style = getComputedStyle(document.documentElement);
              const colour = (name) => style.getPropertyValue(name).trim().replace('#', '');
              return [colour('--line-strong'), colour('--page')];
            })()""")
            window = {"x": 0, "y": 0, "width": 1280, "height": 720}
            for box in (window, await tab.page.locator(bars).bounding_box()):
                for _ in range(50):  # Firefox draws the scroll bars of another theme some frames later
                    edge = await right_edge(tab, box)
                    if edge[thumb] + edge[track] > 0.95 * edge.total():  # the rest are the thumb's round ends
                        break
                else:
                    pytest.fail(str(edge))
            await tab.page.keyboard.press("t")
