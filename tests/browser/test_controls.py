"""The page's controls: pause, single scene, presentation, menu, theme, and their announcements."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest

from stickyboard import Producer
from tests.support.axe import barriers
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import opened

pytestmark = needs_chromium

BARS = "document.querySelectorAll('.bars .bar').length"
SHOWN = "[...document.querySelectorAll('.scene:not([hidden])')].map((scene) => scene.dataset.scene)"


async def publish(server, *events: dict) -> None:
    async with Producer(server.http, server.token) as producer:
        for event in events:
            await producer.publish(event.pop("type"), event, wait=True)


def metric(model: str, macro_f1: float = 0.5) -> dict:
    return {"type": "model_metric", "model": model, "macro_f1": macro_f1}


async def test_pauses_counts_changes_and_resumes(server):
    await publish(server, metric("gbt"))
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        await tab.page.keyboard.press("Space")
        await publish(server, metric("mlp"), metric("cnn"))
        await tab.until("document.querySelector('#pause-count').textContent === 'paused +2'")
        assert await tab.ask("window.stickyboard.mirror.count('model_metric')") == 3
        assert await tab.ask(BARS) == 1

        await tab.resize(1400, 900)  # a repaint, of what was shown
        assert await tab.ask(BARS) == 1

        await tab.page.keyboard.press("Space")
        await tab.until(f"{BARS} === 3")
        assert await tab.ask("document.querySelector('#pause-count').textContent") == ""
        assert tab.complaints == []


async def test_shows_presents_and_leaves_a_scene_by_key(server):
    await publish(server, metric("gbt"))
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        for keys, shown, search in [
            ("9", ["model_metric"], "?scene=9"),
            ("13", ["live_detection"], "?scene=13"),
            ("p", ["live_detection"], "?present=1&scene=13"),
        ]:
            await tab.press_at_once(keys)
            await tab.until(f"JSON.stringify({SHOWN}) === {json.dumps(json.dumps(shown, separators=(',', ':')))}")
            assert await tab.ask("location.search") == search
        assert not await tab.page.locator("#theme").is_visible()
        await tab.page.keyboard.press("ArrowRight")
        assert await tab.ask(SHOWN) == ["totals"]
        await tab.page.keyboard.press("Escape")
        assert len(await tab.ask(SHOWN)) == 7
        assert await tab.page.locator("#theme").is_visible()
        await tab.page.go_back()
        await tab.until(f"{SHOWN}.length === 1")
        assert tab.complaints == []


async def test_shows_a_large_scene_by_its_address(own_server):
    await publish(own_server, metric("gbt"))
    async with chromium() as open_tab:
        size = "parseFloat(getComputedStyle(document.querySelector('.bar-name')).fontSize)"
        small = await (await opened(open_tab, own_server)).ask(size)
        tab = await opened(open_tab, own_server, "/?present=1&scene=9")
        assert await tab.ask(SHOWN) == ["model_metric"]
        assert await tab.ask(size) > 1.3 * small
        assert not await tab.page.locator("#connection").is_visible()
        await asyncio.to_thread(own_server.kill)
        await tab.page.locator("#connection").wait_for(state="visible")


async def test_ignores_keys_while_text_is_typed(server):
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        await tab.ask("document.body.append(Object.assign(document.createElement('input'), {id: 'typed'}))")
        await tab.page.locator("#typed").focus()
        await tab.page.keyboard.type("9 p?")
        assert await tab.ask("document.querySelector('#typed').value") == "9 p?"
        assert len(await tab.ask(SHOWN)) == 7


async def test_shows_and_stores_a_table_by_keyboard(server):
    await publish(server, metric("gbt", 0.25))
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.page.get_by_role("button", name="Menu of Macro-F1 by model").press("Enter")
        for key in ("ArrowDown", "ArrowDown", "Enter"):  # full screen, show as table
            await tab.page.keyboard.press(key)
        table = tab.page.locator("[data-scene=model_metric] table")
        await table.get_by_text("0.25").wait_for()
        await tab.page.reload()
        await table.wait_for()
        await publish(server, metric("mlp", 0.75))
        await tab.until("document.querySelector('[data-scene=model_metric] table').innerText.includes('0.75')")
        assert tab.complaints == []


async def test_saves_a_scene_as_csv_and_png(server):
    await publish(server, metric("gbt", 0.25))
    async with chromium() as open_tab:
        tab = await open_tab(server)
        for kind, part in [("CSV", b"gbt,0.25"), ("PNG", b"\x89PNG")]:
            await tab.page.get_by_role("button", name="Menu of Macro-F1 by model").click()
            async with tab.page.expect_download() as downloading:
                await tab.page.get_by_role("button", name=f"Save as {kind}").click()
            download = await downloading.value
            content = Path(await download.path()).read_bytes()
            assert download.suggested_filename.startswith("main-model_metric-")
            assert part in content, content[:200]
        assert tab.complaints == []


async def test_follows_the_system_theme_until_one_is_chosen(server):
    theme = "document.documentElement.dataset.theme"
    async with chromium(color_scheme="light") as open_tab:
        tab = await open_tab(server)
        assert await tab.ask(theme) == "light"
        await tab.page.keyboard.press("t")
        assert await tab.ask(theme) == "dark"
        await tab.page.reload()
        assert await tab.ask(theme) == "dark"
        await tab.page.keyboard.press("t")
        await tab.page.emulate_media(color_scheme="dark")
        await tab.until(f"{theme} === 'dark'")


async def test_prints_light_and_returns_to_dark(server):
    await publish(server, metric("gbt"))
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        await tab.ask("""addEventListener('beforeprint', () => {
          const { theme } = document.documentElement.dataset;
          window.printed = { theme, colour: getComputedStyle(document.body).color };
        }); null""")
        await tab.page.pdf()
        assert await tab.ask("window.printed") == {"theme": "light", "colour": "rgb(19, 27, 36)"}
        await tab.until("document.documentElement.dataset.theme === 'dark'")
        assert tab.complaints == []


async def test_opens_and_closes_the_help(server):
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.page.keyboard.press("?")
        await tab.page.get_by_role("dialog", name="Shortcuts").wait_for()
        assert await barriers(tab, "dark") == []
        await tab.page.keyboard.press("Escape")
        await tab.page.get_by_role("dialog", name="Shortcuts").wait_for(state="hidden")


async def test_switches_off_single_keys_and_stores_it(server):
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.page.keyboard.press("?")
        await tab.page.get_by_role("checkbox", name="Single-key").uncheck()
        await tab.page.keyboard.press("Escape")
        await tab.page.reload()
        await tab.page.keyboard.type("9p?")
        assert await tab.ask("location.search") == ""
        assert await tab.ask("document.querySelectorAll('dialog[open]').length") == 0
        await tab.page.get_by_role("button", name="Shortcuts").click()
        await tab.page.get_by_role("checkbox", name="Single-key").check()
        await tab.page.keyboard.press("Escape")
        await tab.page.keyboard.press("9")
        await tab.until("location.search === '?scene=9'")


async def test_keeps_the_focused_element_below_the_bar(server):
    await publish(server, metric("gbt"))
    async with chromium(1280, 720) as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        hidden = """(() => {
          const { top } = document.activeElement.getBoundingClientRect();
          const bar = document.querySelector('.page-head');
          return !bar.contains(document.activeElement) && top < bar.getBoundingClientRect().bottom;
        })()"""
        await tab.page.get_by_role("button", name="Menu of Live detection").focus()
        await tab.ask("scrollTo(0, document.documentElement.scrollHeight)")
        focused = "document.activeElement.getAttribute('aria-label')"
        while await tab.ask(focused) != "Menu of Totals":
            await tab.page.keyboard.press("Shift+Tab")
            assert not await tab.ask(hidden), await tab.ask(focused)


async def test_shows_an_error_in_its_frame_and_recovers(server):
    await publish(server, metric("gbt"), {"type": "total_alerts", "alerts": 1})
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        await tab.ask("""window.original = Number.prototype.toFixed;
                 Number.prototype.toFixed = () => { throw new Error('no numbers today'); }; null""")
        await publish(server, metric("mlp"))
        box = tab.page.locator("[data-scene=model_metric]")
        await box.get_by_text("Macro-F1 by model could not be drawn").wait_for()
        assert "no numbers today" in await box.inner_text()
        await tab.ask("Number.prototype.toFixed = window.original; null")
        assert await barriers(tab, "light") == []
        await publish(server, metric("cnn"))
        await tab.until(f"{BARS} === 3")


async def test_fills_an_empty_scene_with_its_command(server):
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        commands = await tab.ask("[...document.querySelectorAll('.command-text')].map((code) => code.textContent)")
        assert len(commands) == 7
        environment = {**server.environment, "STICKYBOARD_TOKEN": server.token}
        for command in commands:
            run = await asyncio.to_thread(
                subprocess.run, ["sh", "-c", f"{command} -sS"], env=environment, capture_output=True, text=True
            )
            assert '"accepted":1' in run.stdout.replace(" ", ""), (command, run)
        await tab.until("document.querySelectorAll('.scene[data-shown=body]').length === 7")
        assert tab.complaints == []


@pytest.mark.parametrize(("stale_after_s", "is_stale"), [("0.001", True), ("1e6", False)])
async def test_marks_a_scene_as_stale(server, stale_after_s, is_stale):
    await publish(server, metric("gbt"))
    async with chromium() as open_tab:
        patch = "const parse = JSON.parse; JSON.parse = (text) => { const found = parse(text);"
        patch += f" found.event_types?.forEach((kind) => (kind.stale_after_s = {stale_after_s})); return found; }}"
        tab = await open_tab(server, before=patch)
        box = "document.querySelector('[data-scene=model_metric]')"
        age = f"{box}.querySelector('.scene-age').textContent"
        await tab.until(f"{age} !== ''")
        if is_stale:
            await tab.until(f"{box}.classList.contains('is-stale')")
            assert (await tab.ask(age)).startswith("stale · ")
        else:
            assert not await tab.ask(f"{box}.classList.contains('is-stale')")


async def test_fills_a_laptop_with_one_scene_or_all_in_order(server):
    async with chromium(1280, 720) as open_tab:
        tab = await opened(open_tab, server, "/?present=1&scene=9")
        share = "document.querySelector('[data-scene=model_metric]').offsetWidth / innerWidth"
        assert await tab.ask(share) > 0.95
        await tab.page.keyboard.press("0")
        await tab.until(f"{share} < 0.5")
        await tab.has_painted()
        places = await tab.ask(
            """[...document.querySelectorAll('.scene')].map((scene) => {
                 const { x, y } = scene.getBoundingClientRect(); return [Math.round(y), Math.round(x)]; })"""
        )
        assert places == sorted(places)


async def test_loads_its_controls_again_when_they_are_used(server):
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.page.route("**/controls*.js", lambda route: route.abort())
        await tab.page.reload()
        await tab.until("document.querySelector('#page-error').textContent === 'page error'")
        await tab.page.unroute("**/controls*.js")
        await tab.page.keyboard.press("p")
        await tab.until("document.querySelector('#toast').textContent.includes('loaded now')")
        await tab.page.keyboard.press("p")
        await tab.until("location.search === '?present=1'")
        assert all("could not be loaded" in text or "ERR_FAILED" in text for text in tab.complaints), tab.complaints
