"""Chromium for the figures of the page: of the tests' scripts only HOLD_BOARD runs in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.support.chromium import ARGUMENTS, HOLD_BOARD, PATH

# What browsers themselves tell of a page; `buffered` gives what came before the observer did.
WATCH = """
window.metrics = {shift: 0, blocking: 0, contentful: null, largest: null};
const watch = (type, take) =>
  new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({type, buffered: true});
watch('layout-shift', ({value}) => { metrics.shift += value; });
watch('longtask', ({duration}) => { metrics.blocking += Math.max(0, duration - 50); });
watch('paint', ({name, startTime}) => { if (name === 'first-contentful-paint') metrics.contentful = startTime; });
watch('largest-contentful-paint', ({startTime}) => { metrics.largest = startTime; });
"""


class PageFailed(Exception):
    """Raised when the page reports an error, so that its figures are meaningless."""


class Tab:
    """One page with what it logged, and its DevTools."""

    def __init__(self, page: Page, devtools: Any) -> None:
        self.page, self.devtools = page, devtools
        self.complaints: list[str] = []
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def is_live(self) -> None:
        await self.page.wait_for_selector('#connection[data-state="live"]')

    def check(self) -> None:
        """Raise what the page complained of."""
        if self.complaints:
            raise PageFailed(self.complaints[0])


@asynccontextmanager
async def new_tab(width: int, height: int) -> AsyncIterator[tuple[Tab, str]]:
    """Yield a tab of a fresh browser, with an empty cache, and the browser's version."""
    if PATH is None:
        raise PageFailed("Chromium is missing; run: make browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=PATH, headless=True, args=ARGUMENTS)
        try:
            context = await browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark", ignore_https_errors=True
            )
            await context.add_init_script(HOLD_BOARD + WATCH)
            page = await context.new_page()
            yield Tab(page, await context.new_cdp_session(page)), browser.version
        finally:
            await browser.close()
