"""Chromium for tests: one per process, whose window one test after the other uses, driven by Playwright's async API."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Error, async_playwright

from tests.support.server import Server
from tests.support.tab import HOLD_BOARD, WATCH_FRAMES, Tab

# The headless shell is the same Chromium without its own windows; a page takes two thirds of the processor time in it.
SHELL = "chromium-headless-shell"
NAMES = (os.environ.get("CHROMIUM", ""), SHELL, "chromium", "chromium-browser", "google-chrome")
PATH = next((found for name in NAMES if name and (found := shutil.which(name))), None)
# Only the last such list counts for Chromium, so it begins with those of Playwright that these tests need.
# Of the rest, each would run pages of the browser's own in every window, which takes more time than most tests do.
DISABLED = [
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
    "SpareRendererForSitePerProcess",
    "AimEnabled",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxPopup",
]
# Containers lack the rights and devices for a sandbox and a GPU; the rest disables background requests.
ARGUMENTS = [
    f"--disable-features={','.join(DISABLED)}",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
# Instead of a new process for each page that is loaded, which takes half the time of most tests.
ONE_PROCESS = "--renderer-process-limit=1"
needs_chromium = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),  # the loop that Playwright's connection to it lives on
    pytest.mark.skipif(PATH is None and not os.environ.get("CI"), reason="Chromium is missing; make browser says how"),
]

FORGET = "if (location.protocol !== 'about:') for (const store of [localStorage, sessionStorage]) store.clear()"

CLEANED_S = 20


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Run a Chromium."""
    assert PATH, "Chromium is missing; install it (Debian: apt install chromium), or set CHROMIUM to its path"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=PATH, headless=True, args=[*ARGUMENTS, ONE_PROCESS])
        try:
            yield browser
        finally:
            await browser.close()


_shared: "Shared | None" = None


class Shared:
    """A running Chromium, with a window that most tests use one after the other.

    To open a window and fetch the page's files takes longer than most tests do in it.
    """

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.context: BrowserContext | None = None
        self.is_taken = False

    async def new_context(self, density: int = 1) -> BrowserContext:
        context = await self.browser.new_context(
            viewport={"width": 1920, "height": 1080}, device_scale_factor=density, reduced_motion="reduce"
        )
        await context.add_init_script(HOLD_BOARD)
        await context.add_init_script(WATCH_FRAMES)
        return context

    async def take(self) -> BrowserContext:
        self.is_taken = True
        if self.context is None:
            self.context = await self.new_context()
            await self.context.new_page()
        return self.context

    async def give_back(self, context: BrowserContext) -> None:
        """Leave the window as it was, or another one if that takes too long: a page may wait for something."""
        try:
            async with asyncio.timeout(CLEANED_S):
                await self._clean(context)
            self.is_taken = False
        except (TimeoutError, Error):
            await self.give_up(context)

    async def _clean(self, context: BrowserContext) -> None:
        """Forget what a test stored, and close what it opened except for the first page."""
        page, *others = context.pages
        for other in others:
            await other.close()
        await page.unroute_all()
        await context.set_offline(False)
        await page.evaluate(FORGET)
        await page.goto("about:blank")
        await page.mouse.move(0, 0)
        await context.clear_cookies()
        await context.clear_permissions()

    async def give_up(self, context: BrowserContext) -> None:
        """Close a window of which nobody knows in what state it is."""
        self.context, self.is_taken = None, False
        await context.close()


@asynccontextmanager
async def shared_chromium() -> AsyncIterator[None]:
    """Run the Chromium whose windows `chromium` gives: a start costs more than most tests do with it."""
    global _shared
    async with launched() as browser:
        _shared = Shared(browser)
        try:
            yield
        finally:
            _shared = None


@asynccontextmanager
async def chromium(
    width: int = 1920, height: int = 1080, color_scheme: str = "dark", density: int = 1, is_new: bool = False
) -> AsyncIterator[Any]:
    """Yield a function that opens a tab at an address, and runs a script `before` the page's own.

    Storage, cookies and permissions are this block's own; the cache is not, unless the window `is_new`.
    """
    assert _shared, "nothing runs a Chromium; enter shared_chromium() first"
    is_own = is_new or density != 1 or _shared.is_taken
    context = await (_shared.new_context(density) if is_own else _shared.take())
    unused = [] if is_own else context.pages[:1]
    tabs: list[Tab] = []

    async def open_tab(server: Server, path: str = "/", before: str = "") -> Tab:
        page = unused.pop() if unused and not before else await context.new_page()
        tabs.append(Tab(page))
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(media="null", color_scheme=color_scheme)
        if before:
            await page.add_init_script(before)
        await page.goto(server.http + path)
        return tabs[-1]

    try:
        yield open_tab
    except BaseException:
        await (context.close() if is_own else _shared.give_up(context))
        raise
    for tab in tabs:
        tab.close()
    await (context.close() if is_own else _shared.give_back(context))
