"""The event loop of each test here: an ordinary one, or one on virtual time; and a simulation."""

from collections.abc import Iterator

import pytest

from tests.support.simulation import Simulation
from tests.support.simulations import on_sqlite
from tests.support.virtual_time import pytest_asyncio_loop_factories  # noqa: F401  # a hook of pytest-asyncio
from tests.support.world import Browser


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
