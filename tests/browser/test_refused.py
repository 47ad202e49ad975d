"""A page that the server refuses shows the reason and offers a retry."""

from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.proxy import UPGRADE, Proxy, needs_nginx

pytestmark = [*needs_chromium, needs_nginx]


async def test_shows_what_to_change_behind_a_proxy(tmp_path):
    with BuiltServer(tmp_path) as server:
        location = f"location / {{ proxy_pass http://127.0.0.1:{server.port}; {UPGRADE} }}"
        with Proxy(tmp_path / "proxy", location) as proxy:
            async with chromium() as open_tab:
                tab = await open_tab(proxy)
                await tab.until("document.querySelector('#connection').dataset.state === 'closed'")
                text = await tab.ask("document.querySelector('#connection').innerText")
                assert "this address is not allowed" in text
                assert "CSRF_TRUSTED_ORIGINS" in await tab.ask("document.querySelector('#connection').title")
                await tab.page.get_by_role("button", name="Retry now").click()
                await tab.until("document.querySelector('#connection').dataset.state === 'closed'")
                assert tab.complaints == []
        assert server.log.read_text().count("refused a socket of the page") == 1


async def test_offers_a_retry_and_is_live_again(tmp_path):
    with BuiltServer(tmp_path) as server:
        async with chromium() as open_tab:
            # By itself only after minutes
            tab = await open_tab(server, before="Math.random = () => 999;")
            await tab.is_live()
            retry = tab.page.get_by_role("button", name="Retry now")
            assert not await retry.is_visible()
            server.kill()
            await retry.wait_for()
            server.start()
            await retry.focus()
            await tab.page.keyboard.press("Enter")
            await tab.is_live()
            assert await tab.ask("document.activeElement.id") == "connection"
            assert not await retry.is_visible()
