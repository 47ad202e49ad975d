"""A page whose mirror is wrong is reported within one heartbeat, and shows the server's entries again."""

import asyncio
import json

from stickyboard import Producer
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.counting import samples
from tests.support.responses import fetch
from tests.support.tab import RECORD

pytestmark = needs_chromium

TOKEN = "only prometheus knows"
HEARTBEAT_S = 0.5
ENVIRONMENT = {
    "TEST_BROADCAST": json.dumps(
        {"EVENT_TYPES": "tests.support.table.EVENT_TYPES", "HEARTBEAT_S": HEARTBEAT_S, "HEADS_S": 0.1}
    ),
    "STICKYBOARD_METRICS_TOKEN": TOKEN,
}
IGNORE_FLOORS = """(() => {
  const { mirror } = window.stickyboard;
  const applyUpdate = mirror.applyUpdate.bind(mirror);
  mirror.applyUpdate = (update) =>
    applyUpdate({ ...update, sections: update.sections.map((section) => ({ ...section, floors: {} })) });
})()"""
COUNT = "window.stickyboard.mirror.count('laned')"
READ = "!window.seen.some(({op}) => op === 'compressed')"
HEARTBEATS = "window.seen.filter(({op}) => op === 'heartbeat').length"


async def reports(server: BuiltServer) -> float:
    _, body = await asyncio.to_thread(fetch, server, "/metrics", TOKEN)
    return samples(body).get(("stickyboard_client_mismatches_total", "main"), 0)


async def send(producer: Producer, events: int) -> None:
    for number in range(events):
        await producer.publish("laned", lane="x", n=number, wait=True)


async def test_a_wrong_mirror_is_reported_and_repaired(tmp_path):
    with BuiltServer(tmp_path, **ENVIRONMENT) as server:
        async with Producer(server.http, server.token) as producer, chromium() as open_tab:
            right, wrong = await open_tab(server, before=RECORD), await open_tab(server, before=RECORD)
            for tab in (right, wrong):
                await tab.is_live()
            await send(producer, 5)
            for tab in (right, wrong):
                before = await tab.ask(HEARTBEATS)
                await tab.until(f"{HEARTBEATS} >= {before + 2}")
            assert await reports(server) == 0

            await wrong.ask(IGNORE_FLOORS)
            await wrong.ask("window.seen.length = 0")
            await send(producer, 2)
            await wrong.until(f"window.seen.some(({{caught_up}}) => caught_up) && {READ}")
            # Each of the updates has a floor.
            seen = await wrong.ask("window.seen.map(({op, cursor}) => op === 'open' ? cursor : op)")
            assert seen[seen.index("update") : seen.index("")].count("heartbeat") == 1
            assert "other entries of laned" in server.log.read_text()
            for tab in (right, wrong):
                await tab.until(f"{COUNT} === 3")
            assert (await wrong.ask(COUNT), await right.ask(COUNT), await reports(server)) == (3, 3, 1)
            assert await right.ask("window.seen.filter(({op}) => op === 'open').length") == 1
