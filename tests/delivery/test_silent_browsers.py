"""A browser that acknowledges nothing for some minutes is sent away, and one that is always late is not."""

import asyncio
from dataclasses import replace

import pytest

from broadcast import close_codes
from tests.support.simulation import Simulation
from tests.support.world import Browser

ROUND_S, ROUNDS = 10.0, 3  # for as long as a browser may be silent


@pytest.fixture(autouse=True)
def hasty(simulation):
    runtime = simulation.processes[0].runtime
    runtime.settings = replace(runtime.settings, SILENT_S=ROUNDS * ROUND_S)


async def follow(simulation: Simulation, browser: Browser, rounds: int, *, acks: bool) -> None:
    """Publish more than its window; the browser acknowledges nothing, or little: each time one update more is sent."""
    browser.acks = False
    window = simulation.processes[0].runtime.settings.WINDOW_UPDATES
    for _ in range(rounds):
        for number in range(window + 1):
            await simulation.publish(0, 0, [{"type": "keyed", "key": "a", "n": number}])
            await asyncio.sleep(ROUND_S / (window + 1))
        received = sum(message["op"] == "update" for message in browser.transcript)
        if acks:
            browser.say({"op": "ack", "updates": received - window + 1})


def test_one_that_is_slow_but_acknowledges_is_not_sent_away(simulation, browser):
    simulation.run(follow(simulation, browser, 3 * ROUNDS, acks=True))
    assert browser.is_open
    simulation.check()


def test_one_that_stays_silent_is_sent_away(simulation, browser):
    simulation.run(follow(simulation, browser, ROUNDS, acks=False))
    assert browser.is_open
    simulation.run(follow(simulation, browser, ROUNDS, acks=False))
    assert browser.transcript[-1] == {"op": "close", "code": close_codes.SLOW}
    simulation.check()
