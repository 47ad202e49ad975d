"""Firefox for tests: the system's own, driven by Playwright over WebDriver BiDi; docs/decisions/040 says why."""

import os
import shlex
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from tests.support import bidi_relay
from tests.support.server import Server
from tests.support.tab import HOLD_BOARD, WATCH_FRAMES, Tab

NAMES = (os.environ.get("FIREFOX", ""), "firefox-esr", "firefox")
PATH = next((found for name in NAMES if name and (found := shutil.which(name))), None)
PREFERENCES = {
    "layout.css.prefers-color-scheme.content-override": 0,  # dark
    "ui.prefersReducedMotion": 1,
}
needs_firefox = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # the loop that Playwright's connection to it lives on
    pytest.mark.skipif(PATH is None and not os.environ.get("CI"), reason="Firefox is missing; make browser says how"),
]


@asynccontextmanager
async def launched_firefox(folder: Path) -> AsyncIterator[Browser]:
    """Run a Firefox, behind a relay whose starter is written into `folder`."""
    assert PATH, "Firefox is missing; install it (Debian: apt install firefox-esr), or set FIREFOX to its path"
    starter = folder / "firefox"
    relay = shlex.join([sys.executable, bidi_relay.__file__])
    starter.write_text(f'#!/bin/sh\nFIREFOX={shlex.quote(PATH)} exec {relay} "$@"\n')
    starter.chmod(0o700)
    async with async_playwright() as playwright:
        browser = await playwright.firefox.launch(
            executable_path=starter, channel="moz-firefox", headless=True, firefox_user_prefs=PREFERENCES
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def firefox_tab(
    browser: Browser, server: Server, path: str = "/", size: tuple[int, int] = (1920, 1080), before: str = ""
) -> AsyncIterator[Tab]:
    """Open a tab with storage of its own, dark, and wait until the page is live."""
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]})
    try:
        tab: Any = Tab(await context.new_page())
        await tab.page.add_init_script(HOLD_BOARD + WATCH_FRAMES + before)
        await tab.page.goto(server.http + path)
        await tab.is_live()
        yield tab
    finally:
        await context.close()
