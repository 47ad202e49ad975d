"""A page in a browser, as tests use it: it waits for what the page does after the load, after an event, after an input.

The page paints in animation frames, and its socket, its observers and its modules work in the background. So a test
never reads at once what one of them changes: it waits with `until`, `is_live` or `has_painted`.
"""

import asyncio
from typing import Any

from playwright.async_api import ConsoleMessage, Error, Page

# Counts the animation frames that the page still waits for, and records when the others ran, and how many bars there
# were at their end.
WATCH_FRAMES = """
window.framesDue = 0;
window.frameNotes = [];
const ask = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (run) => {
  window.framesDue += 1;
  return ask((time) => {
    window.framesDue -= 1;
    run(time);
    window.frameNotes.push({at: performance.now(), bars: document.querySelectorAll('.bars .bar').length});
  });
};
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

# Returns what the expression threw last; a page that is not painted yet has not all elements.
LOOK = """(async () => {
  let problem = '';
  for (let left = 50; left > 0; left -= 1) {
    try {
      if (await (%s)) return true;
      problem = '';
    } catch (error) {
      problem = String(error);
    }
    await new Promise((done) => setTimeout(done, 20));
  }
  return problem;
})()"""
LIVE = "document.querySelector('#connection').dataset.state === 'live'"
NO_FRAME_IS_DUE = "window.framesDue === 0"
TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


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
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _note_error(self, error: Error) -> None:
        self.complaints.append(str(error))

    async def ask(self, expression: str) -> Any:
        return await self.page.evaluate(expression)

    async def until(self, expression: str, timeout_s: float = 20.0) -> None:
        """Wait until an expression is true; Playwright's own wait needs `unsafe-eval`, which the page forbids."""
        problem = ""
        try:
            async with asyncio.timeout(timeout_s):
                while (found := await self._look(expression)) is not True:
                    problem = found
        except TimeoutError:
            raise AssertionError(f"not within {timeout_s} s: {expression} {problem}") from None

    async def _look(self, expression: str) -> Any:
        """Look in the page at intervals, which needs less of the processor than to ask it each time."""
        try:
            return await self.ask(LOOK % expression)
        except Error as exc:
            if "context was destroyed" not in str(exc):
                raise
            return "another page is being loaded"

    async def has_painted(self) -> None:
        """Wait until what has changed is laid out and painted, also if it must wait for its turn."""
        await self.ask(TWO_FRAMES)  # the first reports changes of size, for which the second paints
        await self.until(NO_FRAME_IS_DUE)

    async def is_live(self) -> None:
        """Wait until the page is connected and has painted its state; it places its scenes in its first frame."""
        await self.until(f"{LIVE} && {NO_FRAME_IS_DUE}")

    async def resize(self, width: int, height: int) -> None:
        """Change the size of the window, and wait until it is painted."""
        await self.page.set_viewport_size({"width": width, "height": height})
        await self.until(f"innerWidth === {width} && innerHeight === {height}")
        await self.has_painted()

    async def press_at_once(self, keys: str) -> None:
        """Press keys that have a meaning together only if no pause is between them."""
        await asyncio.gather(*(self.page.keyboard.press(key) for key in keys))

    async def point_at(self, x: float, y: float) -> None:
        """Move the pointer, and wait until what it points at is painted."""
        await self.page.mouse.move(x, y)
        await self.has_painted()

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
