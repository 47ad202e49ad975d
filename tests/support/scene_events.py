"""Events for scenes, the tooltip's text, and the state of a server."""

import asyncio
import json
import urllib.request
from typing import Any

from stickyboard import Producer
from tests.support.picture import Picture
from tests.support.server import Server
from tests.support.tab import Tab

CURVES = (
    {"type": "attack_profile", "name": "gbt", "x": [0, 1, 2], "y": [0, 0.5, 1], "x_label": "rate"},
    {"type": "attack_profile", "name": "mlp", "x": [0, 2], "y": [0.25, 0.75]},
)
TIP = "[...document.querySelectorAll('.tooltip:popover-open')].map((tip) => tip.innerText.replace(/\\s+/g, ' '))"

# Catches the markup of a saved picture before it becomes pixels.
CATCH_MARKUP = """
const { set } = Object.getOwnPropertyDescriptor(HTMLImageElement.prototype, 'src');
Object.defineProperty(HTMLImageElement.prototype, 'src', { set(text) {
  if (text.startsWith('data:image/svg')) window.markup = decodeURIComponent(text);
  set.call(this, text);
}});"""


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


def stored_state(server: Server) -> dict[str, Any]:
    """Return the server's state of the board `main`, as `Picture.contents` has it."""
    with urllib.request.urlopen(f"{server.http}/api/state/main", timeout=60) as answer:
        picture = Picture()
        picture.apply(json.load(answer))
        return picture.contents()


async def shows_all_of(server: Server, tab: Tab) -> dict[str, Any]:
    """Wait until a tab has what the server keeps now, and return that; nothing else is sent meanwhile."""
    wanted = await asyncio.to_thread(stored_state, server)
    for name, ((epoch, revision), _) in wanted.items():
        head = json.dumps({"epoch": epoch, "revision": revision}, separators=(",", ":"))
        await tab.until(f"JSON.stringify(window.stickyboard.mirror.head('{name}')) === '{head}'")
    return wanted
