"""Inputs that a scene cannot draw in a moment, or not at all: the page shows the rest, and says what is missing."""

from tests.browser.chromium import chromium, needs_chromium
from tests.browser.scenes import opened, publish

pytestmark = needs_chromium

RANGES = (
    [1e16, 1.0000000000000002e16],
    [-1.7e308, 1.7e308],
    [5e-324, 1e-323],
    [-1e-300, 1e300],
    [-0.0, 0.0],
    [-7.0, -3.0],
    [1.7e308],
)
PAINTED = "window.stickyboard.stats.paintMs"


async def test_no_range_of_numbers_takes_long_to_draw_and_each_has_ticks_or_its_ends(server):
    async with chromium() as open_tab:
        for number, x in enumerate(RANGES):
            curve = {"type": "attack_profile", "name": "c", "x": x, "y": [0.5] * len(x), "x_label": f"range {number}"}
            points = [[x[0], x[-1]], [x[-1], x[0]]]
            await publish(server, curve, {"type": "embedding", "points": points, "labels": ["a", "b"]})
            tab = await opened(open_tab, server)
            await tab.until(f"document.querySelector('.plot-label.is-x').innerText.startsWith('range {number}')")
            assert await tab.ask(f"{PAINTED}.attack_profile") < 400, x
            assert await tab.ask(f"{PAINTED}.embedding") < 400, x
            assert tab.complaints == [], x
