"""From an installed wheel, in an empty folder: one Python file draws every scene, also for unusual data."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from stickyboard import Producer
from tests.support import ten_types
from tests.support.chromium import chromium, needs_chromium

pytestmark = [*needs_chromium, pytest.mark.slow]

NAMES = ["a" * 200, "שלום עולם", "🐙🦑", "constructor", "__proto__", "toString", "valueOf"]
NUMBERS = [1e-300, 1e16, 1e16 + 2, -5.0, 0.0, 7.0, 7.0]
DRAWN = "[...document.querySelectorAll('.scene')].map((scene) => [scene.dataset.scene, scene.dataset.shown])"
IS_PAINTED = "Object.values(window.stickyboard.stats.paints).every(Boolean)"


def events_of(readings: list[tuple[str, float | None]]) -> Iterator[tuple[str, dict]]:
    """Yield events of every type from names and values; None is a missing value."""
    for name, value in readings:
        fields = {"name": name} if value is None else {"name": name, "value": value, "limit": 10.0, "note": name}
        for event_type in ("curve", "level", "entry", "newest", "task", "heat", "line"):
            yield event_type, fields
        yield "phase", {"name": name, "state": name or "on"}
        yield "cell", {"row": name, "column": name, "value": value or 0.0}
    numbers = [value for _, value in readings if value is not None]
    yield "share", {"parts": {name: abs(value or 0.0) for name, value in readings}}
    yield "spread", {"values": numbers}


@contextmanager
def serving(site: Path, folder: Path) -> Iterator[dict[str, str]]:
    """Serve the board file from a folder that contains nothing else; yield the address and the token."""
    empty, home = folder / "empty", folder / "home"
    empty.mkdir()
    home.mkdir()
    (empty / "board.py").write_text(Path(ten_types.__file__).read_text())
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("STICKYBOARD", "DJANGO"))},
        "PYTHONPATH": str(site),
        "HOME": str(home),
        "XDG_STATE_HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
    }
    command = [sys.executable, "-m", "stickyboard", "serve", "board.py"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=empty, env=environment, stdout=log, stderr=log)
    try:
        yield until_served(process, empty, folder / "log")
    finally:
        process.terminate()
        process.wait(20)


def until_served(process: subprocess.Popen, folder: Path, log: Path) -> dict[str, str]:
    """Return the address and the token, which the command writes when it serves."""
    path = folder / ".stickyboard" / "server.json"
    while not path.exists():
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"it ended with {process.wait(0.1)}: {log.read_text()}")
    found: dict[str, str] = json.loads(path.read_text())
    return found


async def draw(served: dict[str, str], readings: list[tuple[str, float | None]], before: list | None = None) -> None:
    async with Producer(served["url"], served["token"]) as producer:
        for event_type, fields in [*(before or []), *events_of(readings)]:
            await producer.publish(event_type, fields)
        await producer.flush(timeout_s=60)


ONE_POINT = [("one", 1.0)]
USUAL = [(name, float(number)) for number in range(20) for name in ("north", "south")]
UNUSUAL = [*zip(NAMES, NUMBERS, strict=True), *((name, None) for name in NAMES), *((name, 3.0) for name in NAMES)]


async def test_one_file_draws_every_scene(site, tmp_path):
    with serving(site, tmp_path) as served:
        for readings in (ONE_POINT, USUAL, UNUSUAL):
            await draw(served, readings)
            await check(served)


@pytest.mark.chaos
async def test_ten_thousand_keys_are_drawn(site, tmp_path):
    many = [(kind, {"name": f"key {n}", "value": float(n)}) for n in range(10_000) for kind in ("level", "entry")]
    with serving(site, tmp_path) as served:
        await draw(served, [("one", 1.0)], many)
        await check(served)


async def check(served: dict[str, str]) -> None:
    async with chromium(1280, 4000) as open_tab:
        tab = await open_tab(Address(served["url"]))
        await tab.is_live()
        await tab.until(IS_PAINTED)
        drawn = await tab.ask(DRAWN)
        assert [scene for scene in drawn if scene[1] != "body"] == []
        assert len(drawn) == len(ten_types.EVENT_TYPES) >= 10
        assert tab.complaints == []


class Address:
    """What `chromium` needs of a server."""

    def __init__(self, http: str) -> None:
        self.http = http
