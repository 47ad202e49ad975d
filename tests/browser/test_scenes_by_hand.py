"""Scenes react to pointer, wheel, keys and touch."""

import re

from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import CURVES, TIP, opened, publish
from tests.support.tab import Tab

pytestmark = needs_chromium


def inked(scene: str) -> str:
    """Return an expression that counts the pixels of a scene's canvas on which something is drawn."""
    return f"""(() => {{
      const canvas = document.querySelector('[data-scene={scene}] canvas');
      const pen = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {{willReadFrequently: true}});
      pen.drawImage(canvas, 0, 0);
      const {{data}} = pen.getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, index) => index % 4 === 3 && value > 0).length;
    }})()"""


async def point_at(tab: Tab, selector: str, across: float, down: float) -> None:
    await tab.has_painted()  # a plot that changes its size is built again, and knows nothing of the pointer
    box = await tab.page.locator(selector).bounding_box()
    await tab.page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])


async def test_reads_hides_and_isolates_curves(server):
    await publish(server, *CURVES)
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        await point_at(tab, "[data-scene=attack_profile] .u-over", 0.5, 0.5)
        await tab.until(f"{TIP}[0]?.includes('mlp')")
        assert re.fullmatch(r"rate: 1 . gbt 0\.500 . mlp 0\.250", (await tab.ask(TIP))[0])

        both = await tab.ask(inked("attack_profile"))
        legend = tab.page.locator("[data-scene=attack_profile] .legend button")
        pressed = "[...document.querySelectorAll('[data-scene=attack_profile] .legend button')]"
        pressed += ".map((button) => button.ariaPressed).join()"
        await legend.nth(1).click()
        await tab.until(f"{pressed} === 'true,false'")
        await tab.until(f"{inked('attack_profile')} < {both}")
        await legend.nth(1).click(modifiers=["Shift"])
        await tab.until(f"{pressed} === 'false,true'")
        await legend.nth(1).press("Enter")
        await tab.until(f"{pressed} === 'false,false'")
        assert tab.complaints == []


async def test_zooms_by_wheel_keys_and_buttons(server):
    points = [[x, y] for x in range(21) for y in range(21)]
    await publish(server, {"type": "embedding", "points": points, "labels": ["a"] * 200 + ["b"] * 241})
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        farther = tab.page.locator("[data-scene=embedding]").get_by_role("button", name="Zoom out")
        assert await farther.is_disabled()

        await point_at(tab, "[data-scene=embedding] canvas", 0.5, 0.5)
        await tab.page.mouse.wheel(0, -400)
        await tab.until("!document.querySelector('[data-scene=embedding] .zoom-button[title=\"Zoom out\"]').disabled")
        await tab.until(f"{TIP}.length === 1")  # a point is near the pointer
        await tab.page.locator("[data-scene=embedding]").get_by_role("button", name="Show everything").click()
        await tab.until("document.querySelector('[data-scene=embedding] .zoom-button[title=\"Zoom out\"]').disabled")

        await tab.page.locator("[data-scene=embedding] .canvas-frame").focus()
        await tab.page.keyboard.press("+")
        await tab.until("!document.querySelector('[data-scene=embedding] .zoom-button[title=\"Zoom out\"]').disabled")
        assert tab.complaints == []


async def test_reads_cells_with_arrow_keys(server):
    shares = {"benign": 0.25, "dos": 0.75}
    await publish(
        server,
        {"type": "prediction", "episode_id": "e-1", "window_idx": 0, "label": "benign"},
        {
            "type": "prediction",
            "episode_id": "e-1",
            "window_idx": 1,
            "label": "dos",
            "probabilities": shares,
            "truth": "benign",
        },
        {"type": "live_detection", "host_id": "h-1", "score": 0.875, "alert": True},
    )
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        await tab.page.locator("[data-scene=prediction] .canvas-frame").focus()
        await tab.page.keyboard.press("ArrowLeft")
        await tab.until(f"{TIP}[0]?.includes('e-1 · window 1')")
        assert (await tab.ask(TIP))[0] == "e-1 · window 1 D dos 75 % B benign 25 % B benign truth"
        announced = "document.getElementById('announcements').textContent"
        await tab.until(f"{announced}.includes('e-1 · window 1: dos 75 %, benign 25 %, benign truth')")
        await tab.page.keyboard.press("ArrowLeft")
        await tab.until(f"{TIP}[0]?.includes('window 0')")

        await tab.page.locator("[data-scene=live_detection] .canvas-frame").focus()
        await tab.page.keyboard.press("ArrowLeft")
        await tab.until(f"{TIP}[0]?.includes('h-1')")
        assert (await tab.ask(TIP))[0].startswith("h-1 · alert score 0.875")
        await tab.until(f"{announced}.includes('h-1 · alert: score 0.875')")
        await tab.page.keyboard.press("Escape")
        await tab.until(f"{TIP}.length === 0")
        assert tab.complaints == []


async def test_keeps_a_touched_cell_selected(server):
    first_lane = [{"type": "live_detection", "host_id": "a", "score": 0.5, "alert": False}] * 60
    await publish(server, *first_lane)
    async with chromium() as open_tab:
        tab = await opened(open_tab, server, "/?present=1&scene=13")
        devtools = await tab.page.context.new_cdp_session(tab.page)
        await tab.has_painted()
        box = await tab.page.locator("[data-scene=live_detection] canvas").bounding_box()
        point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 6}
        await devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
        await devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await tab.until(f"{TIP}[0]?.includes('score 0.500')")
        await tab.page.keyboard.press("Escape")
        await tab.until(f"{TIP}.length === 0")
        assert tab.complaints == []
