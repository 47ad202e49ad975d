"""Four processes publish sixty times a second each; a browser gets at most sixty updates a second."""

import asyncio

import pytest

from broadcast.delivery.flow_control import UpdateInterval
from broadcast.delivery.publisher import Publisher
from broadcast.stores.sqlite.engine import close_engines
from tests.support.simulations import on_sqlite
from tests.support.world import Browser

WEB = 4
SECONDS = 2
RATE = 60  # updates a second, as TICK_S has it


def run_four() -> list[Browser]:
    """Let four processes publish every tick, at different times within it; return one browser of each."""
    world = on_sqlite(skews_s=[0.0] * WEB)
    try:
        for process in range(WEB):
            world.browsers.append(Browser(world.processes[process]))
            world.browsers[process].is_compressed = False  # compressing takes three ticks of virtual time
            world.run(world.open(world.browsers[process], process))

        async def publish(process: int) -> None:
            await asyncio.sleep(process / WEB / RATE)
            for number in range(SECONDS * RATE):
                event = {"type": "keyed", "key": "abcd"[process], "n": number}
                await world.processes[process].put([event], f"producer-{process}", number + 1)
                await asyncio.sleep(1 / RATE)

        async def publish_on_all() -> None:
            await asyncio.gather(*map(publish, range(WEB)))

        world.run(publish_on_all())
        world.check()
        return world.browsers
    finally:
        world.close()
        close_engines()


def most_in_a_second(came: list[float]) -> int:
    return max(sum(start <= moment < start + 1 for moment in came) for start in came)


@pytest.fixture
def each_at_full_rate(monkeypatch):
    """Let processes publish as often as if they were alone, as they may when they have no browsers."""
    monkeypatch.setattr(Publisher, "note_foreign", lambda self, receiver: None)


def test_four_processes_share_one_rate():
    for browser in run_four():
        _, *paced = browser.came  # the replay is not paced
        assert most_in_a_second(paced) <= RATE + 1  # a second that begins and ends with one has one more
        assert len(browser.came) > 0.7 * SECONDS * RATE


@pytest.mark.usefixtures("each_at_full_rate")
def test_a_browser_is_sent_at_most_sixty_updates_a_second():
    for browser in run_four():
        _, *paced = browser.came
        assert most_in_a_second(paced) <= RATE + 1
        assert len(browser.came) > 0.9 * SECONDS * RATE


@pytest.mark.slow
@pytest.mark.usefixtures("each_at_full_rate")
def test_without_the_pace_it_would_be_sent_them_all(monkeypatch):
    monkeypatch.setattr(UpdateInterval, "wait_s", lambda self, now: 0.0)
    assert min(most_in_a_second(browser.came) for browser in run_four()) > 3 * RATE
