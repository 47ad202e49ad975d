"""The board of runs: a hint how to log, only scenes with events, and alerts until they are dismissed."""

import json

from stickyboard import Producer
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium

pytestmark = needs_chromium

SHOWN = "[...document.querySelectorAll('.scene')].map((scene) => scene.dataset.scene).join()"
BROADCAST = {"EVENT_TYPES": "broadcast.runs.RUN_TYPES", "BOARDS": "tests.support.runs_board.BOARDS"}
ALERT = {"id": "a", "run": "r", "title": "loss is NaN", "until": 4e9}


async def test_it_fills_as_runs_log_and_alerts_can_be_dismissed(tmp_path):
    with BuiltServer(tmp_path, TEST_BROADCAST=json.dumps(BROADCAST)) as server:
        async with chromium() as open_tab, Producer(server.http, server.token) as producer:
            tab = await open_tab(server, "/b/runs/")
            await tab.is_live()
            hint = tab.page.locator(".board-empty")
            assert "stickyboard.init" in await hint.inner_text()
            assert await tab.ask(SHOWN) == ""

            values = {"loss": 0.5, "val/acc": None}
            await producer.publish("run_metric", run="r", lane="r/1", step=1, values=values, odd={"val/acc": "nan"})
            await producer.publish("run", run="r", status="running", started=1.0)
            await producer.publish("run_alert", ALERT)
            await tab.page.wait_for_selector(".plot-panel canvas")
            await tab.page.locator(".banner", has_text="loss is NaN").wait_for()
            await tab.until(f"{SHOWN} === 'run_alert,run_metric,runs'")
            assert not await hint.is_visible()

            # A row of its own, because the row of facts is cut where it ends.
            lost = {"host": "a-host-with-a-long-name." * 9, "odd": 1, "problems": 4}
            await producer.publish("run", {"run": "r", "status": "running", "started": 1.0, "step": 5, **lost})
            problems = tab.page.get_by_text("1 NaN or infinite · 4 not logged", exact=True)
            await problems.wait_for()
            assert await problems.evaluate("(element) => element.scrollWidth <= element.clientWidth + 1")

            late = await open_tab(server, "/b/runs/")
            await late.page.get_by_role("button", name="Dismiss loss is NaN").click()
            await late.page.wait_for_selector("[data-scene=run_alert]", state="detached")
            await late.page.reload()
            await late.page.wait_for_selector(".plot-panel canvas")
            await late.has_painted()
            assert await late.ask(SHOWN) == "run_metric,runs"
