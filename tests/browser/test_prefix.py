"""The page below a path prefix is live, logs no error, and links to pages below the prefix."""

from types import SimpleNamespace

from stickyboard import Producer
from tests.support.chromium import chromium, needs_chromium
from tests.support.proxy import below_prefix, needs_nginx

pytestmark = [*needs_chromium, needs_nginx]


async def test_is_live_below_a_path_prefix(tmp_path):
    with below_prefix(tmp_path, "uvicorn", "root-path", True) as (server, board):
        async with chromium() as open_tab, Producer(server.http, server.token) as producer:
            tab = await open_tab(SimpleNamespace(http=board))
            await tab.is_live()
            commands = await tab.ask("[...document.querySelectorAll('.command-text')].map((each) => each.textContent)")
            assert commands
            assert all(f"curl {board}/api/events " in command for command in commands)
            links = await tab.ask("[...document.querySelectorAll('a[href]')].map((each) => each.href)")
            assert [link for link in links if not link.startswith(f"{board}/")] == []
            await producer.publish("model_metric", model="gbt", macro_f1=0.91, wait=True)
            await tab.until("document.querySelectorAll('.bars .bar').length === 1")
            assert tab.complaints == []
