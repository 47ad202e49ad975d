"""Heat maps, timelines and matrices of events that are not the lab's."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.support.axe import barriers
from tests.support.built_server import BuiltServer
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import TIP, opened, publish
from tests.support.server import Server
from tests.support.tab import Tab

pytestmark = needs_chromium
TABLE = {"EVENT_TYPES": "tests.support.cell_types.EVENT_TYPES", "BOARDS": "tests.support.cell_types.BOARDS"}
NAMES = ["constructor", "__proto__", "x" * 200, "كاشف", "🦆"]


@pytest.fixture
def cells(tmp_path) -> Iterator[Server]:
    with BuiltServer(tmp_path, TEST_BROADCAST=json.dumps(TABLE)) as running:
        yield running


async def tips(tab: Tab, scene: str, *keys: str) -> list[str]:
    """Return the text of the tooltip after each key."""
    await tab.page.locator(f"[data-scene={scene}] .canvas-frame").focus()
    await tab.until(f"{TIP}.length === 0")  # another scene hides its tooltip in the next frame
    found: list[str] = []
    for key in keys:
        await tab.page.keyboard.press(key)
        await tab.until(f"{TIP}.length === 1 && {TIP}[0] !== {json.dumps(found[-1] if found else '')}")
        found.append((await tab.ask(TIP))[0])
    return found


async def test_reads_every_cell_with_keys(cells):
    now = time.time()
    await publish(
        cells,
        *({"type": "load", "gpu": "gpu-0", "heat": 10.0 * n, "is_hot": n == 6} for n in range(7)),
        {"type": "state", "machine": "press", "state": "running", "since": now - 600},
        {"type": "state", "machine": "press", "state": "idle", "since": now - 60},
        {"type": "confusion", "classes": ["cat", "dog"], "counts": [[8, 2], [1, 9]]},
        {"type": "disk", "host": "web", "disk": "/", "used": 0.5},
        {"type": "disk", "host": "web", "disk": "/var", "used": -0.5},
    )
    async with chromium() as open_tab:
        tab = await opened(open_tab, cells)
        newest, oldest = await tips(tab, "load", "End", "Home")
        assert newest.startswith("gpu-0 · is_hot heat 60 time ")
        assert oldest.startswith("gpu-0 heat 20 time ")
        idle, running = await tips(tab, "state", "ArrowRight", "ArrowLeft")
        assert idle.startswith("press I idle from ")
        assert " to now duration 1 min" in idle
        assert running.endswith(" duration 9 min")
        assert await tips(tab, "confusion", "End", "ArrowDown", "ArrowLeft") == [
            "cat · dog count 2 share of row 20 % total of row 10",
            "dog · dog count 9 share of row 90 % total of row 10",
            "dog · cat count 1 share of row 10 % total of row 10",
        ]
        assert await tips(tab, "disk", "End", "Home") == ["web · /var used -0.5", "web · / used 0.5"]
        assert await barriers(tab) == []
        assert tab.complaints == []


async def test_draws_unusual_names_and_numbers(cells):
    numbers = [1e-300, 1e16, 1e16 + 2, -1.7e308, 1.7e308]
    await publish(
        cells,
        *({"type": "load", "gpu": name, "heat": heat} for name in NAMES for heat in numbers),
        *(
            {"type": "state", "machine": name, "state": other, "since": n}
            for name in NAMES
            for n, other in zip(numbers, NAMES, strict=True)
        ),
        {"type": "confusion", "classes": NAMES, "counts": [[0] * 5, [2**53 - 1] * 9, [], [1], [-1, 3]]},
        *(
            {"type": "disk", "host": name, "disk": disk, "used": used}
            for name in NAMES
            for disk, used in zip(NAMES, numbers, strict=True)
        ),
    )
    async with chromium(390, 844) as open_tab:
        tab = await opened(open_tab, cells)
        for scene in ("load", "state", "confusion", "disk"):
            assert len(await tips(tab, scene, "ArrowDown")) == 1, scene
            await tab.page.keyboard.press("Escape")
            await tab.until(f"{TIP}.length === 0")
        assert await tab.ask("document.querySelectorAll('.scene-error:not([hidden])').length") == 0
        assert tab.complaints == []
