"""A scene whose module is faulty or missing shows an error in its frame; all others are drawn."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Route

from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import CURVES, opened, publish
from tests.support.server import Server

pytestmark = needs_chromium

FAULTS = {
    "a syntax error": ("widgets/lines.js", {"body": "export const empty = {"}),
    "not there": ("widgets/lines.js", {"status": 404, "body": ""}),
    "throws at import": ("widgets/lines.js", {"body": "throw new TypeError('not today');"}),
    "exports nothing": ("widgets/lines.js", {"body": "export const empty = null;"}),
    "its chart library is not there": ("vendor/uplot/uPlot.esm.js", {"status": 404, "body": ""}),
    "imports what there is not": (
        "widgets/lines.js",
        {"body": "import { nothing } from '../dom.js'; export const empty = nothing;"},
    ),
}
SHOWN = "Object.fromEntries([...document.querySelectorAll('.scene')].map((s) => [s.dataset.scene, s.dataset.shown]))"


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose page is not built, so that each module is a file."""
    with Server(tmp_path_factory.mktemp("modules")) as running:
        yield running


@pytest.mark.parametrize("fault", FAULTS)
async def test_confines_a_faulty_module_to_its_scene(modules, fault):
    file, answer = FAULTS[fault]

    async def answer_faultily(route: Route) -> None:
        await route.fulfill(content_type="text/javascript", **answer)

    await publish(
        modules,
        *CURVES,
        {"type": "model_metric", "model": "gbt", "macro_f1": 0.5},
        {"type": "live_detection", "host_id": "h-1", "score": 0.5, "alert": False},
    )
    async with chromium() as open_tab:
        tab = await opened(open_tab, modules)
        await tab.page.route(f"**/{file}*", answer_faultily)
        await tab.page.reload()
        await tab.until("window.stickyboard !== undefined")
        await tab.is_live()
        shown = await tab.ask(SHOWN)
        assert shown.pop("attack_profile") == "error"
        assert dict.fromkeys(("model_metric", "live_detection"), "body").items() <= shown.items()
        assert "error" not in shown.values()
        text = await tab.ask("document.querySelector('[data-scene=attack_profile] .scene-error').innerText")
        assert "Attack profiles could not be drawn" in text
        assert "could not be loaded" in text
        await publish(modules, {"type": "model_metric", "model": "gbt", "macro_f1": 0.75})
        await tab.until("document.querySelector('.bar-value')?.innerText === '0.750'")
