"""The gallery shows widgets with their Python."""

import pytest

from broadcast.page.gallery import EXAMPLES
from tests.support.chromium import chromium, needs_chromium

pytestmark = needs_chromium


async def test_shows_one_widget_with_its_python(shared):
    async with chromium(800, 900) as open_tab:
        tab = await open_tab(shared, "/docs/widgets/?kind=table")
        await tab.until("document.querySelectorAll('.example').length === 2")
        await tab.page.get_by_text("Python", exact=True).first.click()
        code = await tab.page.locator("#order-code").inner_text()
        assert code.startswith("class Order(Struct):")
        assert "show=Table()" in code


@pytest.mark.parametrize("path", ["/docs/widgets/?kind=nothing", "/docs/widgets/?kind=<b>"])
async def test_an_unknown_kind_shows_all(shared, path):
    async with chromium(800, 900) as open_tab:
        tab = await open_tab(shared, path)
        await tab.until(f"document.querySelectorAll('.example').length === {len(EXAMPLES)}")
