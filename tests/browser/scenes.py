"""What tests of scenes send, and where they find what a tip says."""

from typing import Any

from stickyboard import Producer
from tests.browser.chromium import Tab
from tests.support.server import Server

CURVES = (
    {"type": "attack_profile", "name": "gbt", "x": [0, 1, 2], "y": [0, 0.5, 1], "x_label": "rate"},
    {"type": "attack_profile", "name": "mlp", "x": [0, 2], "y": [0.25, 0.75]},
)
TIP = "[...document.querySelectorAll('.tooltip:popover-open')].map((tip) => tip.innerText.replace(/\\s+/g, ' '))"

# The picture as markup, before it becomes pixels.
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
