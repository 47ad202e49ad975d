"""A scene whose module is faulty or missing shows an error in its frame; all others are drawn."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import CURVES, opened, publish
from tests.support.server import Server
from tests.support.tab import Tab

pytestmark = needs_chromium

FAULTS = {
    "not there": ("widgets/lines.js", (404, "")),
    "exports nothing": ("widgets/lines.js", (200, "export const empty = null;")),
}
MORE_FAULTS = {
    "throws at import": ("widgets/lines.js", (200, "throw new TypeError('not today');")),
    "a syntax error": ("widgets/lines.js", (200, "export const empty = {")),
    "its chart library is not there": ("vendor/uplot/uPlot.esm.js", (404, "")),
    "imports what there is not": (
        "widgets/lines.js",
        (200, "import { nothing } from '../dom.js'; export const empty = nothing;"),
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
                async with answering(tab, file, *answer):
                    await tab.page.reload()
                    await check_only_one_scene_is_faulty(tab, fault)
                    await publish(server, {**METRIC, "macro_f1": number / 10})
                    await tab.until(f"document.querySelector('.bar-value')?.innerText === '{number / 10:.3f}'")


@asynccontextmanager
async def answering(tab: Tab, file: str, status: int, body: str) -> AsyncIterator[None]:
    """Answer requests for one file; a route of Playwright would carry those for the hundred others as well."""
    devtools = await tab.page.context.new_cdp_session(tab.page)
    answer = {
        "responseCode": status,
        "responseHeaders": [{"name": "Content-Type", "value": "text/javascript"}],
        "body": b64encode(body.encode()).decode(),
    }

    def fulfill(paused: dict[str, Any]) -> None:
        answers.append(
            asyncio.ensure_future(devtools.send("Fetch.fulfillRequest", {"requestId": paused["requestId"], **answer}))
        )

    answers: list[asyncio.Future[Any]] = []
    devtools.on("Fetch.requestPaused", fulfill)
    await devtools.send("Fetch.enable", {"patterns": [{"urlPattern": f"*/{file}*"}]})
    yield
    await asyncio.gather(*answers)
    await devtools.detach()


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
