"""A saved picture shows what the page shows."""

import pytest

from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import CATCH_MARKUP, opened, publish

pytestmark = needs_chromium

LONG = "a-host-with-a-name-that-is-much-too-long-for-its-place"
# Names and texts in the picture that it cuts where they have no room, and on the page those that have none.
CUT_IN_PICTURE = """(() => {
  const picture = new DOMParser().parseFromString(window.markup.replace(/^[^<]*/, ''), 'image/svg+xml');
  return [...picture.querySelectorAll('[style*="text-overflow: ellipsis"]')].map((part) => part.textContent);
})()"""
CUT_ON_PAGE = """[...document.querySelectorAll('[data-scene=totals] .scene-body *')].filter((part) =>
  part.scrollWidth > part.clientWidth && getComputedStyle(part).textOverflow === 'ellipsis').length"""


@pytest.mark.parametrize(("host", "is_cut"), [("lab-1", False), (LONG, True)])
async def test_cuts_only_labels_that_the_page_cuts(host, is_cut, server):
    shares = {"benign": 0.5, "phishing": 0.3, "suspicious": 0.2}
    await publish(server, {"type": "phase_mix", "shares": shares}, {"type": "host_counts", "counts": {host: 7}})
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        await tab.ask(f"{CATCH_MARKUP}; null")
        await tab.page.get_by_role("button", name="Menu of Totals").click()
        async with tab.page.expect_download():
            await tab.page.get_by_role("button", name="Save as PNG").click()
        assert (await tab.ask(CUT_ON_PAGE) > 0) == is_cut
        cut = await tab.ask(CUT_IN_PICTURE)
        assert any(host[:10] in text for text in cut) == is_cut, cut
        assert not any("benign" in text or "phishing" in text for text in cut)
