"""The Content-Security-Policy in a real browser: it is strict, and page and admin work under it."""

import re

from tests.support.admin_pages import log_in
from tests.support.chromium import chromium, needs_chromium

pytestmark = needs_chromium


async def test_loads_and_caches_files_by_hashed_names(server):
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        loaded = await tab.ask("performance.getEntriesByType('resource').map(({name}) => name)")
        static = {url for url in loaded if "/static/" in url}
        assert len([url for url in static if url.endswith(".js")]) >= 3  # a bundle
        assert {url for url in static if not re.search(r"\.[0-9a-f]{12}\.\w+$", url)} == set()

        await tab.page.reload()
        await tab.is_live()
        again = await tab.ask(
            """performance.getEntriesByType('resource').filter(({name, transferSize}) =>
                 name.includes('/static/') && transferSize > 0).map(({name}) => name)"""
        )
        assert again == []
        assert tab.complaints == []


async def test_blocks_inline_code_and_other_hosts(server):
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        await tab.ask(
            """(() => {
                 window.refused = [];
                 addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
                 document.body.insertAdjacentHTML('beforeend', '<b style="color: red" onclick="1">x</b>');
                 const add = (tag, more) => document.body.append(Object.assign(document.createElement(tag), more));
                 add('script', {textContent: 'window.hacked = 1'});
                 add('img', {src: 'http://127.0.0.1:1/x.png'});
               })()"""
        )
        wanted = ["style-src-attr", "script-src-attr", "script-src-elem", "img-src"]
        await tab.until(f"{wanted}.every((directive) => refused.includes(directive))")
        assert await tab.ask("window.hacked") is None


async def test_runs_the_admin_under_the_same_policy(operated):
    async with chromium() as open_tab:
        tab = await open_tab(operated, "/admin/login/?next=/admin/")
        await log_in(tab)
        links = await tab.ask(
            """[...document.querySelectorAll('#content-main a, #content a')].map(({pathname}) => pathname)
                 .filter((path) => path.startsWith('/admin/') && path !== '/admin/')"""
        )
        assert len(links) > 3
        for path in sorted(set(links)):
            answer = await tab.page.goto(operated.http + path)
            assert answer.status == 200, path
            assert "unsafe" not in answer.headers["content-security-policy"]
        assert [said for said in tab.complaints if f"{operated.http}/favicon.ico" not in said] == []
