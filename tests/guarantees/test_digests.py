"""A browser that shows something else than the store is found by the next heartbeat, and one that is slow is not."""

import pytest

from broadcast.testing.guarantees import Broken, gap_free
from stickyboard.mirror import Mirror, Mismatch
from tests.support.server import until
from tests.support.world import Browser, World

REPORT = {"op": "mismatch", "type": "laned", "expected": "0000000a", "found": "0000000b"}


@pytest.fixture
async def browser(world):
    world.browsers.append(Browser(world))
    world.browsers[0].open()
    return world.browsers[0]


async def evict(world: World) -> None:
    """Send more than a lane stores, so that a floor is sent to a browser that has its entries."""
    await world.settled()
    for number in range(5):
        await world.publish({"type": "laned", "lane": "x", "n": number})
        await world.settled()


def heartbeats(browser: Browser) -> list[dict]:
    return [message for message in browser.transcript if message["op"] == "heartbeat"]


async def heartbeat_of(world: World, browser: Browser) -> dict:
    """Return the first heartbeat; one that would interrupt another message is left out."""
    await until(lambda: world.heartbeat() or heartbeats(browser))
    return heartbeats(browser)[0]


def ignore_floors(patch) -> None:
    patch.setattr(Mirror, "evict", lambda self, copy, floors: None)


async def test_a_mirror_that_ignores_a_floor_is_found(world, browser, monkeypatch):
    ignore_floors(monkeypatch)
    await evict(world)
    heartbeat = await heartbeat_of(world, browser)
    with pytest.raises(Mismatch, match="laned"):
        browser.picture.verify(heartbeat)
    with pytest.raises(Broken, match="laned"):
        gap_free(browser.transcript, {})


async def test_a_right_mirror_has_every_digest(world, browser):
    await evict(world)
    heartbeat = await heartbeat_of(world, browser)
    browser.picture.verify(heartbeat)
    assert heartbeat["digests"]["laned"] == browser.picture.copies["laned"].digest
    gap_free(browser.transcript, {})


async def test_a_slow_browser_is_not_compared(world, browser):
    await world.settled()
    browser.acks = False
    for number in range(20):
        await world.publish({"type": "laned", "lane": "x", "n": number})
    heartbeat = await heartbeat_of(world, browser)
    assert heartbeat["heads"]["laned"][1] > browser.picture.copies["laned"].revision
    assert heartbeat["digests"]["laned"] != browser.picture.copies["laned"].digest
    browser.picture.verify(heartbeat)


async def test_the_first_report_of_a_connection_counts(world, browser):
    await world.settled()
    for _ in range(3):
        browser.say(REPORT)
    await world.publish({"type": "laned", "lane": "x", "n": 1})
    await world.settled()
    counts = world.runtime.meters.mismatches
    await until(lambda: browser.inbox.empty(), 5)
    assert (dict(counts), browser.is_open) == ({"main": 1}, True)
    await browser.close()
    browser.open()
    await world.settled()
    browser.say(REPORT)
    await until(lambda: counts["main"] == 2, 5)
