"""Takes the pictures of the widgets' reference pages from the gallery (`make widget-pictures`)."""

import asyncio
import sys
import tempfile
from pathlib import Path

from broadcast.page.gallery import EXAMPLES
from tests.support.chromium import chromium, shared_chromium
from tests.support.server import ROOT, Server

FOLDER = ROOT / "docs" / "images" / "widgets"
FIRST = {example.widget.kind: example for example in reversed(EXAMPLES)}  # the first of each kind


async def take_all(kinds: list[str]) -> None:
    """Write the picture of the first example of each kind."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, Server(Path(data)) as server:
        async with shared_chromium(), chromium(1280, 560, "dark") as open_tab:
            for kind in kinds or list(FIRST):
                tab = await open_tab(server, f"/docs/widgets/?kind={kind}")
                name = FIRST[kind].name
                await tab.until(f"window.stickyboard?.stats.paints.{name} > 0")
                scene = tab.page.locator(f".scene[data-scene={name}]")
                assert await scene.get_attribute("data-shown") == "body", f"{kind} could not be drawn"
                await scene.screenshot(path=FOLDER / f"{kind}.png")
                await tab.page.close()


if __name__ == "__main__":
    asyncio.run(take_all(sys.argv[1:]))
