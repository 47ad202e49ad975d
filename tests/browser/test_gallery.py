"""The gallery draws every example, in both themes, wide and narrow, and passes axe."""

from broadcast.page.gallery import EXAMPLES
from tests.support.axe import barriers
from tests.support.chromium import chromium, needs_chromium

pytestmark = needs_chromium

SCENES = """[...document.querySelectorAll('.example .scene')].map((scene) => [
  scene.dataset.scene, scene.dataset.shown, scene.querySelector('.scene-error-text').textContent])"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def test_draws_every_example_without_barriers(server):
    async with chromium(1280, 900) as open_tab:
        tab = await open_tab(server, "/docs/widgets/")
        await tab.until("document.querySelectorAll('.example').length > 0")
        await tab.page.set_viewport_size({"width": 1280, "height": 9000})  # only visible scenes are painted
        await tab.until("Object.values(window.stickyboard.stats.paints).every((count) => count > 0)")
        shown = await tab.ask(SCENES)
        assert [scene for scene in shown if scene[1] != "body"] == []
        assert {name for name, _, _ in shown} == {example.name for example in EXAMPLES}
        assert await barriers(tab, "dark") == []
        await tab.resize(390, 9000)
        await tab.until(f"{OVERFLOW} <= 0")
        assert await barriers(tab, "light") == []
        assert tab.complaints == []


async def test_shows_one_widget_with_its_python(server):
    async with chromium(800, 900) as open_tab:
        tab = await open_tab(server, "/docs/widgets/?kind=table")
        await tab.until("document.querySelectorAll('.example').length === 2")
        await tab.page.get_by_text("Python", exact=True).first.click()
        code = await tab.page.locator("#order-code").inner_text()
        assert code.startswith("class Order(Struct):")
        assert "show=Table()" in code


async def test_an_unknown_kind_shows_all(server):
    async with chromium(800, 900) as open_tab:
        tab = await open_tab(server, "/docs/widgets/?kind=<b>")
        await tab.until(f"document.querySelectorAll('.example').length === {len(EXAMPLES)}")
