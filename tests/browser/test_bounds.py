"""Inputs that a scene cannot draw completely: the page draws the rest and reports what is missing."""

import re

from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import TIP, opened, publish

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


async def test_draws_any_range_fast_with_ticks_or_its_ends(server):
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        for number, x in enumerate(RANGES):
            curve = {"type": "attack_profile", "name": "c", "x": x, "y": [0.5] * len(x), "x_label": f"range {number}"}
            points = [[x[0], x[-1]], [x[-1], x[0]]]
            await publish(server, curve, {"type": "embedding", "points": points, "labels": ["a", "b"]})
            await tab.page.reload()
            await tab.until(f"document.querySelector('.plot-label.is-x')?.innerText.startsWith('range {number}')")
            # 400 would do, but a busy machine stops the page now and then. A tick for each number would take for ever.
            assert await tab.ask(f"{PAINTED}.attack_profile") < 3000, x
            assert await tab.ask(f"{PAINTED}.embedding") < 3000, x
            assert tab.complaints == [], x


HIDDEN = "\u202egnp.exe\u2066\u200b"
ARABIC = "كاشف التصيد"
BIDI = "/[\\u202a-\\u202e\\u2066\\u2067\\u200b-\\u200f\\u061c]/"


async def test_does_not_let_text_reverse_its_neighbours(server):
    await publish(
        server,
        {"type": "model_metric", "model": HIDDEN, "macro_f1": 0.5},
        {"type": "model_metric", "model": ARABIC, "macro_f1": 0.5},
        {"type": "model_perf", "model": HIDDEN, "latency_ms": 1.0, "throughput_per_s": 9.0, "size_bytes": 10},
        {"type": "attack_profile", "name": HIDDEN, "x": [0, 1], "y": [0, 1], "x_label": HIDDEN, "y_label": HIDDEN},
        {"type": "prediction", "episode_id": HIDDEN, "window_idx": 0, "label": HIDDEN, "truth": HIDDEN},
        {"type": "embedding", "points": [[0, 0]], "labels": [HIDDEN], "method": HIDDEN},
        {"type": "live_detection", "host_id": HIDDEN, "score": 0.5, "alert": True, "label": HIDDEN},
        {"type": "host_counts", "counts": {HIDDEN: 4, ARABIC: 3}},
        {"type": "phase_mix", "shares": {HIDDEN: 0.5, ARABIC: 0.5}},
        {
            "type": "recent_episodes",
            "episode_id": HIDDEN,
            "host_id": HIDDEN,
            "label": HIDDEN,
            "windows": 1,
            "alerts": 1,
        },
    )
    found = f"""[...document.querySelectorAll('body :not(script)')].flatMap((element) => [
      ...[...element.attributes].map(({{value}}) => value),
      ...[...element.childNodes].filter((node) => node instanceof Text).map(({{data}}) => data),
    ]).filter((text) => {BIDI}.test(text))"""
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        await tab.until("document.querySelectorAll('[data-scene=model_metric] .bar-name').length > 1")
        for scene in ("prediction", "live_detection"):
            await tab.page.locator(f"[data-scene={scene}] .canvas-frame").focus()
            await tab.page.keyboard.press("ArrowLeft")
            await tab.until(f"{TIP}.length === 1")
        assert await tab.ask(found) == []
        names = await tab.ask(
            "[...document.querySelectorAll('[data-scene=model_metric] .bar-name')].map((name) => name.textContent)"
        )
        assert names == ["�gnp.exe��", ARABIC]
        titles = await tab.ask(
            "[...document.querySelectorAll('.scene')].map((scene) => scene.querySelector('h2').innerText)"
        )
        assert len(titles) == 7
        for name in titles:
            await tab.page.get_by_role("button", name=f"Menu of {name}").click()
            await tab.page.get_by_role("button", name="Show as table").click()
        await tab.until("document.querySelectorAll('.scene[data-shown=table]').length === 7")
        assert await tab.ask("document.querySelectorAll('.data-table td').length") > 20
        assert await tab.ask(found) == []
        assert tab.complaints == []


async def test_counts_what_each_scene_hides(server):
    names = [f"transformer-large-{number}" for number in range(64)]
    await publish(
        server,
        *({"type": "model_metric", "model": name, "macro_f1": 0.5} for name in ["old-1", "old-2", *names]),
        *(
            {"type": "model_perf", "model": name, "latency_ms": 1.0, "throughput_per_s": 9.0, "size_bytes": 10}
            for name in names
        ),
        *({"type": "attack_profile", "name": name, "x": [0, 1], "y": [0, 1]} for name in names),
        *(
            {"type": "prediction", "episode_id": f"e-{episode}", "window_idx": window, "label": "dos"}
            for episode in range(14)
            for window in range(60)
        ),
        {"type": "embedding", "points": [[n, n] for n in range(64)], "labels": names},
        *({"type": "live_detection", "host_id": name, "score": 0.5, "alert": True} for name in ["old", *names]),
    )
    notes = """Object.fromEntries([...document.querySelectorAll('.scene-hidden')].map((note) =>
      [note.closest('.scene').dataset.scene, note.innerText]))"""
    async with chromium(1280, 720) as open_tab:
        tab = await opened(open_tab, server)
        listed = ("model_metric", "model_perf", "attack_profile", "embedding")
        # What has no room is known once the scene is laid out.
        await tab.until(f"{[*listed, 'prediction']}.every((scene) => {notes}[scene]?.startsWith('Showing'))")
        await tab.has_painted()
        found = await tab.ask(notes)
        assert len(found) == 6
        for scene in listed:
            shown = re.match(r"Showing (\d+) of 64 ", found[scene])
            assert shown, found
            assert 0 < int(shown[1]) < 64, found
            assert "Scroll" in found[scene], found
        assert re.match(r"Showing 1\d of 14 rows, \d+ of 840 cells\. The table", found["prediction"]), found
        assert "64 entries stored, 2 dropped by max_keys" in found["model_metric"], found
        assert "dropped" not in found["model_perf"], found
        assert "64 lanes stored, 1 dropped by max_lanes" in found["live_detection"], found

        await tab.page.get_by_role("button", name="Menu of Predictions").click()
        await tab.page.get_by_role("button", name="Show as table").click()
        table = "document.querySelector('[data-scene=prediction] .scene-table .scene-hidden')?.innerText"
        await tab.until(f"/of 840 rows. Scroll/.test({table})")
        assert tab.complaints == []
