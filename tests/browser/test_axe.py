"""The page passes axe in every state and both themes. One page and one server serve all states."""

import asyncio
import json

import pytest

from dashboard_project.event_types import EVENT_TYPES
from stickyboard import Producer
from tests.support.axe import barriers
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.server import Server
from tests.support.tab import Tab

pytestmark = needs_chromium

BOARDS = {"main": [kind.name for kind in EVENT_TYPES], "stage": ["model_metric", "live_detection"]}
STALE_AT = """
const parse = JSON.parse;
if (location.search.includes('stale')) JSON.parse = (text) => {
  const found = parse(text);
  found.event_types?.forEach((kind) => { kind.stale_after_s = 0.001; });
  return found;
};
"""
COUNT, SCENES = "document.querySelectorAll", len(EVENT_TYPES)
NO_NUMBERS = """window.original = Number.prototype.toFixed;
Number.prototype.toFixed = () => { throw new Error('no numbers today'); }; null"""
NUMBERS_AGAIN = "Number.prototype.toFixed = window.original; null"


class Looks:
    """What axe found, by state."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.found: dict[str, list] = {}
        self.states: list[str] = []

    async def at(self, state: str) -> None:
        if violations := await barriers(self.tab):
            self.found[state] = violations
        self.states.append(state)


async def publish(server: Server, *names: str) -> None:
    async with Producer(server.http, server.token) as producer:
        for kind in EVENT_TYPES:
            if not names or kind.name in names:
                await producer.publish(kind.name, dict(kind.example))
        await producer.flush()


@pytest.mark.chaos  # two looks at each of twelve states take most of a minute
async def test_passes_axe_in_every_state(tmp_path):
    with BuiltServer(tmp_path, TEST_BROADCAST=json.dumps({"BOARDS": BOARDS})) as server:
        async with chromium() as open_tab:
            tab = await open_tab(server, before=STALE_AT)
            looks = Looks(tab)
            await tab.is_live()
            await looks.at("empty")

            await publish(server)
            await tab.until(f"{COUNT}('.scene[data-shown=body]').length === {SCENES}")
            await looks.at("live")
            await tab.page.get_by_role("button", name="Menu of Macro-F1 by model").press("Enter")
            await tab.until("document.querySelector('#scene-menu').matches(':popover-open')")
            await looks.at("menu")
            await tab.page.keyboard.press("Escape")
            await tab.page.keyboard.press("?")
            await tab.page.get_by_role("dialog", name="Shortcuts").wait_for()
            await looks.at("shortcuts")
            await tab.page.keyboard.press("Escape")
            await tab.page.locator("#pause").click()  # Space would press the menu's button, which has the focus
            await publish(server, "total_alerts")
            await tab.until("document.querySelector('#pause-count').innerText === 'paused +1'")
            await looks.at("paused")
            await tab.page.locator("#pause").click()
            await tab.ask(NO_NUMBERS)
            await publish(server, "model_metric")
            await tab.page.get_by_text("Macro-F1 by model could not be drawn").wait_for()
            await tab.ask(NUMBERS_AGAIN)
            await looks.at("a scene broken")

            await tab.page.goto(f"{server.http}/?stale")
            await tab.until(f"{COUNT}('.scene.is-stale').length === {SCENES}")
            await looks.at("stale")
            await tab.page.goto(f"{server.http}/?present=1&scene=9")
            await tab.is_live()
            await looks.at("presentation")
            await tab.page.goto(f"{server.http}/login/")
            await tab.page.get_by_label("User name").fill("nobody")
            await tab.page.get_by_label("Password").fill("wrong")
            await tab.page.get_by_role("button", name="Log in").click()
            await tab.page.get_by_role("alert").wait_for()
            await looks.at("login")
            await tab.page.goto(f"{server.http}/b/stage/")
            await tab.is_live()
            await looks.at("a chosen board")

            await asyncio.to_thread(server.kill)
            await tab.until("document.querySelector('#connection').dataset.state === 'reconnecting'")
            await looks.at("reconnecting")
            await tab.page.context.set_offline(True)
            await tab.until("document.querySelector('#connection').dataset.state === 'offline'")
            await looks.at("offline")
    assert looks.found == {}
    assert len(looks.states) == 12
