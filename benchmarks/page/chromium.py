"""Chromium for the figures of the page: of the tests' scripts only HOLD_BOARD runs in it."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page, async_playwright

from tests.support.chromium import ARGUMENTS
from tests.support.chromium import PATH as OF_TESTS
from tests.support.tab import HOLD_BOARD

PATH = shutil.which("chromium") or OF_TESTS  # as users have it, if it is installed

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


TRACED = "blink.user_timing,devtools.timeline,disabled-by-default-devtools.timeline,loading"


class PageFailed(Exception):
    """Raised when the page reports an error, so that its figures are meaningless."""


class Tab:
    """One page with what it logged, and its DevTools."""

    def __init__(self, page: Page, devtools: Any) -> None:
        self.page, self.devtools = page, devtools
        self.complaints: list[str] = []
        self.traced: list[dict[str, Any]] = []
        devtools.on("Tracing.dataCollected", lambda event: self.traced.extend(event["value"]))
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def is_live(self) -> None:
        await self.page.wait_for_selector('#connection[data-state="live"]')

    async def trace(self) -> None:
        """Record the tasks of all threads, until `busy_until_paint_ms`."""
        self.traced.clear()
        await self.devtools.send("Tracing.start", {"categories": TRACED, "transferMode": "ReportEvents"})

    async def busy_until_paint_ms(self) -> float:
        """Return the processor time of the main thread until the first paint, which other programs do not change."""
        complete = asyncio.Event()
        self.devtools.once("Tracing.tracingComplete", lambda _: complete.set())
        await self.devtools.send("Tracing.end")
        await complete.wait()
        paint = next(event for event in reversed(self.traced) if event["name"] == "firstContentfulPaint")
        # Pictures in SVG are documents of their own, without an address.
        navigations = [event for event in self.traced if event["name"] == "navigationStart"]
        starts = [event["ts"] for event in navigations if event["args"]["data"]["documentLoaderURL"].startswith("http")]
        began = max(at for at in starts if at < paint["ts"])
        tasks = [
            event.get("tdur", 0)
            for event in self.traced
            if event["name"] == "RunTask" and (event["pid"], event["tid"]) == (paint["pid"], paint["tid"])
            if began <= event["ts"] < paint["ts"]
        ]
        return sum(tasks) / 1000

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
