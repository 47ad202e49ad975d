"""What each scene does in a browser: its picture and file, and what hands do to it."""

from typing import Any

from producers_api.client import Producer
from tests.browser.chromium import Tab, chromium, needs_chromium
from tests.server import Server

pytestmark = needs_chromium

FORMULA = '=HYPERLINK("http://x","y")'
SIZE_AND_COLOURS = """(async () => {{
  const {{pngOf}} = await import('/static/dashboard/export.js');
  const body = document.querySelector('[data-scene={scene}] .scene-body');
  const bitmap = await createImageBitmap(await pngOf(body, 'A title'));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const pen = canvas.getContext('2d', {{willReadFrequently: true}});
  pen.drawImage(bitmap, 0, 0);
  const pixels = new Uint32Array(pen.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer);
  const {{width, height}} = body.getBoundingClientRect();
  return [bitmap.width - 2 * width, bitmap.height - 2 * height, new Set(pixels).size];
}})()"""


async def publish(server: Server, *events: dict[str, Any]) -> None:
    async with Producer(server.http, server.token) as producer:
        for event in events:
            fields = dict(event)
            await producer.publish(fields.pop("type"), fields)
        await producer.flush(timeout_s=20)


async def opened(open_tab: Any, server: Server, path: str = "/") -> Tab:
    tab: Tab = await open_tab(server, path)
    await tab.is_live()
    return tab


async def test_any_scene_can_be_saved_as_a_picture_of_what_is_seen(server):
    await publish(
        server,
        {"type": "model_metric", "model": FORMULA, "macro_f1": 0.5, "macro_f1_ci": [0.4, 0.6]},
        {"type": "live_detection", "host_id": "<b>&amp;", "score": 0.9, "alert": True},
    )
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        for scene in ("model_metric", "live_detection"):
            wider, higher, colours = await tab.ask(SIZE_AND_COLOURS.format(scene=scene))
            assert 0 < wider < 100, scene
            assert 0 < higher < 200, scene
            assert colours > 20, scene  # text is drawn in many shades; an empty picture has one
        assert tab.complaints == []
