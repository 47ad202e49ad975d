"""The user's layout of a board: stored in the browser, in a link, by menu and by dragging."""

from stickyboard import Producer
from tests.support.axe import barriers
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import opened

pytestmark = needs_chromium

ORDER = "[...document.querySelectorAll('.scene')].map((scene) => scene.dataset.scene).join()"
FOCUSED = "document.activeElement.getAttribute('aria-label')"


async def test_a_tile_of_bars_has_bars_on_a_laptop(server):
    async with chromium(1280, 900) as open_tab, Producer(server.http, server.token) as producer:
        await producer.publish("host_counts", {"counts": {"lab-1": 40, "office-1": 80}}, wait=True)
        tab = await open_tab(server)
        await tab.is_live()
        assert await tab.ask("document.querySelector('.tile .track').offsetWidth") > 60


async def test_users_arrange_scenes_and_share_the_layout(server):
    async with chromium() as open_tab, Producer(server.http, server.token) as producer:
        await producer.publish("model_metric", {"model": "gbt", "macro_f1": 0.5}, wait=True)
        tab = await open_tab(server)
        await tab.is_live()
        board = await tab.ask(ORDER)

        async def choose(title: str, item: str) -> None:
            await tab.page.get_by_role("button", name=f"Menu of {title}").press("Enter")
            await tab.page.locator("#scene-menu").get_by_role("button", name=item).press("Enter")

        names = board.split(",")
        at = names.index("model_metric")
        await choose("Macro-F1 by model", "Move left")
        names[at - 1], names[at] = names[at], names[at - 1]
        assert await tab.ask(ORDER) == ",".join(names)
        assert await tab.ask(FOCUSED) == "Menu of Macro-F1 by model"
        await tab.until("document.querySelector('#announcements').textContent.includes('is now scene')")

        width = "document.querySelector('[data-scene=model_metric]').offsetWidth"
        narrow = await tab.ask(width)
        await choose("Macro-F1 by model", "Wide")
        assert await tab.ask(width) > 1.5 * narrow
        await tab.has_painted()

        target = await tab.page.locator("[data-scene=embedding] .scene-head").bounding_box()
        source = await tab.page.locator("[data-scene=live_detection] .scene-head").bounding_box()
        await tab.page.mouse.move(source["x"] + 60, source["y"] + 8)
        await tab.page.mouse.down()
        await tab.page.mouse.move(target["x"] + 60, target["y"] + 8, steps=4)
        await tab.until("document.querySelector('.scene.is-target')?.dataset.scene === 'embedding'")
        await tab.page.mouse.up()
        to = names.index("embedding")
        names.insert(to, names.pop(names.index("live_detection")))
        assert await tab.ask(ORDER) == ",".join(names)

        await choose("Macro-F1 by model", "Hide")
        names.remove("model_metric")
        hidden = tab.page.get_by_role("button", name="1 hidden")
        assert await tab.ask("document.activeElement.id") == "hidden-scenes"
        paints = "window.stickyboard.stats.paints.model_metric"
        await tab.page.reload()
        await tab.is_live()
        assert await tab.ask(ORDER) == ",".join(names)
        await producer.publish("model_metric", {"model": "mlp", "macro_f1": 0.7}, wait=True)
        await tab.until("window.stickyboard.mirror.count('model_metric') === 2")
        await tab.has_painted()
        assert await tab.ask(paints) == 0
        assert await barriers(tab, "dark") == []

        await hidden.click()
        await tab.page.get_by_role("button", name="Show Macro-F1 by model").click()
        await tab.until(f"{paints} > 0")
        assert await tab.ask("document.querySelectorAll('.bars .bar').length") == 2

        await tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await choose("Macro-F1 by model", "Copy link")
        await tab.page.get_by_text("Copied the link to Macro-F1 by model").wait_for()
        link = await tab.page.evaluate("navigator.clipboard.readText()")
        shown = await tab.ask(ORDER)
        async with chromium() as open_other:
            other = await opened(open_other, server, link.removeprefix(server.http))
            await other.page.keyboard.press("0")
            assert await other.ask(ORDER) == shown != board
            assert await other.ask("localStorage.getItem('stickyboard.main.layout')") is None

        await choose("Macro-F1 by model", "Reset layout")
        assert await tab.ask(ORDER) == board
        assert await tab.ask(width) == narrow
        assert tab.complaints == []
