"""On a phone, the bar has two rows and nothing in it is missing, and titles are readable as a whole."""

import json

import pytest

from tests.support.axe import barriers
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import opened, publish

pytestmark = needs_chromium

BOARDS = {"main": ["model_perf", "model_metric"], "runs": ["model_metric"]}
CUT = """[...document.querySelectorAll('.scene-title, .board-title')]
  .filter((title) => title.scrollWidth > title.clientWidth + 1).map(({ textContent }) => textContent)"""
# The number of rows in which the bar's visible elements are, and how many of them touch its edge or are outside.
ROWS = """(() => {
  const head = document.querySelector('.page-head');
  const [top, bottom] = [head.getBoundingClientRect().top + 4, head.getBoundingClientRect().bottom - 4];
  const shown = [...head.querySelectorAll('a, h1.board-title, button, input, .badge')]
    .filter((part) => part.checkVisibility() && !part.closest('.boards'));
  const boxes = shown.map((part) => part.getBoundingClientRect());
  const centres = boxes.map((box) => (box.top + box.bottom) / 2).sort((a, b) => a - b);
  return {
    rows: centres.filter((centre, index) => index === 0 || centre - centres[index - 1] > 4).length,
    outside: boxes.filter((box) => box.top < top || box.bottom > bottom || box.right > innerWidth).length,
  };
})()"""


@pytest.mark.parametrize("boards", [{"main": BOARDS["main"]}, BOARDS])
async def test_has_a_bar_of_two_rows_and_whole_titles(boards, tmp_path):
    with BuiltServer(tmp_path, TEST_BROADCAST=json.dumps({"BOARDS": boards})) as server:
        await publish(server, {"type": "model_metric", "model": "gbt", "macro_f1": 0.5})
        async with chromium(360, 700, "light") as open_tab:
            tab = await opened(open_tab, server)
            for name in ("Event types", "Filter entries by text"):
                await tab.page.get_by_label(name).or_(tab.page.get_by_role("link", name=name)).first.wait_for()
            assert await tab.ask(ROWS) == {"rows": 2, "outside": 0}
            assert await tab.ask(CUT) == []
            await tab.page.context.set_offline(True)
            await tab.page.get_by_role("button", name="Retry now").wait_for()
            assert await tab.ask(ROWS) == {"rows": 2, "outside": 0}
            assert await barriers(tab, "light") == []
            await tab.page.context.set_offline(False)
