"""The operator's desk in Chromium: it follows the strict policy and is accessible."""

import asyncio

from websockets.asyncio.client import connect

from tests.support.admin_pages import METRICS_TOKEN, log_in
from tests.support.axe import violations
from tests.support.chromium import chromium, needs_chromium
from tests.support.responses import fetch
from tests.support.scene_events import publish

pytestmark = needs_chromium

METRIC = {"type": "model_metric", "model": "gbt", "macro_f1": 0.91}
PAGES = (
    "/admin/stickyboard/keyspace/",
    "/admin/stickyboard/keyspace/entries/?keyspace=model_metric",
    "/admin/stickyboard/keyspace/remove/?keyspace=model_metric&key=gbt",
    "/admin/stickyboard/keyspace/send-again/?keyspace=model_metric&key=gbt",
    "/admin/stickyboard/keyspace/clear/?keyspace=model_metric",
    "/admin/stickyboard/connection/",
)


async def test_follows_the_policy_and_passes_axe(operated, server):
    await publish(server, METRIC)
    headers = {"Authorization": f"Bearer {server.token}"}
    async with chromium() as open_tab, connect(f"{server.websocket}/ws/produce/", additional_headers=headers):
        await asyncio.to_thread(fetch, server, "/metrics", METRICS_TOKEN)  # has the process report its producer now
        tab = await open_tab(server, "/admin/login/?next=/admin/")
        await log_in(tab)
        for path in PAGES:
            await tab.page.goto(server.http + path)
            # Django's login has no icon for the address bar, and some browsers ask for it some time after the load.
            assert [said for said in tab.complaints if "/favicon.ico" not in said] == [], path
            # Everything around the desk is Django's. axe itself adds styles, which the policy forbids.
            assert await violations(tab, context="#content") == [], path
            tab.complaints.clear()
        async with asyncio.timeout(60):  # the process tells of its connections every few seconds
            while not await tab.page.locator("#result_list", has_text="tests").count():
                await asyncio.to_thread(fetch, server, "/metrics", METRICS_TOKEN)
                await tab.page.goto(server.http + "/admin/stickyboard/connection/")


async def test_clears_one_keyspace_on_open_pages(operated, server):
    await publish(server, METRIC, {"type": "total_alerts", "alerts": 3})
    async with chromium() as open_tab:
        watching = await open_tab(server)
        await watching.is_live()
        before = await watching.shown()
        assert set(before["model_metric"][1]) == {"gbt"}

        desk = await open_tab(server, "/admin/login/?next=/admin/")
        await log_in(desk)
        await desk.page.goto(f"{server.http}/admin/stickyboard/keyspace/clear/?keyspace=model_metric")
        await desk.page.get_by_role("button", name="Yes, clear 1 entry").click()
        box = watching.page.locator("[data-scene=model_metric]")
        await box.get_by_text("Waiting for").wait_for()
        assert "/api/events" in await box.inner_text()
        after = await watching.shown()
        assert after["total_alerts"] == before["total_alerts"]
        assert "3" in await watching.page.inner_text("[data-scene=totals]")
        assert watching.complaints == []

        # What is sent next begins a new history, and is shown.
        await publish(server, {**METRIC, "model": "mlp"})
        await watching.until("window.stickyboard.mirror.count('model_metric') === 1")
        ((epoch, _), entries) = (await watching.shown())["model_metric"]
        assert epoch != before["model_metric"][0][0]
        assert set(entries) == {"mlp"}
