"""Fixtures that every test may use: a store of its own, a pipeline in this process, and real servers on free ports."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from broadcast.delivery.local_layer import LocalChannelLayer
from broadcast.runtime import store
from broadcast.stores.base import StickyCache
from broadcast.stores.sqlite.engine import close_engines
from tests.guarantees.world import World
from tests.support.server import Server

# A machine that its host stops for half a second has not found a slow example.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("patient"), max_examples=25)
settings.load_profile("patient")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker ends with it alone."""
    items.sort(key=lambda item: tuple(item.get_closest_marker(mark) is None for mark in ("slow", "browser")))


@pytest.fixture
def sticky(settings, tmp_path: Path) -> Iterator[StickyCache]:
    """A store in a file of its own, in place of the deployment's."""
    location = tmp_path / "sticky.sqlite3"
    kept = {"BACKEND": "broadcast.stores.SQLiteCache", "LOCATION": location}
    settings.CACHES = {**settings.CACHES, "sticky": kept}
    yield store()
    close_engines()


@pytest.fixture
def store_path(tmp_path: Path) -> Iterator[Path]:
    """Where a store's file may be made; all that had it open is closed at the end."""
    yield tmp_path / "sticky.sqlite3"
    close_engines()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """One process's pipeline without sockets, on a store in memory."""
    world = World(LocalChannelLayer(), f":memory:{tmp_path}")
    yield world
    await world.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running server (uvicorn, embedded layer) with a folder of its own."""
    with Server(tmp_path) as running:
        yield running
