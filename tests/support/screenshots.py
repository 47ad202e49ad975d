"""Takes the screenshots of README.md (`make screenshots`) while real producers run."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import NamedTuple

from tests.support.chromium import chromium, shared_chromium
from tests.support.server import ROOT, Server

CELLS = 300  # of 360: hosts that are seen seldom take longer
PATIENCE_S = 300


class Picture(NamedTuple):
    """One picture: its file in docs/images/, what it shows, and on which screen."""

    name: str
    path: str
    width: int
    height: int
    colours: str
    density: int = 1


PICTURES = (
    Picture("board-dark", "/", 1920, 1080, "dark"),
    Picture("board-light", "/", 1920, 1080, "light"),
    Picture("stage", "/?present=1&scene=9", 1280, 720, "dark"),
    Picture("phone", "/", 390, 844, "light", density=2),
)


async def take_all(folder: Path) -> None:
    """Start a server and the demo's producers, wait, and write each picture into a folder."""
    with tempfile.TemporaryDirectory() as data, Server(Path(data)) as server:
        producers = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "run_demo_producers", "--url", server.http],
            cwd=ROOT,
            env={**server.environment, "STICKYBOARD_TOKEN": server.token},
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                while await asyncio.to_thread(cells_of, server) < CELLS:
                    await asyncio.sleep(1)
            async with shared_chromium():
                for picture in PICTURES:
                    await take(server, picture, folder)
        finally:
            producers.terminate()
            producers.wait(10)


def cells_of(server: Server) -> int:
    """Return how many windows of hosts are stored."""
    with urllib.request.urlopen(f"{server.http}/healthz", timeout=10) as answer:
        entries: int = json.load(answer)["keyspaces"]["live_detection"]["entries"]
        return entries


async def take(server: Server, picture: Picture, folder: Path) -> None:
    """Take one picture of the live page."""
    async with chromium(picture.width, picture.height, picture.colours, picture.density) as open_tab:
        tab = await open_tab(server, picture.path)
        await tab.is_live()
        await tab.until("Object.values(window.stickyboard.stats.paints).some((count) => count > 1)")
        await tab.until("!document.querySelector('.is-stale')", PATIENCE_S)  # on a busy machine models learn slowly
        path = folder / f"{picture.name}.png"
        await tab.page.screenshot(path=path)
        assert tab.complaints == [], tab.complaints
        print(f"{os.path.relpath(path)}: {path.stat().st_size / 1000:.0f} kB")  # this is a program for people


if __name__ == "__main__":
    asyncio.run(take_all(ROOT / "docs" / "images"))
