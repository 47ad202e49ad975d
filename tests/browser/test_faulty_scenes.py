"""A scene whose module is faulty or missing shows an error in its frame; all others are drawn."""

from functools import partial
from typing import Any

import pytest
from playwright.async_api import Route

from tests.support.chromium import Tab, chromium, needs_chromium
from tests.support.scene_events import CURVES, opened, publish
from tests.support.server import Server

pytestmark = needs_chromium

FAULTS = {
    "not there": ("widgets/lines.js", {"status": 404, "body": ""}),
    "throws at import": ("widgets/lines.js", {"body": "throw new TypeError('not today');"}),
    "exports nothing": ("widgets/lines.js", {"body": "export const empty = null;"}),
}
MORE_FAULTS = {
    "a syntax error": ("widgets/lines.js", {"body": "export const empty = {"}),
    "its chart library is not there": ("vendor/uplot/uPlot.esm.js", {"status": 404, "body": ""}),
    "imports what there is not": (
        "widgets/lines.js",
        {"body": "import { nothing } from '../dom.js'; export const empty = nothing;"},
    ),
}
METRIC = {"type": "model_metric", "model": "gbt", "macro_f1": 0.05}
SHOWN = "Object.fromEntries([...document.querySelectorAll('.scene')].map((s) => [s.dataset.scene, s.dataset.shown]))"


@pytest.mark.parametrize(
    "faults", [FAULTS, pytest.param(MORE_FAULTS, marks=pytest.mark.chaos)], ids=["each kind", "more"]
)
async def test_confines_a_faulty_module_to_its_scene(faults, tmp_path):
    # A page that is not built has a file for each module.
    with Server(tmp_path) as server:
        await publish(
            server, *CURVES, METRIC, {"type": "live_detection", "host_id": "h-1", "score": 0.5, "alert": False}
        )
        async with chromium() as open_tab:
            tab = await opened(open_tab, server)
            for number, (fault, (file, answer)) in enumerate(faults.items(), 1):
                await tab.page.route(f"**/{file}*", partial(fulfill, answer))
                await tab.page.reload()
                await check_only_one_scene_is_faulty(tab, fault)
                await publish(server, {**METRIC, "macro_f1": number / 10})
                await tab.until(f"document.querySelector('.bar-value')?.innerText === '{number / 10:.3f}'")
                await tab.page.unroute(f"**/{file}*")


async def fulfill(answer: dict[str, Any], route: Route) -> None:
    await route.fulfill(content_type="text/javascript", **answer)


async def check_only_one_scene_is_faulty(tab: Tab, fault: str) -> None:
    await tab.until("window.stickyboard !== undefined")
    await tab.is_live()
    shown = await tab.ask(SHOWN)
    assert shown.pop("attack_profile") == "error", fault
    assert dict.fromkeys(("model_metric", "live_detection"), "body").items() <= shown.items(), fault
    assert "error" not in shown.values(), fault
    text = await tab.ask("document.querySelector('[data-scene=attack_profile] .scene-error').innerText")
    assert "Attack profiles could not be drawn" in text, fault
    assert "could not be loaded" in text, fault
