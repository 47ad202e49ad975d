"""The page of a board of a thousand event types, whose cursor is too long for a URL, reconnects."""

import json

import pytest

from stickyboard import Producer
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.many_types import NAMES

pytestmark = needs_chromium

OPENED = """
window.opened = [];
window.WebSocket = class extends window.WebSocket {
  constructor(url) { super(url); window.opened.push(url); }
};
"""


@pytest.mark.chaos
async def test_reconnects_with_a_thousand_event_types(tmp_path):
    with BuiltServer(
        tmp_path, TEST_BROADCAST=json.dumps({"EVENT_TYPES": "tests.support.many_types.EVENT_TYPES"})
    ) as server:
        async with Producer(server.http, server.token) as producer, chromium() as open_tab:
            await producer.publish(NAMES[0], value=1, wait=True)
            tab = await open_tab(server, before=OPENED)
            await tab.is_live()
            # On a busy machine the first socket may be given up while the page draws a thousand scenes.
            before = len(await tab.ask("window.opened"))
            await tab.ask("window.stickyboard.connection.networkChanged()")
            await producer.publish(NAMES[0], value=2, wait=True)
            await tab.until(f"window.stickyboard.mirror.entries('{NAMES[0]}')[0].value.value === 2")
            await tab.is_live()
            opened = await tab.ask("window.opened")
            assert len(opened) > before
            assert all(address.endswith("/ws/board/main/?protocol=2&resume=1&encoding=deflate") for address in opened)
            assert tab.complaints == []
