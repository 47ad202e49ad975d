"""In print, charts use the full width, tables are complete, and times replace ages."""

import json

from dashboard_project.event_types import EVENT_TYPES
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import opened, publish
from tests.support.tab import Tab

pytestmark = needs_chromium

HOSTS = [{"type": "live_detection", "host_id": f"host-{n % 3}", "score": 0.5, "alert": False} for n in range(90)]
MODELS = [{"type": "model_metric", "model": f"model-{n}", "macro_f1": n / 40} for n in range(40)]
RUNS = {"EVENT_TYPES": "broadcast.runs.RUN_TYPES", "BOARDS": "tests.support.runs_board.BOARDS"}
CHARTS = {f"group {n % 2}/metric {n}": n for n in range(40)}
STEPS = [{"type": "run_metric", "run": f"run-{n}", "lane": "all", "step": 1, "values": CHARTS} for n in range(20)]
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
# Of all charts, before the next frame: whether each is drawn in the size that it has on paper, in its own panel.
PRINTED_CHARTS = """(async () => {
  dispatchEvent(new Event('beforeprint'));
  await null;  // uPlot draws in a microtask
  return [...document.querySelectorAll('.plot-panel')].map((panel) => {
    const [frame, canvas] = [panel.querySelector('.plot-frame'), panel.querySelector('canvas')];
    return canvas?.offsetWidth === frame.clientWidth && canvas.offsetHeight === frame.clientHeight
      && frame.getBoundingClientRect().bottom <= panel.getBoundingClientRect().bottom;
  });
})()"""
IS_LEGEND_BELOW = """document.querySelector('.legend').getBoundingClientRect().top
  >= Math.max(...[...document.querySelectorAll('.plot-panel')].map((panel) => panel.getBoundingClientRect().bottom))"""
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


async def test_prints_every_chart_of_a_scene_at_once(tmp_path):
    with BuiltServer(tmp_path, TEST_BROADCAST=json.dumps(RUNS)) as server:
        async with chromium(1280, 720) as open_tab:
            await publish(server, *STEPS)
            tab = await opened(open_tab, server, "/b/runs/")
            await tab.until("document.querySelectorAll('.plot-panel').length === 40")
            await tab.has_painted()
            await tab.ask("document.querySelector('.plots').scrollTop = 1e6")
            await tab.has_painted()
            assert await tab.ask("document.querySelectorAll('.plot-panel canvas').length") < 40
            assert await tab.ask(PRINTED_CHARTS) == [True] * 40
            assert await tab.ask(IS_LEGEND_BELOW)
            assert "Scroll" not in await tab.page.locator("[data-scene=run_metric]").inner_text()
