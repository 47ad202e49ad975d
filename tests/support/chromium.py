"""Chromium for tests: one per process, a context per test, driven by Playwright's async API."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.support.server import Server

PATH = next(
    (
        found
        for name in (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
        if name and (found := shutil.which(name))
    ),
    None,
)
# Containers lack the rights and devices for a sandbox and a GPU; the rest disables background requests.
ARGUMENTS = [
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
window.WebSocket = class extends window.WebSocket {
  constructor(url) {
    super(url);
    window.seen.push({op: 'open', cursor: new URL(url).searchParams.get('cursor')});
  }
  set onmessage(take) {
    super.onmessage = take && ((message) => { window.seen.push(JSON.parse(message.data)); take(message); });
  }
  set onclose(end) {
    super.onclose = end && ((close) => { window.seen.push({op: 'close', code: close.code}); end(close); });
  }
};
"""

LOOK_S = 0.02  # between two looks at a page, which needs the processor for what is waited for


class Tab:
    """One page of a board, with what it logged."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def ask(self, expression: str) -> Any:
        return await self.page.evaluate(expression)

    async def until(self, expression: str, timeout_s: float = 20.0) -> None:
        """Wait until an expression is true; Playwright's own wait needs `unsafe-eval`, which the page forbids."""
        async with asyncio.timeout(timeout_s):
            while not await self.ask(expression):
                await asyncio.sleep(LOOK_S)

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
        browser = await playwright.chromium.launch(executable_path=PATH, headless=True, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


_shared: Browser | None = None


@asynccontextmanager
async def shared_chromium() -> AsyncIterator[None]:
    """Run the Chromium whose contexts `chromium` gives: a start costs more than most tests do with it."""
    global _shared
    async with launched() as _shared:
        try:
            yield
        finally:
            _shared = None


@asynccontextmanager
async def chromium(
    width: int = 1920, height: int = 1080, color_scheme: str = "dark", density: int = 1
) -> AsyncIterator[Any]:
    """Yield a function that opens a tab at an address, and runs a script `before` the page's own.

    Storage, cookies, cache and permissions are this block's own.
    """
    assert _shared, "nothing runs a Chromium; enter shared_chromium() first"
    context = await _shared.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=density,
        color_scheme=color_scheme,
        reduced_motion="reduce",
    )
    await context.add_init_script(HOLD_BOARD)
    await context.add_init_script(WATCH_UPDATES)

    async def open_tab(server: Server, path: str = "/", before: str = "") -> Tab:
        tab = Tab(await context.new_page())
        if before:
            await tab.page.add_init_script(before)
        await tab.page.goto(server.http + path)
        return tab

    try:
        yield open_tab
    finally:
        await context.close()
