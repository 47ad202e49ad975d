"""A browser requests fewer updates: it is sent at most that many, each with all that is new, and nothing is lost."""

import asyncio
import itertools

from tests.support.simulation import Simulation


async def publish(simulation: Simulation, count: int = 1, wait_s: float = 0.0) -> None:
    for n in range(count):
        await simulation.publish(0, 0, [{"type": "keyed", "key": "abc"[n % 3], "lane": "x", "n": n}])
        await asyncio.sleep(wait_s)


def count_of(simulation: Simulation, cause: str) -> int:
    return simulation.processes[0].runtime.meters.catch_ups[cause]


def test_it_is_sent_at_most_as_many_as_it_requested(simulation, browser):
    browser.request_pace(2)
    simulation.run(publish(simulation, 40, wait_s=0.1))  # also checks that it has the store's state soon afterwards
    assert 8 <= len(browser.came) <= 10
    assert min(later - earlier for earlier, later in itertools.pairwise(browser.came)) > 0.499
    assert count_of(simulation, "paced") >= 7
    simulation.check()


def test_it_catches_up_at_once_when_it_requests_more(simulation, browser):
    async def publish_and_wait() -> None:
        browser.request_pace(0.01)
        await publish(simulation, 9, wait_s=0.1)
        (consumer,) = (peer.socket for peer in simulation.processes[0].runtime.connections.of("browser"))
        assert (len(browser.came), consumer.is_lagging) == (1, False)
        browser.request_pace(None)
        await asyncio.sleep(0.1)  # longer than compressing takes
        assert len(browser.came) == 2
        await publish(simulation, 5, wait_s=0.1)

    simulation.run(publish_and_wait())
    assert len(browser.came) == 7
    simulation.check()


def test_a_faster_pace_applies_at_once(simulation, browser):
    async def publish_and_wait() -> None:
        browser.request_pace(0.01)
        await publish(simulation, 9, wait_s=0.1)
        browser.request_pace(10)
        await publish(simulation, 9, wait_s=0.1)

    simulation.run(publish_and_wait())
    assert len(browser.came) >= 9
    simulation.check()


def test_a_reconnected_browser_is_sent_everything(simulation, browser):
    async def reconnect() -> None:
        browser.request_pace(0.01)
        await publish(simulation, 5)
        await browser.close()
        browser.came.clear()
        await asyncio.sleep(150)
        assert not browser.came
        await simulation.open(browser, 0)
        await publish(simulation, 5, wait_s=0.1)

    simulation.run(reconnect())
    assert len(browser.came) >= 5
    simulation.check()
