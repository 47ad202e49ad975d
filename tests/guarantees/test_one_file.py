"""Processes on one file, whose layer does not reach the others: the store notifies them, in spite of every fault."""

import pytest

from broadcast.delivery.replica import Replica
from broadcast.stores.sqlite.engine import close_engines
from tests.support.faulty_layer import DOUBLE, LOSE
from tests.support.processes import HEADS_S
from tests.support.simulations import chosen_seed, on_sqlite, play_seeds
from tests.support.world import Browser

TICK_S = 1 / 60


@pytest.fixture
def simulation():
    simulation = on_sqlite(on_one_file=True)
    yield simulation
    simulation.close()
    close_engines()


def seconds_to_another_process(simulation, *faults: str) -> float:
    """Return the virtual time from an event in one process to a browser of the other one."""
    browser = Browser(simulation.processes[1])
    simulation.browsers.append(browser)
    simulation.run(simulation.open(browser, 1))
    simulation.faults.extend(faults)
    sent_at, updates = simulation.loop.time(), len(browser.came)
    simulation.run(simulation.publish(0, 0, [{"type": "keyed", "key": "a", "n": 1}]))
    assert len(browser.came) == updates + 1
    return browser.came[-1] - sent_at


@pytest.mark.parametrize("faults", [[], [DOUBLE]])
def test_a_change_reaches_another_process_within_a_tick(simulation, faults):
    assert seconds_to_another_process(simulation, *faults) < TICK_S


def test_a_lost_notification_delays_a_change(simulation):
    assert TICK_S < seconds_to_another_process(simulation, LOSE) <= HEADS_S + TICK_S


def test_a_commit_that_is_not_noticed_would_be_found(simulation, monkeypatch):
    monkeypatch.setattr(Replica, "miss", lambda self, heads: None)
    assert seconds_to_another_process(simulation) > TICK_S


def test_no_history_of_the_fixed_seeds_ends_wrong():
    play_seeds(range(3), "one file")


@pytest.mark.chaos
@pytest.mark.timeout(1800)
def test_no_history_of_random_seeds_ends_wrong(capsys):
    with capsys.disabled():
        first = chosen_seed()
    play_seeds(range(first, first + 1000), "one file")
