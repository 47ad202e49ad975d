"""A silent network is noticed, and the guarantees hold across it and across a restart."""

import asyncio
import json
import random

from broadcast.testing.guarantees import check_all
from stickyboard import Producer
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.network import Network
from tests.support.recording import read_history
from tests.support.scene_events import shows_all_of
from tests.support.tab import RECORD
from tests.support.table import random_event

pytestmark = needs_chromium

HEARTBEAT_S = 0.6
# Of the delay before an attempt to connect, the share that passes.
BEFORE = RECORD + "window.share = 0.9; Math.random = () => window.share;"
BADGE = "document.querySelector('#connection')"


async def publish_some(producer: Producer, rng: random.Random) -> None:
    for _ in range(50):
        event = random_event(rng)
        if event["type"] != "brief":  # what expires would change the picture while it is compared
            await producer.publish(event.pop("type"), event)
    await producer.flush()


async def test_keeps_guarantees_over_silence_and_restart(tmp_path):
    rng = random.Random(7)
    broadcast = {"EVENT_TYPES": "tests.support.table.EVENT_TYPES", "HEARTBEAT_S": HEARTBEAT_S}
    environment = {"TEST_BROADCAST": json.dumps(broadcast), "TEST_HISTORY": str(tmp_path / "history.ndjson")}
    with BuiltServer(tmp_path, **environment) as server:
        async with (
            Network(server.port) as network,
            Producer(server.http, server.token, random=lambda: 0.1) as producer,
            chromium() as open_tab,
        ):
            await publish_some(producer, rng)
            far, near = await open_tab(network, before=BEFORE), await open_tab(server, before=BEFORE)
            for tab in (far, near):
                await tab.is_live()
            await publish_some(producer, rng)
            await shows_all_of(server, far)

            await far.ask("window.share = 1000")  # no attempt while the badge is read
            network.go_silent()
            await publish_some(producer, rng)
            await far.until(f"{BADGE}.title.includes('no heartbeat')")
            assert "reconnecting in" in await far.ask(f"{BADGE}.innerText")
            # The page saw no close before it gave up on the socket, which still reported OPEN.
            assert "close" not in [message["op"] for message in await far.ask("window.seen")]
            await near.is_live()
            assert [message["op"] for message in await near.ask("window.seen")].count("open") == 1

            await publish_some(producer, rng)
            network.heal()
            await far.ask("window.share = 0.9")
            await far.page.get_by_role("button", name="Retry now").click()
            await far.is_live()
            wanted = await shows_all_of(server, far)
            assert await far.shown() == wanted

            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
            await publish_some(producer, rng)
            for tab in (far, near):
                wanted = await shows_all_of(server, tab)
                assert await tab.shown() == wanted
                transcript = await tab.transcript()
                check_all(transcript, read_history(tmp_path / "history.ndjson"), wanted)
                assert [message["op"] for message in transcript].count("open") >= 3
