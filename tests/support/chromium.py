"""Chromium for tests: one per process, whose window one test after the other uses, driven by Playwright's async API."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Page, async_playwright

from tests.support.server import Server

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

# Records when the page's animation frames ran, and how many bars there were at their end.
WATCH_UPDATES = """
window.frameNotes = [];
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (run) => ask((time) => {
  run(time);
  window.frameNotes.push({at: performance.now(), bars: document.querySelectorAll('.bars .bar').length});
});
"""

# Holds what the page gives to scripts that listen, for the tests' expressions.
HOLD_BOARD = "addEventListener('stickyboard-ready', ({detail}) => { window.stickyboard = detail; });"

# Records the sockets that the page opens and every message from them, for `Tab.transcript`.
RECORD = """
window.seen = [];
const record = (data) => {
  if (typeof data === 'string') return window.seen.push(JSON.parse(data));
  const message = {op: 'compressed'};  // until it is decompressed
  window.seen.push(message);
  const text = new Blob([data]).stream().pipeThrough(new DecompressionStream('deflate'));
  new Response(text).json().then((content) => Object.assign(message, content));
};
window.WebSocket = class extends window.WebSocket {
  constructor(url) {
    super(url);
    window.seen.push({op: 'open', cursor: new URL(url).searchParams.get('cursor')});
  }
  set onmessage(take) {
    super.onmessage = take && ((message) => { record(message.data); take(message); });
  }
  set onclose(end) {
    super.onclose = end && ((close) => { window.seen.push({op: 'close', code: close.code}); end(close); });
  }
};
"""

FORGET = "if (location.protocol !== 'about:') for (const store of [localStorage, sessionStorage]) store.clear()"

CLEANED_S = 20
LOOK = """(async () => {
  for (let left = 50; left > 0; left -= 1) {
    if (await (%s)) return true;
    await new Promise((done) => setTimeout(done, 20));
  }
  return false;
})()"""


class Tab:
    """One page of a board, with what it logged."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._note_message)
        page.on("pageerror", self._note_error)

    def close(self) -> None:
        """Listen no longer; another test may use the page."""
        self.page.remove_listener("console", self._note_message)
        self.page.remove_listener("pageerror", self._note_error)

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _note_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    async def ask(self, expression: str) -> Any:
        return await self.page.evaluate(expression)

    async def until(self, expression: str, timeout_s: float = 20.0) -> None:
        """Wait until an expression is true; Playwright's own wait needs `unsafe-eval`, which the page forbids."""
        async with asyncio.timeout(timeout_s):
            while not await self._comes_true(expression):
                pass

    async def _comes_true(self, expression: str) -> bool:
        """Look in the page at intervals, which needs less of the processor than to ask it each time."""
        try:
            return bool(await self.ask(LOOK % expression))
        except Error as exc:
            if "context was destroyed" not in str(exc):
                raise
            return False  # another page is being loaded

    async def has_painted(self) -> None:
        """Wait until what has changed is painted."""
        await self.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")

    async def is_live(self) -> None:
        await self.until("document.querySelector('#connection').dataset.state === 'live'")

    async def shown(self) -> dict[str, Any]:
        """Return what the mirror holds, as `tests.support.picture.Picture.contents` has it."""
        kept = await self.ask(
            """window.stickyboard.mirror.types().map((name) => [
                 name, window.stickyboard.mirror.head(name), window.stickyboard.mirror.entries(name)])"""
        )
        return {
            name: (
                (head["epoch"], head["revision"]),
                {entry["key"]: (entry["lane"], entry["revision"], entry["value"]) for entry in entries},
            )
            for name, head, entries in kept
        }

    async def transcript(self) -> list[dict[str, Any]]:
        """Return what the page saw since it was loaded with RECORD, as `broadcast.testing.guarantees` reads it.

        The state that came with the page represents a connection of its own, as the page comes back from it
        with its cursor.
        """
        await self.until("!window.seen.some(({op}) => op === 'compressed')")
        inlined, seen = await self.ask(
            "[JSON.parse(document.querySelector('#board-state').textContent).update, window.seen]"
        )
        hello = next(message for message in seen if message["op"] == "hello")
        arrival = [{"op": "open", "cursor": ""}, hello, {**inlined, "caught_up": True}, {"op": "close", "code": 1000}]
        return [*arrival, *seen]


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
        await context.add_init_script(WATCH_UPDATES)
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
