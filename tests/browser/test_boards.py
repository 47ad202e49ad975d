"""Boards of few scenes show their own scenes, fill the screen at any width, and link to one another."""

import asyncio
import json

from stickyboard import Producer
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium

pytestmark = needs_chromium

BOARDS = {
    "main": ["model_metric", "model_perf", "live_detection", "total_alerts"],
    "talk": ["model_metric"],
    "lab-watch": ["total_alerts", "model_metric", "live_detection"],
    "models": ["model_metric", "model_perf", "embedding"],
}
SHOWN = "[...document.querySelectorAll('.scene')].map((scene) => scene.dataset.scene).join()"
# The boxes and the gaps between them, as a share of the room that they have; and what sticks out of the window.
LAYOUT = """(() => {
  const room = document.querySelector('#scenes').getBoundingClientRect();
  const gap = parseFloat(getComputedStyle(document.querySelector('#scenes')).rowGap);
  const boxes = [...document.querySelectorAll('.scene')].map((scene) => scene.getBoundingClientRect());
  const covered = boxes.reduce((sum, {width, height}) => sum + (width + gap) * (height + gap), 0);
  return {
    covered: covered / ((room.width - gap) * (room.height - gap)),
    below: innerHeight - room.bottom,
    beside: document.documentElement.scrollWidth - innerWidth,
  };
})()"""


async def test_shows_its_own_scenes_and_links_to_other_boards(tmp_path):
    with BuiltServer(tmp_path, TEST_BROADCAST=json.dumps({"BOARDS": BOARDS})) as server:
        async with Producer(server.http, server.token) as producer:
            await producer.publish("model_metric", model="gbt", macro_f1=0.5)
            await producer.publish("model_perf", model="gbt", latency_ms=1.0, throughput_per_s=9.0, size_bytes=10)
            await producer.flush(timeout_s=20)
        async with chromium() as open_tab:
            tab = await open_tab(server, "/b/talk/")
            await tab.is_live()
            assert await tab.ask(SHOWN) == "model_metric"
            assert await tab.ask("window.stickyboard.mirror.types().join()") == "model_metric", "it was sent more"
            assert await tab.page.get_by_role("heading", level=1).inner_text() == "Talk"

            nav = tab.page.get_by_role("navigation", name="Boards")
            for name, title, scenes in (
                ("lab-watch", "Lab watch", "total_alerts,model_metric,live_detection"),
                ("models", "Models", "model_metric,model_perf,embedding"),
                ("talk", "Talk", "model_metric"),
            ):
                await nav.get_by_role("link", name=title).click()
                await tab.page.wait_for_url(f"**/b/{name}/")
                await tab.is_live()
                assert await nav.locator("[aria-current]").inner_text() == title
                assert await tab.ask(SHOWN) == scenes
                for width, height in ((1920, 1080), (1280, 720), (390, 844)):
                    await tab.resize(width, height)
                    layout = await tab.ask(LAYOUT)
                    place = f"{name} at {width}: {layout}"
                    assert layout["beside"] <= 0, place
                    assert width < 720 or layout["covered"] > 0.98, place
                    assert width < 720 or layout["below"] <= 0, place
            await tab.page.get_by_role("button", name="Menu of Macro-F1 by model").click()
            await tab.page.get_by_role("link", name="Event format").click()
            await tab.page.wait_for_url("**/docs/events/#model_metric")
            assert await tab.ask("document.querySelector(':target').id") == "model_metric"
            await tab.page.go_back()
            await tab.is_live()
            assert tab.complaints == []

            await asyncio.to_thread(server.kill)
            await tab.page.keyboard.press("Space")
            await tab.until("document.querySelector('#connection').dataset.state === 'reconnecting'")
            edge = "document.querySelector('#theme').getBoundingClientRect().right - innerWidth"
            assert await tab.ask(edge) <= 0, "a phone's bar has no room for what is wrong"
