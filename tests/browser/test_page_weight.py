"""A page with a large state is small: it previews large keyspaces, and fetches the rest before it opens its socket."""

import asyncio
import urllib.request
from typing import Any

from broadcast.page.first_paint import FIRST_PAINT_BYTES
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import publish, stored_state
from tests.support.tab import RECORD, Tab

pytestmark = needs_chromium

SHARES = {f"class-{number}": number / 20 for number in range(12)}
PREDICTIONS = [
    {"type": "prediction", "episode_id": f"e-{n // 10:03}", "window_idx": n % 10, "label": "a", "probabilities": SHARES}
    for n in range(1500)
]
METRIC = {"type": "model_metric", "model": "gbt", "macro_f1": 0.5}
# The state arrives only when a test says so.
HOLD_FETCH = """
const fetch = window.fetch;
window.fetch = (...request) => new Promise((answer, fail) => {
  window.answerFetch = (isRefused) => isRefused ? fail(new Error('refused')) : answer(fetch(...request));
});
"""


def page_of(server) -> bytes:
    with urllib.request.urlopen(server.http, timeout=10) as answer:
        return answer.read()


async def test_previews_a_large_keyspace_until_it_has_the_rest(server):
    await publish(server, *PREDICTIONS, METRIC)
    wanted = await asyncio.to_thread(stored_state, server)
    assert len(await asyncio.to_thread(page_of, server)) < FIRST_PAINT_BYTES + 64 * 1024
    async with chromium() as open_tab:
        for is_refused in (False, True):
            tab = await open_tab(server, before=HOLD_FETCH + RECORD)
            await check_preview(tab, wanted)
            await tab.ask(f"window.answerFetch({str(is_refused).lower()})")
            await tab.is_live()
            assert await tab.shown() == wanted
            opened = (await tab.ask("window.seen"))[0]
            assert ("prediction::0" in opened["cursor"]) is is_refused
            assert [text for text in tab.complaints if "refused" not in text] == []


async def check_preview(tab: Tab, wanted: dict[str, Any]) -> None:
    await tab.until("window.stickyboard?.stats.paints.prediction >= 1")
    shown = await tab.shown()
    newest = list(shown["prediction"][1])
    assert newest == list(wanted["prediction"][1])[-len(newest) :]
    assert 100 < len(newest) < 1500
    assert shown["model_metric"] == wanted["model_metric"]
    assert await tab.ask("document.querySelectorAll('[data-scene=prediction] .empty').length") == 0


async def test_a_small_state_needs_no_further_request(server):
    await publish(server, METRIC)
    async with chromium() as open_tab:
        tab = await open_tab(server, before=HOLD_FETCH)
        await tab.is_live()
        assert await tab.ask("window.answerFetch === undefined")
