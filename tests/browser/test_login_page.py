"""The login, before the page and when the session ends while the page is open."""

import asyncio

from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.server import Server

pytestmark = needs_chromium


async def test_returns_to_the_scene_after_each_login(tmp_path):
    def start() -> Server:
        server = BuiltServer(tmp_path, STICKYBOARD_PUBLIC="0", DJANGO_SUPERUSER_PASSWORD="correct horse").__enter__()
        server.manage("createsuperuser", "--username", "watcher", "--email", "", "--noinput")
        return server

    server = await asyncio.to_thread(start)
    try:
        async with chromium() as open_tab:
            tab = await open_tab(server, "/b/main/?scene=9")
            await tab.page.get_by_label("User name").fill("watcher")
            await tab.page.get_by_label("Password").fill("wrong")
            await tab.page.get_by_role("button", name="Log in").click()
            await tab.page.get_by_role("alert").wait_for()
            await tab.until("document.activeElement.name === 'password'")
            assert (
                await tab.ask(
                    "document.getElementById(document.activeElement.getAttribute('aria-describedby')).innerText"
                )
                == await tab.page.get_by_role("alert").inner_text()
            )
            assert await tab.ask("document.querySelector('[name=username]').value") == "watcher"
            await tab.page.get_by_label("Password").fill("correct horse")
            await tab.page.get_by_role("button", name="Log in").click()
            await tab.page.wait_for_url("**/b/main/?scene=9")
            await tab.is_live()
            assert tab.complaints == []

            other = await open_tab(server, "/b/main/")
            await other.page.get_by_role("button", name="Log out").click()
            await other.page.get_by_label("User name").wait_for()
            link = tab.page.get_by_role("link", name="Log in")
            await link.wait_for()
            assert await tab.ask("document.querySelector('#connection').dataset.state") == "closed"
            await tab.press_at_once("13")
            await tab.until("location.search === '?scene=13'")
            await link.click()
            await tab.page.get_by_label("User name").fill("watcher")
            await tab.page.get_by_label("Password").fill("correct horse")
            await tab.page.get_by_role("button", name="Log in").click()
            await tab.page.wait_for_url("**/b/main/?scene=13")
    finally:
        await asyncio.to_thread(server.stop)
