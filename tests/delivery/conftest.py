"""The event loop of each test here: an ordinary one, or one on virtual time; and a simulation."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.support.simulation import Simulation
from tests.support.simulations import on_sqlite
from tests.support.virtual_time import VirtualLoop
from tests.support.world import Browser


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> dict:
    is_virtual = item.get_closest_marker("virtual_time") is not None
    return {"virtual": VirtualLoop} if is_virtual else {"real": asyncio.new_event_loop}


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    simulation = on_sqlite()
    yield simulation
    simulation.close()


@pytest.fixture
def browser(simulation: Simulation) -> Browser:
    """Return a browser that has joined."""
    browser = simulation.browser()
    simulation.run(simulation.open(browser, 0))
    browser.came.clear()
    return browser
