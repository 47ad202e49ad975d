"""With a larger font size in the browser, the page uses another layout and hides nothing."""

import pytest
import pytest_asyncio

from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import opened, publish
from tests.support.server import Server

pytestmark = needs_chromium

EPISODES = [
    {
        "type": "recent_episodes",
        "episode_id": f"lab-{n}",
        "host_id": "lab",
        "label": "benign",
        "windows": 9,
        "alerts": 1,
    }
    for n in range(4)
]
SHARES = {"benign": 0.3, "phishing": 0.2, "scan": 0.2, "beacon": 0.1, "upload": 0.1, "idle": 0.1}
TOTALS = [
    {"type": "total_alerts", "alerts": 123_456},
    {"type": "total_bytes", "bytes": 5_120},
    {"type": "total_episodes", "episodes": 40},
    {"type": "host_counts", "counts": {f"host-{n}": 10 * n for n in range(1, 7)}},
    {"type": "phase_mix", "shares": SHARES},
    *EPISODES,
]
# How far titles, numbers, phases and episodes stick out of what clips them, in px.
CUT_OFF = """(() => {
  const scene = document.querySelector('[data-scene=totals]');
  const beyond = (item, box) => Math.max(item.right - box.right, item.bottom - box.bottom);
  const items = scene.querySelectorAll('.tile-title, .number-value, .share-item, .feed-tile-line');
  return Math.max(...[...items].flatMap((item) =>
    [scene, item.closest('.tile-body') ?? scene].map((box) =>
      beyond(item.getBoundingClientRect(), box.getBoundingClientRect()))));
})()"""
NOT_SHOWN = "[...document.querySelectorAll('.tile-more')].map((more) => more.textContent).join('')"
# How many phases are visible, and how many of them are cut off.
PHASES_SHOWN = """(() => {
  const end = document.querySelector('.tile[data-kind=share] .tile-body').getBoundingClientRect().bottom;
  const items = [...document.querySelectorAll('.share-item')].filter((item) => item.style.visibility !== 'hidden');
  return [items.length, items.filter((item) => item.getBoundingClientRect().bottom > end + 2).length];
})()"""
BESIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def filled(shared: BuiltServer) -> Server:
    shared.clear()
    await publish(shared, *TOTALS)
    return shared


@pytest.mark.parametrize(
    ("width", "height", "font_px"),
    [(1280, 720, 16), (1280, 720, 32), (1920, 1080, 32), (1920, 1080, 16), (390, 844, 16), (390, 844, 32)],
)
async def test_shows_all_phases_and_episodes(width, height, font_px, filled):
    async with chromium(width, height, is_new=True) as open_tab:  # which keeps its font size
        tab = await opened(open_tab, filled)
        session = await tab.page.context.new_cdp_session(tab.page)
        await session.send("Page.setFontSizes", {"fontSizes": {"standard": font_px, "fixed": font_px}})
        await tab.page.reload()
        await tab.is_live()
        await tab.until(f"parseFloat(getComputedStyle(document.documentElement).fontSize) >= {font_px}")
        await tab.until("document.querySelectorAll('.tile[data-kind=feed] .feed-tile-line').length === 4")
        assert await tab.ask("document.querySelectorAll('.tile[data-kind=share] .share-item').length") == len(SHARES)
        await tab.has_painted()
        assert await tab.ask(NOT_SHOWN) == ""
        assert await tab.ask(CUT_OFF) < 1
        assert await tab.ask(BESIDE) <= 0


async def test_shows_no_half_of_a_phase(server):
    shares = {**{f"phase-{n}": 0.12 for n in range(6)}, "rest-1": 0.1, "rest-2": 0.1, "rest-3": 0.08}
    await publish(server, {"type": "phase_mix", "shares": shares})
    async with chromium(1280, 720) as open_tab:
        tab = await opened(open_tab, server)
        await tab.until("document.querySelector('.tile[data-kind=share] .tile-more').textContent !== ''")
        await tab.has_painted()
        assert await tab.ask("document.querySelectorAll('.share-item').length") == 7
        assert await tab.ask(PHASES_SHOWN) == [6, 0]
