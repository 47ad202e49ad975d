"""The page is never empty, whatever happens to the page, the socket or the server."""

import asyncio
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from dashboard_project.event_types import EVENT_TYPES
from stickyboard import Producer
from tests.support.axe import barriers
from tests.support.chromium import chromium, needs_chromium
from tests.support.scene_events import opened, publish, shows_all_of
from tests.support.server import Server

pytestmark = needs_chromium

SCENES = ("totals", "attack_profile", "prediction", "model_metric", "embedding", "model_perf", "live_detection")
HOSTILE = '<img src=x onerror="window.hacked=1">\'"&`__proto__'


async def publish_a_little(server: Server) -> None:
    async with Producer(server.http, server.token) as producer:
        await producer.publish("model_metric", model="gbt", macro_f1=0.25, macro_f1_ci=[0.2, 0.3])
        await producer.publish("model_metric", model="mlp", macro_f1=0.75)
        for number in range(70):
            await producer.publish("live_detection", host_id="lab-1", score=number / 70, alert=number % 2 == 0)
        await producer.publish("total_alerts", alerts=12_345, wait=True)


async def test_fills_every_scene_in_its_first_frame(server):
    models = ({"type": "model_metric", "model": f"m-{n}", "macro_f1": n / 10} for n in range(8))
    await publish(server, *({"type": kind.name, **(kind.example or {})} for kind in EVENT_TYPES), *models)
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        for _ in range(2):
            await tab.page.reload()
            await tab.until("window.frameNotes.length > 0")
            first = await tab.ask("({...window.stickyboard.stats, notes: window.frameNotes})")
            painted_at = await tab.ask(
                """new Promise((tell) => new PerformanceObserver((list) => {
                     for (const entry of list.getEntries())
                       if (entry.name === 'first-contentful-paint') tell(entry.startTime);
                   }).observe({type: 'paint', buffered: true}))"""
            )
            assert first["paints"].keys() == set(SCENES)
            assert all(first["frameAtPaint"][scene] >= 1 for scene in SCENES)
            filled = next(note for note in first["notes"] if note["bars"] >= 7)
            assert filled is first["notes"][0], "a frame was painted before the scenes were filled"
            assert painted_at >= filled["at"] - 1, "something was painted before the scenes were filled"
            assert await tab.ask("document.querySelectorAll('.empty').length") == 0
            await tab.is_live()
        assert tab.complaints == []


async def test_paints_each_scene_once_for_the_state(server):
    await publish_a_little(server)
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        stats = await tab.ask("window.stickyboard.stats")

        assert stats["paints"] == dict.fromkeys(SCENES, 1)
        assert set(stats["frameAtPaint"].values()) == {1}
        assert tab.complaints == []


async def test_paints_what_a_phone_shows_before_the_rest(server):
    await publish_a_little(server)
    async with chromium(390, 844) as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        await tab.until("Object.values(stickyboard.stats.paints).every(Boolean)")
        stats, tops = await tab.ask(
            """[stickyboard.stats, Object.fromEntries([...document.querySelectorAll('.scene')].map((scene) =>
                 [scene.dataset.scene, scene.getBoundingClientRect().top]))]"""
        )
        below = {name for name, top in tops.items() if top > 1.5 * 844 and stats["paints"][name] == 1}
        assert below and all(stats["frameAtPaint"][name] > 1 for name in below)
        assert stats["paints"].keys() == set(SCENES)
        assert tab.complaints == []


async def test_shows_values_in_bars_lanes_and_numbers(server):
    await publish_a_little(server)
    async with chromium() as open_tab:
        tab = await opened(open_tab, server)
        shares = await tab.ask(
            """[...document.querySelectorAll('.bars .bar')].map((bar) => [
                 bar.querySelector('.bar-name').textContent,
                 bar.querySelector('.fill').getBoundingClientRect().width
                   / bar.querySelector('.track').getBoundingClientRect().width,
                 bar.querySelector('.bar-value').textContent])"""
        )
        cells = await tab.ask("window.stickyboard.mirror.count('live_detection')")
        colours = await tab.ask(
            """(() => { const canvas = document.querySelector('[data-scene=live_detection] canvas');
                 const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                 return new Set(new Uint32Array(data.buffer)).size; })()"""
        )

        assert {name: text for name, _, text in shares} == {"gbt": "0.250", "mlp": "0.750"}
        assert {name: share for name, share, _ in shares} == pytest.approx({"gbt": 0.25, "mlp": 0.75}, abs=0.01)
        assert cells == 60
        assert colours > 10
        assert "12,345" in await tab.page.inner_text("[data-scene=totals]")


async def test_agrees_with_a_second_tab_and_the_server(server):
    async with chromium() as open_tab:
        one = await open_tab(server)
        await publish_a_little(server)
        two = await open_tab(server)
        await one.is_live()
        await two.is_live()
        await publish_a_little(server)
        for tab in (one, two):
            wanted = await shows_all_of(server, tab)
            assert await tab.shown() == wanted


