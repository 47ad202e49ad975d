"""In print, charts use the full width, tables are complete, and times replace ages."""

from dashboard_project.event_types import EVENT_TYPES
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import opened, publish
from tests.support.tab import Tab

pytestmark = needs_chromium

HOSTS = [{"type": "live_detection", "host_id": f"host-{n % 3}", "score": 0.5, "alert": False} for n in range(90)]
MODELS = [{"type": "model_metric", "model": f"model-{n}", "macro_f1": n / 40} for n in range(40)]
A4 = {"width": 733, "height": 1062}  # between margins of 8 mm
LETTER_LANDSCAPE = {"width": 995, "height": 755}
# The share of its scene's width that each canvas's drawing has;
# how far the rows of tables and charts stick out of their scene, in px.
CANVASES = """[...document.querySelectorAll('.scene canvas')].filter((canvas) => canvas.checkVisibility())
  .map((canvas) => Math.min(canvas.offsetWidth, canvas.offsetHeight * canvas.width / canvas.height)
    / canvas.closest('.scene').offsetWidth)"""
CUT_OFF = """Math.max(...[...document.querySelectorAll('.scene :is(tr, .bar, .tile-item)')]
  .filter((row) => row.checkVisibility())
  .map((row) => row.getBoundingClientRect().bottom - row.closest('.scene').getBoundingClientRect().bottom))"""
AGES = """[...document.querySelectorAll('.scene-age')].map((age) =>
  [getComputedStyle(age).fontSize, getComputedStyle(age, '::after').content])"""
PRINTED = "getComputedStyle(document.querySelector('.page-head'), '::after').content"


async def filled(open_tab, server) -> Tab:
    await publish(server, *({"type": kind.name, **(kind.example or {})} for kind in EVENT_TYPES), *HOSTS, *MODELS)
    tab = await opened(open_tab, server)
    await tab.until("document.querySelectorAll('.scene[data-shown=body]').length === 7")
    await tab.page.get_by_role("button", name="Menu of Live detection").click()
    await tab.page.get_by_role("button", name="Show as table").click()
    await tab.page.locator("[data-scene=live_detection] table").wait_for()
    await tab.has_painted()
    await tab.until("[...document.querySelectorAll('.scene-age')].every((age) => age.dataset.came)")
    return tab


async def on_paper(tab: Tab, paper: dict) -> None:
    """Do what a browser does: tell the page, take the rules for paper, and lay out the paper."""
    await tab.ask("dispatchEvent(new Event('beforeprint')); null")
    await tab.page.emulate_media(media="print")
    await tab.resize(**paper)


async def test_prints_wide_charts_whole_tables_and_times(server):
    async with chromium(1280, 720) as open_tab:
        tab = await filled(open_tab, server)
        for paper in (A4, LETTER_LANDSCAPE):
            await on_paper(tab, paper)
            await check_paper(tab)


async def check_paper(tab: Tab) -> None:
    widths = await tab.ask(CANVASES)
    assert len(widths) == 3
    assert min(widths) > 0.9, widths
    assert await tab.ask(CUT_OFF) < 1
    assert await tab.ask("getComputedStyle(document.querySelector('.scene tbody tr')).breakInside") == "avoid"
    year = str(await tab.ask("new Date().getFullYear()"))
    assert year in await tab.ask(PRINTED)
    ages = await tab.ask(AGES)
    assert len(ages) == 7
    assert all(size == "0px" and year in content for size, content in ages), ages


async def test_restores_the_screen_after_printing(server):
    size = "[...document.querySelectorAll('.scene canvas')].map(({ width, height }) => [width, height])"
    async with chromium(1280, 720) as open_tab:
        tab = await filled(open_tab, server)
        before = await tab.ask(size)
        pdf = await tab.page.pdf(format="A4")
        assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") >= 3
        await tab.until("!document.documentElement.classList.contains('is-printing')")
        await tab.until("document.documentElement.dataset.theme === 'dark'")
        await tab.has_painted()
        assert await tab.ask(size) == before
        assert tab.complaints == []
