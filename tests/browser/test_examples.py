"""The example boards draw every scene, with their own producers' events."""

import pytest

from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.example_events import measured, trained
from tests.support.scene_events import publish

pytestmark = needs_chromium

DRAWN = "[...document.querySelectorAll('.scene')].map((scene) => [scene.dataset.scene, scene.dataset.shown])"


EVENTS = {"machine": measured, "training": trained}


@pytest.mark.parametrize("name", EVENTS)
async def test_every_scene_is_drawn(name, tmp_path):
    found = [{"type": event_type, **fields} for event_type, fields in EVENTS[name]()]
    with BuiltServer(tmp_path, DJANGO_SETTINGS_MODULE=f"examples.{name}.settings") as server:
        await publish(server, *found)
        async with chromium(height=3000) as open_tab:
            tab = await open_tab(server)
            await tab.is_live()
            await tab.until("Object.values(window.stickyboard.stats.paints).every((count) => count > 0)")
            drawn = dict(await tab.ask(DRAWN))
            assert len(drawn) >= 9
            assert set(drawn.values()) == {"body"}
            assert tab.complaints == []