async def test_keeps_its_state_while_the_server_is_down(own_server):
    await publish_a_little(own_server)
    async with chromium() as open_tab:
        tab = await open_tab(own_server)
        await tab.is_live()
        await asyncio.to_thread(own_server.kill)
        await tab.until("document.querySelector('#connection').dataset.state === 'reconnecting'")
        assert await tab.ask("document.querySelectorAll('.bars .bar').length") == 2
        assert await barriers(tab, "light") == []

        await asyncio.to_thread(own_server.start)
        await publish_a_little(own_server)
        await tab.is_live()
        wanted = await shows_all_of(own_server, tab)
        assert await tab.shown() == wanted


async def test_applies_clear_and_remove_commands(server):
    await publish_a_little(server)
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        await asyncio.to_thread(server.manage, "clear_sticky", "model_metric", "--key", "gbt", "--noinput")
        await tab.until("document.querySelectorAll('.bars .bar').length === 1")
        await asyncio.to_thread(server.manage, "clear_sticky", "--all", "--noinput")
        await tab.until("window.stickyboard.mirror.count('model_metric') === 0")
        await tab.until("document.querySelector('[data-scene=model_metric]').innerText.includes('/api/events')")
        await tab.until("document.querySelector('[data-scene=live_detection]').innerText.includes('/api/events')")


async def test_shows_what_an_empty_board_waits_for(server):
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()

        for scene in SCENES:
            assert "/api/events" in await tab.page.inner_text(f"[data-scene={scene}]"), scene
        assert await barriers(tab) == []
        assert tab.complaints == []


async def test_never_treats_events_as_markup(server):
    async with Producer(server.http, server.token) as producer:
        name = HOSTILE
        await producer.publish("model_metric", model=name, macro_f1=0.5)
        await producer.publish("model_perf", model=name, latency_ms=1.0, throughput_per_s=1.0, size_bytes=1)
        await producer.publish("live_detection", host_id=name, score=0.5, alert=True, label=name)
        await producer.publish("attack_profile", name=name, x=[0, 1], y=[0, 1], x_label=name)
        await producer.publish("prediction", episode_id=name, window_idx=0, label=name, truth="</script>")
        await producer.publish("embedding", points=[[0, 0]], labels=[name], method=name)
        await producer.publish("host_counts", counts={name: 1, "__proto__": 2})
        await producer.publish("phase_mix", shares={name: 1.0})
        await producer.publish("recent_episodes", episode_id=name, host_id=name, label=name, windows=1, alerts=1)
        await producer.publish("total_alerts", alerts=1, note="</script><script>window.hacked=1</script>", wait=True)
    async with chromium() as open_tab:
        tab = await open_tab(server)
        await tab.is_live()
        await publish_a_little(server)
        await tab.until("document.querySelectorAll('[data-scene=model_metric] .bars .bar').length === 3")

        assert await tab.ask("window.hacked") is None
        assert await tab.ask("document.querySelectorAll('main img').length") == 0
        assert await tab.ask("document.querySelectorAll('.failed, .error').length") == 0
        assert HOSTILE in await tab.page.inner_text("[data-scene=model_metric]")
        assert tab.complaints == []


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (390, 844)])
async def test_fits_the_screen(server, size):
    await publish_a_little(server)
    async with chromium(*size) as open_tab:
        tab = await opened(open_tab, server)
        width, height = await tab.ask("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")

        assert width <= size[0]
        if size == (1920, 1080):
            assert height <= size[1]


async def test_answers_404_for_an_unknown_board(server):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        await asyncio.to_thread(urllib.request.urlopen, f"{server.http}/b/nowhere/")


def health_of(server: Server) -> int:
    try:
        with urllib.request.urlopen(f"{server.http}/healthz", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as exc:
        return exc.code


async def test_keeps_its_state_while_the_store_fails(own_server):
    await publish_a_little(own_server)
    async with chromium() as open_tab:
        tab = await open_tab(own_server)
        await tab.is_live()
        kept = own_server.store_file.with_suffix(".kept")
        own_server.store_file.rename(kept)
        own_server.store_file.write_bytes(b"this is no store" * 100)
        for leftover in ("-wal", "-shm"):
            Path(f"{own_server.store_file}{leftover}").unlink(missing_ok=True)

        async with asyncio.timeout(20):
            while await asyncio.to_thread(health_of, own_server) == 200:  # a result is used for a second
                pass
        assert await asyncio.to_thread(health_of, own_server) == 503
        assert await tab.ask("document.querySelectorAll('.bars .bar').length") == 2

        own_server.store_file.unlink()
        await publish_a_little(own_server)
        wanted = await shows_all_of(own_server, tab)
        assert (await tab.shown())["model_metric"] == wanted["model_metric"]
